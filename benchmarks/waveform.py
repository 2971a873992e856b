"""The waveform networks beside their PyTorch classes: equal weights, equal input, two threads.

Separation without jit, at a length neither has seen, and a training step of Conv-TasNet with the
peak memory of its process. Every measurement has a process of its own, the two sides taking turns,
and the table holds the minimum and the median over all rounds. Writes `results/waveform.md`.

    python benchmarks/waveform.py [--rounds N] [--repeats N] [--only NAME...]
"""

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

THREADS = 2
RESULTS = Path(__file__).parent / "results" / "waveform.md"
PARITY = Path(__file__).resolve().parents[1] / "tests" / "parity"
BATCH, TRAINING_SECONDS = 4, 3.0


@dataclass(frozen=True)
class Network:
    """A network of the peer, and the conversion of its weights to ours.

    Args:
        peer: Class of the peer, called without arguments for the published size.
        ours: Function from the state dict to our network.
        sample_rate_hz: Sample rate of the published network in Hz.
        channels: Number of its channels.
        seconds: Length of the mixture in seconds.
    """

    peer: Callable[[], Any]
    ours: Callable[[dict[str, np.ndarray]], Any]
    sample_rate_hz: int = 8000
    channels: int = 1
    seconds: float = 10.0


def peer(imports: str, module: str, name: str, *given: Any, **arguments: Any) -> Callable[[], Any]:
    """A peer's class with its arguments, imported when it is called.

    Args:
        imports: Module of `tests/parity` that makes the peer's modules importable.
        module: Module of the class.
        name: Name of the class.
        *given: Positional arguments of the class.
        **arguments: Named arguments of the class.
    """

    def make() -> Any:
        sys.path.insert(0, str(PARITY))
        importlib.import_module(imports)
        return getattr(importlib.import_module(module), name)(*given, **arguments)

    return make


def asteroid(module: str, name: str, **arguments: Any) -> Callable[[], Any]:
    return peer("asteroid_peer", f"asteroid.models.{module}", name, 2, **arguments)


def demucs(name: str, **arguments: Any) -> Callable[[], Any]:
    stems = ["drums", "bass", "other", "vocals"]
    return peer("demucs_peer", f"demucs.{name.lower()}", name, stems, **arguments)


def converted(name: str, **arguments: Any) -> Callable[[dict[str, np.ndarray]], Any]:
    """Our converter, imported when it is called."""

    def make(state: dict[str, np.ndarray]) -> Any:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        tf.config.threading.set_inter_op_parallelism_threads(THREADS)
        from keras_sep import convert

        return getattr(convert, name)(state, **arguments)

    return make


MUSIC: dict[str, Any] = {"sample_rate_hz": 44100, "channels": 2}
NETWORKS = {
    "conv_tasnet": Network(asteroid("conv_tasnet", "ConvTasNet"), converted("conv_tasnet")),
    "conv_tasnet, causal": Network(
        asteroid("conv_tasnet", "ConvTasNet", norm_type="cgLN", causal=True),
        converted("conv_tasnet", normalization=None),  # ours for causal networks
    ),
    "dprnn_tasnet": Network(asteroid("dprnn_tasnet", "DPRNNTasNet"), converted("dprnn_tasnet")),
    "tasnet": Network(asteroid("lstm_tasnet", "LSTMTasNet"), converted("tasnet")),
    "sudorm_rf": Network(asteroid("sudormrf", "SuDORMRFNet"), converted("sudorm_rf")),
    "sudorm_rf, improved": Network(
        asteroid("sudormrf", "SuDORMRFImprovedNet"), converted("sudorm_rf")
    ),
    "sepformer": Network(
        peer("speechbrain_peer", "speechbrain_peer", "sepformer"), converted("sepformer")
    ),
    "demucs": Network(demucs("Demucs"), converted("demucs"), **MUSIC),
    "hdemucs": Network(demucs("HDemucs"), converted("hdemucs"), **MUSIC),
    "htdemucs": Network(
        demucs("HTDemucs", use_train_segment=False), converted("htdemucs"), **MUSIC
    ),
}


def measure(job: dict[str, Any]) -> None:
    """In a process of its own: seconds of every repeat, and the peak memory in GiB."""
    network, folder = NETWORKS[job["name"]], Path(job["folder"])
    prepare = {"separate": separation, "train": training_step}[job["kind"]]
    run, to_array = prepare(network, folder, job["side"] == "ours")
    seconds, result = [], None
    for _ in range(job["repeats"]):
        del result
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    np.save(job["output"], to_array(result))
    print(json.dumps({"seconds": seconds, "peak": peak}))


def their_network(network: Network, folder: Path) -> Any:
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    made, weights = network.peer(), folder / "weights.pth"
    if weights.exists():
        made.load_state_dict(torch.load(weights))
    else:  # the first side that runs is the peer's
        torch.save(made.state_dict(), weights)
    return made


def our_network(network: Network, folder: Path) -> Any:
    from keras_sep import convert

    return network.ours(convert.read_checkpoint(folder / "weights.pth"))


def noise(network: Network, seconds: float, batch: int = 1) -> np.ndarray:
    samples = round(seconds * network.sample_rate_hz)
    rng = np.random.default_rng(0)
    return 0.1 * rng.normal(size=(batch, samples, network.channels)).astype("float32")


