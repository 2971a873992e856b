"""A training step on an accelerator: the JAX backend beside PyTorch, as it is and compiled.

    python benchmarks/gpu.py [--only NAME...] [--repeats N] [--small]

Networks of the published sizes, random weights, the L1 distance and Adam; float32 with products in
TensorFloat-32 on all sides, and bfloat16 with float32 weights (`mixed_bfloat16`, `torch.autocast`).
The batch is on the host at the start of each step, whose end is its loss on the host. Every
measurement has a process of its own: a process that compiles first, then the median and the minimum
of the steps, and the most memory of the device. Needs JAX with the accelerator's plugin, and
PyTorch with the peers: openunmix, asteroid, demucs and msst. Writes `results/gpu.md`. `--small`
runs tiny networks on what is there, prints, and writes nothing.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

RESULTS = Path(__file__).parent / "results" / "gpu.md"
PARITY = Path(__file__).resolve().parents[1] / "tests" / "parity"
SIDES = ("ours, JAX", "PyTorch", "PyTorch, compiled")
PRECISIONS = ("float32", "bfloat16")
STEMS = ("drums", "bass", "other", "vocals")
ROFORMER = {"stereo": True, "num_stems": 4, "dim": 384, "depth": 6, "flash_attn": True,
            "stft_hop_length": 441, "time_transformer_depth": 1,
            "freq_transformer_depth": 1}  # fmt: skip


class Network(NamedTuple):
    """A network that both sides train.

    Args:
        peer: Module and class of the peer.
        theirs: Arguments of the class.
        ours: Arguments of our builder.
        small: Arguments of the class and of our builder that differ for a tiny network.
        batch: Number of examples.
        shape: Shape of an example of the mixture: samples and channels; of Open-Unmix frames, bins
            and channels.
        sources: Number of sources; 0 for an estimate of the mixture's own shape.
        imports: Module of `tests/parity` that makes the peer's modules importable.
    """

    peer: tuple[str, str]
    theirs: dict[str, Any]
    ours: dict[str, Any]
    small: tuple[dict[str, Any], dict[str, Any]]
    batch: int
    shape: tuple[int, ...]
    sources: int
    imports: str | None = None


NETWORKS = {
    "open_unmix": Network(
        ("openunmix.model", "OpenUnmix"),
        {"nb_bins": 2049, "nb_channels": 2, "hidden_size": 512, "max_bin": 1487},
        {"bandwidth_bins": 1487},
        ({"hidden_size": 8}, {"hidden": 8}),
        16, (255, 2049, 2), 0,
    ),
    "conv_tasnet": Network(
        ("asteroid.models.conv_tasnet", "ConvTasNet"),
        {"n_src": 2},
        {},
        ({"n_filters": 16, "n_repeats": 1, "n_blocks": 2},
         {"filters": 16, "repeats": 1, "blocks": 2}),
        16, (32000, 1), 2, "asteroid_peer",
    ),
    "htdemucs": Network(
        ("demucs.htdemucs", "HTDemucs"),
        {"sources": [*STEMS], "use_train_segment": False},
        {},
        ({"channels": 4, "t_layers": 1}, {"filters": 4, "blocks": 1}),
        8, (343980, 2), 4, "demucs_peer",
    ),
    "bs_roformer": Network(
        ("msst.models.bs_roformer.bs_roformer", "BSRoformer"),
        ROFORMER,
        {},
        ({"dim": 12, "depth": 1, "heads": 2, "dim_head": 8},
         {"features": 12, "blocks": 1, "heads": 2, "head_size": 8}),
        4, (352800, 2), 4,
    ),
}  # fmt: skip


def batch_of(network: Network, small: bool) -> tuple[np.ndarray, np.ndarray]:
    """Noise and its shares, as ours have them: channels last, then sources."""
    batch, shape = (1, (network.shape[0] // 8, *network.shape[1:])) if small else (
        network.batch, network.shape)  # fmt: skip
    x = 0.1 * np.random.default_rng(0).random((batch, *shape), "float32")
    if not network.sources:
        return x, x / 2
    return x, np.stack([x / network.sources] * network.sources, axis=-1)


def measured(name: str, side: str, precision: str, repeats: int, small: bool) -> dict[str, Any]:
    """In a process of its own: seconds of each step, the device's memory, weights and loss."""
    network = NETWORKS[name]
    prepare = our_step if side.startswith("ours") else their_step
    step, memory, weights = prepare(name, network, side, precision, small)
    start = time.perf_counter()
    first = step()
    compiling = time.perf_counter() - start
    step()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return {
        "seconds": seconds, "first_seconds": compiling, "gigabytes": memory() / 1e9,
        "weights": weights, "loss": first, "device": device(side),
    }  # fmt: skip


