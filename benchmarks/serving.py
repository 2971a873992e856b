"""An exported separator under concurrent requests of different lengths, without Python.

    python benchmarks/serving.py [--threads 64] [--rounds 10] [--requests 100]

Compiles `tests/serving/concurrent.cc`, which runs the graph through the loader that TensorFlow
Serving uses. Open-Unmix as published (hidden 512, one target, stereo at 44.1 kHz) and the default
Conv-TasNet at 8 kHz, with random weights. What counts is that answers stay the same, that memory
stays, and how long requests at the same time take beside requests one after the other. Writes
`results/serving.md`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "serving.md"
SECONDS = (0.31, 2.3, 0.77, 1.3, 0.53, 1.9, 1.1)  # of the requests, in turn
TITLE = """# Serving

Made by `benchmarks/serving.py`: requests of {shortest} to {longest} s, {threads} at the same
time on {cores} cores, {rounds} rounds of {requests}. The quotient is the time of a round one after
the other over the median time of a round at once: above 1, requests at once are done earlier.
Deviation: largest difference from the answers one at a time, over the largest sample. Memory: MiB
that the process holds after the first round and the last, when everything has been answered.{load}

| network | quotient | median wait, over alone | deviation | MiB, round 1 | round {rounds} | most |
|---|---|---|---|---|---|---|
"""


def separators() -> dict[str, Any]:
    import keras

    import keras_sep

    keras.utils.set_random_seed(1)
    return {
        "open_unmix": keras_sep.Separator(
            keras_sep.zoo.open_unmix(("vocals",)),
            44100,
            ("vocals",),
            keras_sep.layers.STFT(4096, 1024),
        ),
        "conv_tasnet": keras_sep.Separator(keras_sep.zoo.conv_tasnet(), 8000, ("s1", "s2")),
    }


def measure(program: Path, folder: Path, separator: Any, args: argparse.Namespace) -> Any:
    lengths = [round(seconds * separator.sample_rate_hz) for seconds in SECONDS]
    noise = np.random.default_rng(2).normal(size=(max(lengths), separator.channels))
    (0.1 * noise).astype("float32").tofile(folder / "noise.f32")
    command = [program, folder / "1", args.threads, args.rounds, args.requests]
    command += [separator.channels, folder / "noise.f32", *lengths]
    answer = subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout)


def row(name: str, found: Any, requests: int) -> str:
    quotient = found["alone_seconds"] / median(found["round_seconds"])
    wait = median(found["last_round_seconds"]) / (found["alone_seconds"] / requests)
    memory = found["mebibytes"]
    return (
        f"| `{name}` | {quotient:.2f} | {wait:.0f} | {found['deviation'] / found['peak']:.0e} "
        f"| {memory[0]:.0f} | {memory[-1]:.0f} | {max(memory):.0f} |\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=100)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests" / "serving"))
    from compile_program import compile_program

    import keras_sep

    busy = os.getloadavg()[0] > 1 or os.nice(0) > 0
    text = TITLE.format(
        **vars(args),
        shortest=min(SECONDS),
        longest=max(SECONDS),
        cores=len(os.sched_getaffinity(0)),
        load=" Other work\nran on the machine: times are rough." if busy else "",
    )
    with tempfile.TemporaryDirectory() as scratch:
        program = Path(scratch) / "concurrent"
        compile_program(ROOT / "tests" / "serving" / "concurrent.cc", program)
        for name, separator in separators().items():
            folder = Path(scratch) / name
            keras_sep.export.saved_model(separator, folder / "1")
            found = measure(program, folder, separator, args)
            print(name, json.dumps({k: v for k, v in found.items() if k != "last_round_seconds"}))
            text += row(name, found, args.requests)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