def separation(network: Network, folder: Path, ours: bool) -> tuple[Callable, Callable]:
    """A function that separates, and one from its result to (batch, samples, channels, sources)."""
    x = noise(network, network.seconds)
    if ours:
        made = our_network(network, folder)
        import tensorflow as tf

        separate = tf.function(
            lambda x: made(x, training=False),
            input_signature=[tf.TensorSpec((None, None, network.channels), tf.float32)],
        )
        to_array = np.asarray
    else:
        made = their_network(network, folder).eval()
        import torch

        def separate(x: np.ndarray) -> Any:
            x = torch.from_numpy(x)
            with torch.inference_mode():
                return made(x[..., 0] if network.channels == 1 else x.permute(0, 2, 1))

        to_array = sources_last
    separate(noise(network, 2.0))  # another length, to trace everything
    return lambda: separate(x), to_array


def sources_last(stems: Any) -> np.ndarray:
    """From (batch, sources, [channels,] samples) to (batch, samples, channels, sources)."""
    stems = stems.numpy()
    if stems.ndim == 3:
        stems = stems[:, :, None]
    return stems.transpose(0, 3, 2, 1)


def training_step(network: Network, folder: Path, ours: bool) -> tuple[Callable, Callable]:
    """A function that trains on one batch and returns its loss, by SI-SNR in the best order."""
    x = noise(network, TRAINING_SECONDS, BATCH)
    y = np.stack([x, np.flip(x, axis=1)], axis=-1)
    if ours:
        made = our_network(network, folder)
        import keras

        from keras_sep import losses

        loss = losses.PermutationInvariantLoss(losses.SISNR())
        made.compile(keras.optimizers.Adam(1e-3), loss=loss, jit_compile=False)
        made.optimizer.build(made.trainable_variables)
        run = lambda: made.train_on_batch(x, y)  # noqa: E731
    else:
        made = their_network(network, folder).train()
        import torch
        from asteroid.losses import PITLossWrapper, pairwise_neg_sisdr

        loss = PITLossWrapper(pairwise_neg_sisdr, pit_from="pw_mtx")
        optimizer = torch.optim.Adam(made.parameters(), lr=1e-3)
        mixture, sources = torch.from_numpy(x[..., 0]), torch.from_numpy(y[:, :, 0]).mT.contiguous()

        def run() -> float:
            optimizer.zero_grad()
            value = loss(made(mixture), sources)
            value.backward()
            optimizer.step()
            return value.item()

    first = run()  # of equal weights on both sides, and traces
    return run, lambda result: np.asarray(first)


def spawn(job: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": str(THREADS)}
    if job["kind"] == "train":  # measures peak memory: with the default heap
        env = {name: value for name, value in env.items() if not name.startswith("MALLOC_")}
    run = subprocess.run(command, stdout=subprocess.PIPE, env=env, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def compared(job: dict[str, Any], rounds: int) -> tuple[dict[str, Any], float]:
    """Measure both sides in turn: all seconds, the larger peak, the deviation of the outputs."""
    with tempfile.TemporaryDirectory() as folder:
        runs: dict[str, list[dict[str, Any]]] = {"theirs": [], "ours": []}
        for _ in range(rounds):
            for side, results in runs.items():
                output = f"{folder}/{side}.npy"
                results.append(spawn({**job, "folder": folder, "side": side, "output": output}))
        ours, theirs = (np.load(f"{folder}/{side}.npy") for side in ("ours", "theirs"))
    found = {
        side: {
            "seconds": [value for result in results for value in result["seconds"]],
            "peak": max(result["peak"] for result in results),
        }
        for side, results in runs.items()
    }
    return found, float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def row(name: str, found: dict[str, Any], deviation: float) -> str:
    theirs, ours = (found[side]["seconds"] for side in ("theirs", "ours"))
    cells = [
        name,
        *(f"{min(s):.2f} ({statistics.median(s):.2f})" for s in (theirs, ours)),
        f"{min(theirs) / min(ours):.2f}",
        f"{statistics.median(theirs) / statistics.median(ours):.2f}",
        *(f"{found[side]['peak']:.1f}" for side in ("theirs", "ours")),
        f"{deviation:.0e}",
    ]
    return f"| {' | '.join(cells)} |"


def main(names: list[str], rounds: int, repeats: int) -> None:
    jobs = [
        (f"{name}, {NETWORKS[name].seconds:.0f} s of audio", {"name": name, "kind": "separate"})
        for name in names
    ]
    if "conv_tasnet" in names:
        title = f"conv_tasnet, training step of {BATCH} x {TRAINING_SECONDS:.0f} s"
        jobs.append((title, {"name": "conv_tasnet", "kind": "train"}))
    rows: list[str] = []
    for title, job in jobs:
        rows.append(row(title, *compared({**job, "repeats": repeats}, rounds)))
        print(rows[-1], flush=True)
        write(rows)


def write(rows: list[str]) -> None:
    """Write the results page."""
    lines = [
        "# Waveform networks beside their PyTorch classes",
        "",
        f"Made by `benchmarks/waveform.py`: {THREADS} threads, published sizes, equal weights,",
        "seconds as minimum (median). A quotient above 1 is in our favour; differences under 15 %",
        "are ties. Peak memory is the process's, in GiB. Deviation: largest difference over the",
        "largest sample; for a training step, of the first loss. Our training step is without jit.",
        "",
        "| | PyTorch | keras_sep | quotient of minima | of medians | their peak | our peak "
        "| deviation |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=[*NETWORKS])
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        measure(arguments.job)
    else:
        main(arguments.only, arguments.rounds, arguments.repeats)