def our_step(
    name: str, network: Network, side: str, precision: str, small: bool
) -> tuple[Callable[[], float], Callable[[], int], int]:
    import jax
    import keras

    from keras_sep import losses, zoo

    jax.config.update("jax_default_matmul_precision", "tensorfloat32")
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    made = getattr(zoo, name)(**network.ours | (network.small[1] if small else {}))
    loss = losses.WaveformLoss() if network.sources else losses.SpectrogramLoss(norm="l1")
    made.compile(keras.optimizers.Adam(1e-4), loss, jit_compile=True)
    x, y = batch_of(network, small)
    if not network.sources and len(made.output_shape) == y.ndim + 1:
        y = y[..., None]

    def memory() -> int:
        found = jax.local_devices()[0].memory_stats()
        return found["peak_bytes_in_use"] if found else 1024 * _host()

    weights = sum(int(np.prod(weight.shape)) for weight in made.trainable_variables)
    return lambda: float(made.train_on_batch(x, y)), memory, weights


def their_step(
    name: str, network: Network, side: str, precision: str, small: bool
) -> tuple[Callable[[], float], Callable[[], int], int]:
    import importlib

    import torch

    torch.set_float32_matmul_precision("high")  # TensorFloat-32
    torch.backends.cudnn.allow_tf32 = True
    sys.path.insert(0, str(PARITY))
    sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))  # openunmix uses no part
    if network.imports:
        importlib.import_module(network.imports)
    module, kind = network.peer
    arguments = network.theirs | (network.small[0] if small else {})
    where = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    made = getattr(importlib.import_module(module), kind)(**arguments).to(where).train()
    optimizer = torch.optim.Adam(made.parameters(), lr=1e-4)
    run = torch.compile(made) if side.endswith("compiled") else made
    x, y = batch_of(network, small)
    order = (0, 3, 2, 1) if not network.sources else (0, 2, 1)
    mixture = torch.from_numpy(x).permute(*order).contiguous()
    target = mixture / 2 if not network.sources else torch.from_numpy(y).permute(0, 3, 2, 1)
    if network.sources and name == "conv_tasnet":  # of one channel, which asteroid leaves out
        target = target[:, :, 0]

    def step() -> float:
        optimizer.zero_grad()
        with torch.autocast(where.type, torch.bfloat16, enabled=precision == "bfloat16"):
            found = run(mixture.to(where))
        value = torch.nn.functional.l1_loss(found.float(), target.to(where))
        value.backward()
        optimizer.step()
        return float(value)

    def memory() -> int:
        return torch.cuda.max_memory_allocated() if where.type == "cuda" else 1024 * _host()

    weights = sum(weight.numel() for weight in made.parameters() if weight.requires_grad)
    return step, memory, weights


def _host() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def device(side: str) -> str:
    if side.startswith("ours"):
        import jax

        return f"{jax.local_devices()[0].device_kind}, JAX {jax.__version__}"
    import torch

    kind = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    return f"{kind}, PyTorch {torch.__version__}"


def spawned(job: dict[str, Any], limit: float) -> dict[str, Any]:
    """What a process of its own measures, or the reason why not."""
    environ = {**os.environ, "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environ, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"reason": f"not done in {limit:.0f} s"}
    if done.returncode:
        return {"reason": ([*filter(None, done.stderr.splitlines())] or ["no reason given"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def page(found: dict[str, dict[str, Any]]) -> str:
    devices = {row["device"] for row in found.values() if "device" in row}
    lines = [
        "# Training steps on an accelerator", "", f"Written by `benchmarks/{Path(__file__).name}`: "
        f"{__doc__.split(chr(10) * 2, 2)[2].split('Needs JAX')[0].strip()}", "",
        f"On {'; '.join(sorted(devices))}.", "",
        "| network | batch | precision | side | median, ms | least, ms | beside PyTorch | "
        "memory, GB | weights | first step, s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for key, row in found.items():
        name, precision, side = json.loads(key)
        network = NETWORKS[name]
        size = f"{network.batch} of {' x '.join(map(str, network.shape))}"
        if "reason" in row:
            cells = [f"none: {row['reason'][:120]}", *[""] * 5]
        else:
            peer = found.get(json.dumps([name, precision, "PyTorch"]), {}).get("seconds")
            ratio = statistics.median(peer) / statistics.median(row["seconds"]) if peer else None
            cells = [
                f"{1000 * statistics.median(row['seconds']):.1f}",
                f"{1000 * min(row['seconds']):.1f}",
                f"{ratio:.2f} times as fast" if ratio else "",
                f"{row['gigabytes']:.2f}",
                f"{row['weights']:,}",
                f"{row['first_seconds']:.0f}",
            ]
        lines.append(f"| {' | '.join([name, size, precision, side, *cells])} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=[*NETWORKS])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--limit", type=float, default=180, help="seconds of a measurement")
    parser.add_argument("--small", action="store_true", help="tiny networks; print, do not write")
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        print(json.dumps(measured(**options.job)))
        return
    kept = RESULTS.with_suffix(".json")
    found = json.loads(kept.read_text()) if kept.exists() and not options.small else {}
    for name in options.only:
        for precision in PRECISIONS:
            for side in SIDES:
                job = {"name": name, "side": side, "precision": precision}
                job |= {"repeats": options.repeats, "small": options.small}
                row = spawned(job, options.limit)
                found[json.dumps([name, precision, side])] = row
                print(name, precision, side, row.get("reason") or statistics.median(row["seconds"]),
                      file=sys.stderr, flush=True)  # fmt: skip
                if not options.small:
                    kept.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if options.small:
        print(page(found))
    else:
        RESULTS.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
