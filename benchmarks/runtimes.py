"""Every network in every runtime: size of the file, seconds a second of audio, deviation.

    python benchmarks/runtimes.py [--only NAME...] [--seconds 3.7] [--files DIR [--prepare]]

One signal, two threads, every measurement in a process of its own, the sides taking turns: the
PyTorch class where there is one, the `.keras` file of the same weights as `keras-sep separate` runs
it, the SavedModel, ONNX Runtime and LiteRT. The deviation is the largest difference from Keras, of
the largest sample. Writes the table of `docs/runtimes.md`, and what was measured into
`results/runtimes.json`: `--only` measures these again and keeps the others. Exporting takes longer
than measuring, and may be done while the cores have other work: `--prepare` does that alone, into
`--files`, where measuring finds it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import runtimes_networks

THREADS = 2
# 3.7 s: the class of MDX23C takes only lengths whose frames its strides divide
SECONDS = 159 * 1024 / 44100
RESULTS = Path(__file__).parent / "results" / "runtimes.json"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "runtimes.md"
SIDES = ("PyTorch", "Keras", "SavedModel", "ONNX Runtime", "LiteRT")
FILES = dict(zip(SIDES, ("weights.pth", "m.keras", "m/1", "m.onnx", "m.tflite"), strict=True))


def prepare(name: str, folder: Path, samples: int) -> dict[str, Any]:
    """Write all files of a network; their sizes, and why one is not there."""
    from keras_sep import export

    separator = runtimes_networks.separator(name, folder / FILES["PyTorch"])
    separator.save(folder / FILES["Keras"])
    writers: dict[str, Callable[[], Any]] = {
        "SavedModel": lambda: export.saved_model(
            separator, folder / FILES["SavedModel"], overwrite=True, warm_up=False
        ),
        "ONNX Runtime": lambda: export.onnx(separator, folder / FILES["ONNX Runtime"]),
        "LiteRT": lambda: export.litert(separator, folder / FILES["LiteRT"], samples),
    }
    reasons = {}
    if not (folder / FILES["PyTorch"]).exists():
        reasons["PyTorch"] = "no class of the same network"
    for side, write in writers.items():
        try:
            write()
        except Exception as error:  # a page says why
            reasons[side] = " ".join(str(error).split())[:200]
    return {
        "rate": separator.sample_rate_hz,
        "channels": separator.channels,
        "weights": separator.count_params(),
        "sizes": {side: _bytes(folder / path) for side, path in FILES.items()},
        "reasons": reasons,
    }


def _bytes(path: Path) -> int | None:
    files = [path] if path.is_file() else [*path.rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file()) or None


def runner(name: str, folder: Path, side: str, samples: np.ndarray) -> Callable[[], np.ndarray]:
    """A function that separates the samples on one side: (samples, channels, sources)."""
    if side == "PyTorch":
        return runtimes_networks.pytorch(name, folder / FILES[side], samples, THREADS)
    if side == "SavedModel":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        served = tf.saved_model.load(str(folder / FILES[side])).signatures["serving_default"]
        extra = json.loads((folder / FILES[side] / "assets.extra/keras_sep.json").read_text())
        x = tf.constant(samples[None])

        def separate() -> np.ndarray:
            stems = served(waveform=x)
            return np.stack([stems[name].numpy()[0] for name in extra["source_names"]], axis=-1)

        return separate
    from keras_sep.inference import CompiledSeparator, ExportedSeparator, load_separator

    if side == "Keras":
        run: Any = CompiledSeparator(load_separator(folder / FILES[side]))
    else:
        run = ExportedSeparator(folder / FILES[side], THREADS)
    return lambda: run(samples)


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: seconds of every repeat after the first."""
    folder = Path(job["folder"])
    if job["side"] == "prepare":
        return prepare(job["name"], folder, job["samples"])
    noise = np.random.default_rng(0).normal(0, 0.1, (job["samples"], job["channels"]))
    run = runner(job["name"], folder, job["side"], noise.astype("float32"))
    np.save(folder / f"{job['side']}.npy", run())
    seconds = []
    for _ in range(job["repeats"]):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds}


def spawn(job: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--job", json.dumps(job)]
    env = {**os.environ, "OMP_NUM_THREADS": str(THREADS)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        raise RuntimeError(f"{job}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def prepared(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The files of a network, exported unless they are there."""
    about = folder / "about.json"
    if not about.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        about.write_text(json.dumps(spawn({**job, "side": "prepare"})), encoding="utf-8")
    return json.loads(about.read_text(encoding="utf-8"))


def compared(job: dict[str, Any], folder: Path, seconds: float, rounds: int) -> dict[str, Any]:
    """Everything about a network."""
    row = prepared(job, folder)
    job = {**job, "channels": row["channels"]}
    sides = [side for side in SIDES if side not in row["reasons"]]
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            times[side] += spawn({**job, "side": side})["seconds"]
    stems = {side: np.load(folder / f"{side}.npy") for side in sides}
    keras = stems["Keras"]
    row["pace"] = {side: statistics.median(found) / seconds for side, found in times.items()}
    row["deviation"] = {
        side: float(np.abs(stems[side] - keras).max() / np.abs(keras).max())
        for side in sides
        if side != "Keras"
    }
    return row


def table(found: dict[str, dict[str, Any]]) -> str:
    """The section of the page."""
    compared_with_keras = ("PyTorch", "ONNX Runtime", "LiteRT")
    head = (
        "", "million weights", "MB", *(f"{side}, s" for side in SIDES), "fastest",
        *(f"deviation, {side}" for side in compared_with_keras),
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, row in sorted(found.items()):
        pace, size = row["pace"], row["sizes"]["ONNX Runtime"]
        cells = [
            f"`{name}`",
            _number(row["weights"] / 1e6, 1),
            _number(size and size / 1e6, 1),
            *(_number(pace.get(side), 3) for side in SIDES),
            min(pace, key=pace.__getitem__),
            *(_small(row["deviation"].get(side)) for side in compared_with_keras),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    reasons = [
        f"- `{name}`, {side}: {reason}"
        for name, row in sorted(found.items())
        for side, reason in row["reasons"].items()
        if side != "PyTorch"
    ]
    return "\n".join([*lines, *(["", *reasons] if reasons else [])])


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _small(value: float | None) -> str:
    return "-" if value is None else f"{value:.0e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="builders of keras_sep.zoo")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of the signal")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--files", type=Path, help="folder that keeps what is exported")
    parser.add_argument("--prepare", action="store_true", help="export only, into --files")
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        print(json.dumps(measure(options.job)))
        return
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    if options.only is None:
        from keras_sep import zoo

        options.only = zoo.__all__
    for name in options.only:
        samples = round(options.seconds * runtimes_networks.sample_rate(name))
        with tempfile.TemporaryDirectory() as temporary:
            folder = (options.files or Path(temporary)) / name
            job = {"name": name, "folder": str(folder), "samples": samples}
            job["repeats"] = options.repeats
            try:
                if options.prepare:
                    prepared(job, folder)
                    continue
                found[name] = compared(job, folder, options.seconds, options.rounds)
            except RuntimeError as error:
                print(error, file=sys.stderr)
                continue
        from cards import write_section  # not in processes that measure

        RESULTS.write_text(json.dumps(found, indent=1), encoding="utf-8")
        write_section(PAGE, Path(__file__).name, table(found))
        print(name, found[name]["pace"], file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
