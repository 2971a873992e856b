"""Causal networks chunk by chunk on one core, beside PyTorch's modules in a loop of their own.

    python benchmarks/streaming.py [--rounds N] [--steps N]

The causal Conv-TasNet in asteroid's default size at 16 kHz, and Open-Unmix in one direction (hidden
512, four targets, stereo at 44.1 kHz), with equal weights and equal input: in Keras, exported to
LiteRT, also with weights of 8 bits, and in PyTorch. HS-TasNet and DTLN, made for streams, with new
weights and without PyTorch. Each side has a process of its own, bound to one core, and all take
turns. What counts for a live sound is the slowest step of a hundred, beside the length of a chunk.
Writes `results/streaming.md`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "streaming.md"
SIDES = ("Keras", "LiteRT", "LiteRT, int8", "PyTorch")
# rate, channels, and samples of chunks: 10, 20 and 50 ms; of Open-Unmix one hop and two
NETWORKS = {
    "conv_tasnet": (16000, 1, (160, 320, 800)),
    "open_unmix": (44100, 2, (1024, 2048)),
    "hs_tasnet": (44100, 2, (512,)),
    "dtln": (16000, 1, (128,)),
}
PEERS = ("conv_tasnet", "open_unmix")
WARM = 30  # steps that are not timed


def measure(job: dict[str, Any]) -> None:
    """In a process of its own: seconds of every step, for each length of a chunk."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _, channels, chunks = NETWORKS[job["name"]]
    rng = np.random.default_rng(0)
    make = MAKERS[job["side"]]
    found: dict[str, Any] = {}
    for samples in chunks:
        step = make(job["name"], Path(job["folder"]), samples)
        mixture = rng.normal(size=(WARM + job["steps"], samples, channels)).astype("float32")
        seconds, stems = [], []
        for chunk in 0.1 * mixture:
            start = time.perf_counter()
            stems.append(step(chunk))
            seconds.append(time.perf_counter() - start)
        found[str(samples)] = seconds[WARM:]
        np.save(f"{job['folder']}/{job['name']}, {samples}, {job['side']}", np.concatenate(stems))
    print(json.dumps(found))


def in_pytorch(name: str, folder: Path, samples: int) -> Any:
    import torch
    from streaming_peers import STEPS

    torch.set_num_threads(1)
    torch.manual_seed(0)
    stream = STEPS[name]()
    networks = getattr(stream, "networks", None) or [stream.network]
    torch.save([one.state_dict() for one in networks], folder / f"{name}.pth")

    def step(chunk: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return stream.step(torch.from_numpy(chunk)).numpy().T.reshape(len(chunk), -1)

    return step


def in_keras(name: str, folder: Path, samples: int) -> Any:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    from keras_sep.streaming import Stepper

    return stepped(Stepper(separator(name, folder)), samples)


def in_litert(name: str, folder: Path, samples: int, weights: str = "float32") -> Any:
    from keras_sep import export
    from keras_sep.streaming import ExportedStepper

    path = folder / f"{name}, {samples}, {weights}.tflite"
    if not path.exists():
        export.litert(separator(name, folder), path, chunk_samples=samples, weights=weights)
    return stepped(ExportedStepper(path, threads=1), samples)


MAKERS = {
    "Keras": in_keras,
    "LiteRT": in_litert,
    "LiteRT, int8": partial(in_litert, weights="int8"),
    "PyTorch": in_pytorch,
}


def stepped(stepper: Any, samples: int) -> Any:
    from keras_sep.streaming import Stream

    stream = Stream(stepper, samples)
    return lambda chunk: stream(chunk).reshape(len(chunk), -1)


def separator(name: str, folder: Path) -> Any:
    """Our separator, with the peer's weights where there is one."""
    import keras

    from keras_sep import Separator, convert, layers, zoo

    rate = NETWORKS[name][0]
    if name not in PEERS:
        keras.utils.set_random_seed(0)
        network = getattr(zoo, name)(**({"sources": 4} if name == "hs_tasnet" else {}))
        return Separator(network, rate, [f"s{n}" for n in range(network.output.shape[-1])])
    import torch

    states = torch.load(folder / f"{name}.pth")
    states = [{key: x.numpy() for key, x in state.items()} for state in states]
    if name == "conv_tasnet":
        return Separator(convert.conv_tasnet(states[0]), rate, ("s1", "s2"))
    targets = "vocals", "drums", "bass", "other"
    network = convert.open_unmix(dict(zip(targets, states, strict=True)))
    return Separator(network, rate, targets, layers.STFT(4096, 1024))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        measure(options.job)
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in NETWORKS:
            seconds: dict[tuple[str, str], list[float]] = {}
            for _ in range(options.rounds):
                sides = SIDES if name in PEERS else SIDES[:3]
                for side in reversed(sides):  # PyTorch's writes the weights
                    job = {"name": name, "side": side, "folder": folder, "steps": options.steps}
                    for samples, taken in spawn(job).items():
                        seconds.setdefault((samples, side), []).extend(taken)
            rows += [row(name, samples, seconds, Path(folder)) for samples in NETWORKS[name][2]]
    text = page(rows, options)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def spawn(job: dict[str, Any]) -> dict[str, list[float]]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    run = subprocess.run(command, capture_output=True, env=environment, text=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
    return json.loads(run.stdout.splitlines()[-1])


def row(name: str, samples: int, seconds: dict[Any, list[float]], folder: Path) -> str:
    """A line of the table."""
    rate = NETWORKS[name][0]
    length = 1000 * samples / rate
    cells = [f"`{name}`", f"{length:.0f}"]
    medians, stems = {}, {}
    for side in SIDES:
        if (str(samples), side) not in seconds:
            cells += ["-"] * 2
            continue
        taken = 1000 * np.array(seconds[str(samples), side])
        medians[side] = np.median(taken)
        slowest = np.percentile(taken, 99)
        cells += [f"{medians[side]:.1f}", f"{slowest:.1f} ({slowest / length:.2f})"]
        stems[side] = np.load(folder / f"{name}, {samples}, {side}.npy")
        stems[side] = stems[side][2 * len(stems[side]) // 3 :]
    for side in ("Keras", "LiteRT"):
        cells.append(f"{medians['PyTorch'] / medians[side]:.1f}" if "PyTorch" in medians else "-")
    other = stems.get("PyTorch", stems["LiteRT"])
    error = np.abs(stems["Keras"] - other).max() / np.abs(other).max()
    return "| " + " | ".join([*cells, f"{error:.0e}"]) + " |"


def page(rows: list[str], options: argparse.Namespace) -> str:
    head = [f"{side}, median | 99 %" for side in SIDES]
    return "\n".join(
        [
            "# Streams",
            "",
            "Made by `benchmarks/streaming.py`: one core, one thread, equal weights, milliseconds",
            f"a step of {options.rounds} rounds of {options.steps} steps, the sides in turn. 99 %",
            "is the 99th percentile, and in brackets that as a fraction of the chunk's length. The",
            "quotients are of medians, PyTorch's over ours. Deviation: largest difference of",
            "Keras's stems from PyTorch's, or from LiteRT's, over the largest sample, in the last",
            "third: PyTorch's loops also hear what lies before the start.",
            "",
            f"| network | chunk, ms | {' | '.join(head)} | PyTorch / Keras | PyTorch / LiteRT "
            "| deviation |",
            "|---" * (2 + 2 * len(SIDES) + 3) + "|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
