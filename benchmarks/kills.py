"""Kills commands at random moments, takes them up again, and compares what they leave.

    python benchmarks/kills.py [--kills 25] [--only NAME...] [--seed 0] [--anew] [--place DIR]

Each case is a command of `keras-sep` on songs of the synthetic band. It runs once without
interruption. In another folder it is killed (SIGKILL) at random moments after it has taken the
folder, up to three times in a row, each time taken up again by the command that the documentation
names, and then runs to its end. Of several processes one is killed, and the others must end by
themselves, or all are.

After a kill every file that has its final name must be whole. At the end nothing hidden or
unfinished may be left, and the files must be those of the run without interruption: samples by
their bytes, weights, optimizer, adapters and losses bit for bit, and within 1e-5 where several
processes add up gradients. Every kill is noted in `results/kills.jsonl` at once, from which an
interrupted script goes on; with `--place` it also keeps the songs and the run without interruption.
The table is in `results/kills.md`. Several processes need JAX.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import numpy as np
from cards import write_section

RESULTS = Path(__file__).parent / "results"
PAGE, NOTES = RESULTS / "kills.md", RESULTS / "kills.jsonl"
COMMAND = (sys.executable, "-m", "keras_sep_cli")
LIMIT = 300  # seconds after which what is not killed must have ended
CLOSE = 1e-5
RECIPE = """
model: {name: open_unmix, arguments: {hidden: 8, layers: 1, bidirectional: false}}
sources: [drums, bass, other, vocals]
targets: [vocals]
sample_rate_hz: 4000
stft: {frame_length: 64, hop_length: 32}
data: {excerpt_seconds: 0.5, excerpts_per_track: 8}
fit:
  batch_size: 4
  epochs: 8
  ema_momentum: 0.9
  optimizer: {name: SGD, arguments: {momentum: 0.9}}
  learning_rate: 0.05
  clip_norm: 1.0
  page: false
  tensorboard: false
"""


class Case(NamedTuple):
    """A command that may be killed.

    Args:
        name: Name of the case in the table.
        arguments: Arguments of `keras-sep`, without the output folder.
        again: Further arguments with which it is taken up again once it has a checkpoint.
        processes: Number of processes that run it together.
        tolerance: Largest difference of a weight or a loss.
    """

    name: str
    arguments: tuple[str, ...]
    again: tuple[str, ...] = ()
    processes: int = 1
    tolerance: float = 0.0


def cases(folder: Path) -> list[Case]:
    """All cases, with the songs and weights that they need in a folder."""
    from keras_sep import Separator, zoo
    from keras_sep.data import synthetic_band

    rate, band, long, one = 4000, folder / "band", folder / "long", folder / "one"
    recipe, start = folder / "recipe.yaml", folder / "start.keras"
    if not start.exists():
        synthetic_band(band, train=2, valid=1, test=0, seconds=3.0, sample_rate_hz=rate)
        synthetic_band(long, train=6, valid=2, test=0, seconds=12.0, sample_rate_hz=rate)
        synthetic_band(one, train=1, valid=1, test=0, seconds=6.5, sample_rate_hz=rate)
        recipe.write_text(RECIPE, encoding="utf-8")
        network = zoo.conv_tasnet(
            sources=2, channels=1, filters=8, kernel_size=16, bottleneck=6, hidden=10, blocks=2,
            repeats=1,
        )  # fmt: skip
        Separator(network, rate, ("vocals", "drums")).save(start)
    train = ("train", str(recipe), "--data", str(band))
    tuning = ("--sources", "drums,bass,other,vocals", "--lora", "2", "--epochs", "4")
    return [
        Case("prepare", ("prepare", str(long), "--sample-rate", "44100", "--shard-mb", "1",
                         "--workers", "2")),
        Case("train", train, ("--resume",)),
        Case("finetune", ("finetune", str(start), "--data", str(one), *tuning, "--batch-size",
                          "32"), ("--resume",)),
        Case("train, two processes", train, ("--resume",), 2, CLOSE),
    ]  # fmt: skip


def contents(out: Path) -> dict[str, Any]:
    """What every file holds that has its final name; reading it fails if one is not whole."""
    found: dict[str, Any] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        if path.is_dir() or any(part.startswith(".") for part in name.parts):
            continue
        if path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                found |= arrays(str(name), io.BytesIO(archive.read("model.weights.h5")))
        elif path.suffix == ".h5":
            found |= arrays(str(name), path)
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                rows = [*csv.DictReader(file)]
            for column in ("epoch", "loss", "val_loss", "learning_rate"):
                found[f"{name} {column}"] = np.array([float(row[column]) for row in rows])
        elif path.suffix == ".html":
            if not path.read_text(encoding="utf-8").rstrip().endswith("</html>"):
                raise ValueError(f"{path} is cut off")
        elif "tensorboard" not in name.parts:  # whose logs grow
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            if path.name == "machine.json":  # which lists all starts
                continue
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def arrays(name: str, file: Any) -> dict[str, np.ndarray]:
    """The arrays of an HDF5 file, by their paths."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(file, "r") as opened:
        opened.visititems(
            lambda path, item: (
                found.update({f"{name} {path}": item[()]})
                if isinstance(item, h5py.Dataset) and item.dtype != object
                else None
            )
        )
    return found


def difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Largest difference of a number; infinite if anything else differs."""
    if one.keys() != other.keys():
        return float("inf")
    largest = 0.0
    for name, value in one.items():
        if isinstance(value, str) or value.shape != other[name].shape:
            largest = largest if np.array_equal(value, other[name]) else float("inf")
        elif value.tobytes() != other[name].tobytes():
            apart = np.abs(value.astype(float) - other[name])
            largest = max(largest, float(np.max(apart, initial=np.finfo(float).tiny)))
    return largest


class Session:
    """The processes of a command that runs once."""

    def __init__(self, case: Case, out: Path, again: bool) -> None:
        arguments = [*case.arguments, *(case.again if again else ()), "--out", str(out)]
        self.out, self.said = out, out.with_suffix(".txt")
        self.processes = []
        environ, port = dict(os.environ), _free_port()
        if case.processes > 1:
            environ["KERAS_BACKEND"] = "jax"
        with self.said.open("w") as said:
            for number in range(case.processes):
                who = ["--hosts", f"localhost:{port}", "--processes", str(case.processes)]
                who = [*who, "--process", str(number)] if case.processes > 1 else []
                self.processes.append(
                    subprocess.Popen(
                        [*COMMAND, *arguments, *who], stdout=said, stderr=said, env=environ,
                        start_new_session=True,
                    )
                )  # fmt: skip
        self.begun = time.monotonic()

    def works(self) -> bool:
        """Wait until the folder is locked; False if the command has ended before."""
        while self.running():
            with contextlib.suppress(OSError, ValueError):
                if int((self.out / ".lock").read_text()) == self.processes[0].pid:
                    self.begun = time.monotonic()
                    return True
            time.sleep(0.002)
        return False

    def running(self) -> bool:
        return any(process.poll() is None for process in self.processes)

    def ends_within(self, seconds: float) -> bool:
        """Whether all processes end by themselves so soon."""
        end = time.monotonic() + seconds
        while self.running() and time.monotonic() < end:
            time.sleep(0.002)
        return not self.running()

    def kill(self, numbers: list[int]) -> None:
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.processes[number].pid, signal.SIGKILL)
        if not self.ends_within(LIMIT):
            self.kill([*range(len(self.processes))])
            raise RuntimeError(f"{self.out}: the other process did not end")

    def require_success(self) -> None:
        statuses = [process.returncode for process in self.processes]
        if any(statuses):
            raise RuntimeError(f"{self.said}, {statuses}: {self.said.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


def whole(case: Case, out: Path) -> tuple[dict[str, Any], float]:
    """What a run without interruption leaves, and the seconds it had the folder."""
    kept = out.with_suffix(".json")
    if kept.exists():
        return contents(out), json.loads(kept.read_text())
    session = Session(case, out, False)
    session.works()
    if not session.ends_within(LIMIT):
        session.kill([*range(case.processes)])
    session.require_success()
    seconds = time.monotonic() - session.begun
    kept.write_text(json.dumps(seconds))
    return contents(out), seconds


def chains(case: Case, folder: Path, kills: int, done: int, seed: int) -> Iterator[dict[str, Any]]:
    """Kill and take up again, until there are so many kills; yields one note per kill."""
    expected, seconds = whole(case, folder / "whole")
    while done < kills:
        dice = random.Random(f"{seed} {case.name} {done}")
        out, notes = folder / f"killed-{done}", []
        shutil.rmtree(out, ignore_errors=True)  # of a script that was interrupted
        for _ in range(min(dice.randint(1, 3), kills - done)):
            session = Session(case, out, (out / "last.weights.h5").exists())
            moment = dice.uniform(0, seconds)
            if not session.works() or session.ends_within(moment):
                session.require_success()
                break
            who = dice.choice([[*range(case.processes)], [dice.randrange(case.processes)]])
            session.kill(who)
            for name, value in contents(out).items():
                if name.endswith(".audio") and value != expected[name]:
                    raise RuntimeError(f"{out / name} is not whole")
            notes.append(
                {
                    "case": case.name,
                    "seed": seed,
                    "killed": len(who),
                    "processes": case.processes,
                    "share": round(moment / seconds, 3),
                }
            )
        session = Session(case, out, (out / "last.weights.h5").exists())
        if not session.ends_within(LIMIT):
            session.kill([*range(case.processes)])
        session.require_success()
        left = [str(p.relative_to(out)) for p in [*out.rglob(".*"), *out.glob("unfinished")]]
        apart = difference(contents(out), expected)
        if left or apart > case.tolerance:
            raise RuntimeError(f"{out}: differs by {apart:g}, leaves {left}, after {notes}")
        for note in notes:
            yield note | {"difference": apart, "whole_seconds": round(seconds, 1)}
        done += len(notes)
        shutil.rmtree(out)


def table(notes: list[dict[str, Any]]) -> str:
    lines = [
        "| command | kills | moments, share of the run: least, median, largest | taken up again "
        "and equal | largest difference | seconds without |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(note["case"] for note in notes):
        of_case = [note for note in notes if note["case"] == name]
        shares = np.array([note["share"] for note in of_case])
        moments = ", ".join(f"{value:.2f}" for value in np.quantile(shares, [0, 0.5, 1]))
        one = sum(note["killed"] < note["processes"] for note in of_case)
        kills = f"{len(of_case)}, {one} of them of one process" if one else f"{len(of_case)}"
        apart = max(note["difference"] for note in of_case)
        seconds = np.median([note["whole_seconds"] for note in of_case])
        lines.append(
            f"| {name} | {kills} | {moments} | {len(of_case)} | "
            f"{f'{apart:.1e}' if apart else 'none, to the bit'} | {seconds:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=25, help="of each case (default 25)")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--anew", action="store_true", help="forget the kills noted so far")
    parser.add_argument("--place", type=Path, metavar="DIR", help="folder of all runs, kept")
    options = parser.parse_args()
    if options.anew:
        NOTES.unlink(missing_ok=True)
    place = options.place or Path(tempfile.mkdtemp(prefix="kills-"))  # kept if something differs
    place.mkdir(exist_ok=True)
    for case in cases(place):
        if options.only and case.name not in options.only:
            continue
        folder = place / case.name.replace(" ", "-").replace(",", "")
        folder.mkdir(exist_ok=True)
        lines = NOTES.read_text().splitlines() if NOTES.exists() else []
        done = sum(json.loads(line)["case"] == case.name for line in lines)
        for note in chains(case, folder, options.kills, done, options.seed):
            with NOTES.open("a") as file:
                print(json.dumps(note), file=file)
            print(note, file=sys.stderr, flush=True)
        notes = [json.loads(line) for line in NOTES.read_text().splitlines()]
        write_section(PAGE, Path(__file__).name, table(notes))
    if options.place is None:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
