"""Kills commands at random moments, takes them up again, and compares what they leave.

    python benchmarks/kills.py [--kills 100] [--only NAME...] [--seed 0]

Each case is a command of `keras-sep` on songs of the synthetic band. It runs once without
interruption, and then in another folder, where every process of it is killed (SIGKILL) at a random
moment and the command is repeated, with `--resume` where it has that, until it has been killed its
share of times; the last run ends by itself. What it leaves must be the same: weights and losses bit
for bit, files by their bytes. Nothing half-written may lie about. Writes `results/kills.md`.
"""

import argparse
import csv
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from cards import write_section

PAGE = Path(__file__).parent / "results" / "kills.md"
COMMAND = (sys.executable, "-c", "import sys, keras_sep_cli; sys.exit(keras_sep_cli.main())")
LIMIT = 300  # seconds after which a run that is not killed must have ended
RECIPE = """
model: {name: open_unmix, arguments: {hidden: 8, layers: 1, bidirectional: false}}
sources: [drums, bass, other, vocals]
targets: [vocals]
sample_rate_hz: 8000
stft: {frame_length: 128, hop_length: 32}
data: {excerpt_seconds: 0.5, excerpts_per_track: 8}
fit: {batch_size: 4, epochs: EPOCHS, ema_momentum: 0.9, page: false, tensorboard: false}
"""


@dataclass(frozen=True)
class Case:
    """A command that may be killed.

    Args:
        name: Name of the case in the table.
        first: Arguments of `keras-sep`, the output folder left out.
        again: Arguments with which it is repeated.
        result: Function from the output folder to what must be the same.
        share: Share of all kills.
    """

    name: str
    first: Sequence[str]
    again: Sequence[str]
    result: Callable[[Path], Any]
    share: float


def trained(out: Path) -> Any:
    """Weights of the kept separator, and the losses of every epoch."""
    import keras_sep

    separator = keras_sep.inference.load_separator(out / "separator.keras")
    weights = [weight.numpy().tobytes() for weight in separator.weights]
    with (out / "log.csv").open(newline="") as file:
        rows = [(row["epoch"], row["loss"], row["val_loss"]) for row in csv.DictReader(file)]
    return hashlib.sha256(b"".join(weights)).hexdigest(), rows


def cases(folder: Path) -> list[Case]:
    """All cases, on songs that lie in a folder."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.replace("EPOCHS", "400"), encoding="utf-8")
    train = ("train", str(recipe), "--data", str(folder / "band"), "--out")
    return [Case("train", train, (*train[:-1], "--resume", "--out"), trained, 1.0)]


def run(arguments: Sequence[str], out: Path, seconds: float | None) -> bool:
    """Whether a command ended by itself within so many seconds, else it was killed."""
    process = subprocess.Popen(
        [*COMMAND, *arguments, str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=seconds or LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if seconds is None:
            raise
        return False
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {said.decode(errors='replace')[-2000:]}")
    return True


def compared(case: Case, folder: Path, kills: int, dice: random.Random) -> dict[str, Any]:
    """Run a case without and with interruptions, and compare."""
    begun = time.monotonic()
    run(case.first, folder / "whole", None)
    whole_seconds = time.monotonic() - begun
    expected = case.result(folder / "whole")
    out, done, early = folder / "killed", 0, 0
    while done < kills:
        # a run that ended has nothing left to be killed at: it begins anew
        if run(case.again if _begun(out) else case.first, out, dice.uniform(0, whole_seconds)):
            early += 1
            _require_same(case, out, expected)
            shutil.rmtree(out)
        else:
            done += 1
    run(case.again if _begun(out) else case.first, out, None)
    _require_same(case, out, expected)
    return {"name": case.name, "kills": done, "ended": early + 1, "seconds": whole_seconds}


def _begun(out: Path) -> bool:
    """Whether an epoch has been written."""
    return (out / "last.weights.h5").exists()


def _require_same(case: Case, out: Path, expected: Any) -> None:
    if case.result(out) != expected:
        raise RuntimeError(f"{case.name}: what was killed and taken up again differs, in {out}")
    left = [path.name for path in out.rglob(".*") if path.name != ".lock"]
    if left:
        raise RuntimeError(f"{case.name}: leaves {', '.join(left)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    from keras_sep.data import synthetic_band

    rows = []
    with tempfile.TemporaryDirectory() as place:
        synthetic_band(
            Path(place) / "band", train=3, valid=1, test=0, seconds=4.0, sample_rate_hz=8000
        )
        for case in cases(Path(place)):
            if options.only and case.name not in options.only:
                continue
            folder = Path(place) / case.name
            folder.mkdir()
            kills, dice = round(case.share * options.kills), random.Random(options.seed)
            rows.append(compared(case, folder, kills, dice))
            print(rows[-1], file=sys.stderr, flush=True)
    lines = [
        "| command | kills | runs that ended | seconds of one without | result |",
        "|---|---|---|---|---|",
        *(
            f"| `{row['name']}` | {row['kills']} | {row['ended']} | {row['seconds']:.0f} | "
            "the same bits |"
            for row in rows
        ),
    ]
    write_section(PAGE, Path(__file__).name, "\n".join(lines))


if __name__ == "__main__":
    main()
