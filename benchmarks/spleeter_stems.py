"""Spleeter's two stems beside `spleeter-thomasesr`: one checkpoint, one song, two threads.

Each side is a process that separates when it is told to, in turn; the table holds the minimum and
the median over all rounds, the seconds that the two processors worked, the peak memory of ten
minutes in a process of its own, and by how much the stems differ. Writes
`results/spleeter_stems.md`.

    python benchmarks/spleeter_stems.py SONG --checkpoint FOLDER --peer PYTHON [--rounds N]

PYTHON is that of an environment with `pip install spleeter-thomasesr==3.0.0a1 tf_keras soundfile`,
FOLDER has Spleeter's `model.index` and `model.data-00000-of-00001`.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import soundfile

THREADS, RATE_HZ = "2", 44100
RESULTS = Path(__file__).parent / "results" / "spleeter_stems.md"
STEMS = ("vocals", "accompaniment")


def theirs(checkpoint: Path) -> Any:
    from spleeter.separator import Separator

    separator = Separator("spleeter:2stems", multiprocess=False)

    def separate(mixture):
        stems = separator.separate(mixture)
        return np.stack([stems[name] for name in STEMS], axis=-1)

    return separate


def ours(checkpoint: Path) -> Any:
    from keras_sep import convert, inference
    from keras_sep.inference.compiled_separator import CompiledSeparator
    from keras_sep.inference.separate_blocks import separate_blocks

    separator = convert.from_checkpoint(checkpoint)
    compiled, grid = CompiledSeparator(separator), inference.block_grid(separator)

    def separate(mixture):
        if len(mixture) <= grid.block:
            return compiled(mixture)
        return np.concatenate(list(separate_blocks(compiled, [mixture], grid)))

    return separate


def serve(side: str, checkpoint: Path) -> None:
    """Separate the file of each line that comes, and say how long it took."""
    separate = {"ours": ours, "theirs": theirs}[side](checkpoint)
    for line in sys.stdin:
        path, out = json.loads(line)
        mixture = np.load(path)
        start, worked = time.perf_counter(), time.process_time()
        stems = separate(mixture)
        seconds, work = time.perf_counter() - start, time.process_time() - worked
        if out:
            np.save(out, stems)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"seconds": seconds, "work": work, "peak": peak}), flush=True)


class Side:
    """A process that separates when it is told to."""

    def __init__(self, python: str, side: str, checkpoint: Path, models: Path):
        # what Spleeter's own program finds its models by
        environment = os.environ | {"MODEL_PATH": str(models), "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment |= {"TF_NUM_INTRAOP_THREADS": THREADS, "TF_NUM_INTEROP_THREADS": THREADS}
        self.process = subprocess.Popen(
            [
                python,
                str(Path(__file__).resolve()),
                "--serve",
                side,
                "--checkpoint",
                str(checkpoint),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def separate(self, mixture: Path, out: Path | None = None) -> dict[str, float]:
        self.process.stdin.write(json.dumps([str(mixture), str(out) if out else None]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def difference_db(one: np.ndarray, other: np.ndarray) -> float:
    """Power of the difference over that of the other, of the worst stem."""
    ratios = [
        np.sum((one[..., n] - other[..., n]) ** 2) / np.sum(other[..., n] ** 2)
        for n in range(len(STEMS))
    ]
    return float(10 * np.log10(max(ratios)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("song", type=Path, nargs="?")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=("ours", "theirs"))
    args = parser.parse_args()
    if args.serve:
        serve(args.serve, args.checkpoint)
        return

    song, rate_hz = soundfile.read(args.song, dtype="float32", always_2d=True)
    if rate_hz != RATE_HZ or song.shape[1] != 2:
        raise SystemExit(f"{args.song} must be stereo at {RATE_HZ} Hz")
    thirty = np.resize(song, (30 * RATE_HZ, 2))
    lengths = {
        "1 s": thirty[10 * RATE_HZ : 11 * RATE_HZ],
        "30 s": thirty,
        "90 s": np.tile(thirty, (3, 1)),
        "10 min": np.tile(thirty, (20, 1)),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = folder / "models"
        shutil.copytree(args.checkpoint, models / "2stems")
        (models / "2stems" / ".probe").touch()
        (models / "2stems" / "checkpoint").write_text('model_checkpoint_path: "model"\n')
        for length, samples in lengths.items():
            np.save(folder / f"{length}.npy", samples)

        def start():
            return {
                "theirs": Side(args.peer, "theirs", args.checkpoint, models),
                "ours": Side(sys.executable, "ours", args.checkpoint, models),
            }

        sides, rows = start(), []
        for length in ("1 s", "30 s", "90 s"):
            mixture = folder / f"{length}.npy"
            taken: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
            stems = {}
            for side, process in sides.items():  # to trace, and to compare
                process.separate(mixture, folder / f"{side}.npy")
                stems[side] = np.load(folder / f"{side}.npy")
            for _ in range(args.rounds):
                for side, process in sides.items():
                    taken[side].append(process.separate(mixture))
            rows.append((length, taken, difference_db(stems["ours"], stems["theirs"])))
            print(row(*rows[-1]), flush=True)
        for process in sides.values():
            process.close()
        peaks = {}
        for side in ("theirs", "ours"):
            process = start()[side]
            peaks[side] = process.separate(folder / "10 min.npy")
            process.close()
    write(rows, peaks, args)


def row(length: str, taken: dict[str, list[dict[str, float]]], deviation: float) -> str:
    cells, quotients = [], []
    for kind in ("seconds", "work"):
        theirs, ours = ([one[kind] for one in taken[side]] for side in ("theirs", "ours"))
        cells += [f"{min(x):.2f} ({median(x):.2f})" for x in (theirs, ours)]
        quotients.append(f"{median(theirs) / median(ours):.2f}")
    return f"| {length} | {' | '.join([*cells, *quotients])} | {deviation:.0f} dB |"


def write(rows: list, peaks: dict[str, dict[str, float]], args: argparse.Namespace) -> None:
    text = f"""# Spleeter's two stems beside spleeter-thomasesr

Made by `benchmarks/spleeter_stems.py`: {THREADS} threads, {args.rounds} rounds in turn after a warm-up, seconds as
minimum (median). Work: seconds of both processors together, which other load on the machine changes
less. A quotient of medians above 1 is in our favour. Difference: power of the worse stem's difference
over the stem's.

| song | spleeter-thomasesr 3.0.0a1 | keras_sep | its work | our work | quotient | of work | difference |
|---|---|---|---|---|---|---|---|
{chr(10).join(row(*one) for one in rows)}

Peak memory of a process that separates ten minutes, in blocks here and at once there:
{peaks["ours"]["peak"]:.1f} GiB here, {peaks["theirs"]["peak"]:.1f} GiB there, in {peaks["ours"]["seconds"]:.0f} s and {peaks["theirs"]["seconds"]:.0f} s
({peaks["ours"]["work"]:.0f} s and {peaks["theirs"]["work"]:.0f} s of work).
"""  # noqa: E501
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
