"""Every network in every runtime: size, seconds a second of audio, deviation, loss of few bits.

    python benchmarks/runtimes.py [--only NAME...] [--seconds 4]

New weights of the builders' own sizes; one signal, two threads, every measurement in a process of
its own, the sides taking turns: the `.keras` file as `keras-sep separate` runs it, the SavedModel,
ONNX Runtime and LiteRT. The deviation is the largest difference from Keras, of the largest sample.
Weights of fewer bits are those of the ONNX file, by the SDR of its stems against those of 32 bits.
Writes the table of `docs/runtimes.md`, and what was measured into `results/runtimes.json`: `--only`
measures these again and keeps the others.
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
from cards import write_section

THREADS = 2
RESULTS = Path(__file__).parent / "results" / "runtimes.json"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "runtimes.md"
SIDES = ("Keras", "SavedModel", "ONNX Runtime", "LiteRT")
FILES = {"Keras": "m.keras", "SavedModel": "m/1", "ONNX Runtime": "m.onnx", "LiteRT": "m.tflite"}
FEWER_BITS = ("float16", "int8")
MUSIC, SPEECH = 44100, 8000
# networks of magnitudes, with the transform they are published with; all others read waveforms
FRONT_ENDS = {
    "open_unmix": (MUSIC, 4096, 1024),
    "spleeter_unet": (MUSIC, 4096, 1024),
    "unet": (SPEECH, 1024, 768),
    "mask_inference": (SPEECH, 256, 64),
    "deep_clustering": (SPEECH, 256, 64),
    "chimera": (SPEECH, 256, 64),
    "deep_attractor": (SPEECH, 256, 64),
}
SPEAKERS = (
    "conv_tasnet", "dprnn_tasnet", "sepformer", "sepreformer", "sudorm_rf", "tasnet",
    "tf_gridnet", "tf_locoformer", "wavenet",
)  # fmt: skip
RATES = {"dtln": 16000} | dict.fromkeys(SPEAKERS, SPEECH)
NEEDS: dict[str, Any] = {
    "open_unmix": {"targets": ("vocals", "drums", "bass", "other"), "hidden": 512},
    "deep_attractor": {"anchors": 4},
}


def made(name: str) -> Any:
    """The separator of a builder, with new weights."""
    import inspect

    import keras

    import keras_sep

    keras.utils.set_random_seed(0)
    build = getattr(keras_sep.zoo, name)
    settings = NEEDS.get(name, {})
    parameters = inspect.signature(build).parameters
    for argument, value in (("sources", 4 if name not in SPEAKERS else 2), ("targets", ("a", "b"))):
        required = parameters.get(argument)
        if required is not None and required.default is inspect.Parameter.empty:
            settings = {argument: value} | settings
    if name in FRONT_ENDS:
        rate, frame, hop = FRONT_ENDS[name]
        bins = parameters.get("bins")
        if bins is not None and bins.default is inspect.Parameter.empty:
            settings = {"bins": frame // 2 + 1} | settings
        front_end = keras_sep.layers.STFT(frame, hop)
    else:
        rate, front_end = RATES.get(name, MUSIC), None
    network = build(**settings)
    post_filter, sources = None, keras.tree.flatten(network.output)[-1].shape[-1]
    if name == "deep_clustering":
        post_filter, sources = keras_sep.layers.ClusterMasks(sources=2), 2
    names = settings.get("targets") or [f"source {n + 1}" for n in range(sources)]
    return keras_sep.Separator(network, rate, names, front_end, post_filter)


def prepare(name: str, folder: Path, samples: int) -> dict[str, Any]:
    """Write all files of a network; their sizes, and why one is not there."""
    from keras_sep import export

    separator = made(name)
    separator.save(folder / FILES["Keras"])
    writers: dict[str, Callable[[], Any]] = {
        "SavedModel": lambda: export.saved_model(
            separator, folder / FILES["SavedModel"], warm_up=False
        ),
        "ONNX Runtime": lambda: export.onnx(separator, folder / FILES["ONNX Runtime"]),
        "LiteRT": lambda: export.litert(separator, folder / FILES["LiteRT"], samples),
        **{
            bits: lambda bits=bits: export.onnx(separator, folder / f"{bits}.onnx", weights=bits)
            for bits in FEWER_BITS
        },
    }
    reasons = {}
    for side, write in writers.items():
        try:
            write()
        except Exception as error:  # a page says why
            reasons[side] = " ".join(str(error).split())[:200]
    paths = {**FILES, **{bits: f"{bits}.onnx" for bits in FEWER_BITS}}
    return {
        "rate": separator.sample_rate_hz,
        "channels": separator.channels,
        "weights": separator.count_params(),
        "sizes": {side: _bytes(folder / path) for side, path in paths.items()},
        "reasons": reasons,
    }


def _bytes(path: Path) -> int | None:
    files = [path] if path.is_file() else [*path.rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file()) or None


def runner(folder: Path, side: str, samples: np.ndarray) -> Callable[[], np.ndarray]:
    """A function that separates the samples on one side: (samples, channels, sources)."""
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
        run = ExportedSeparator(folder / FILES.get(side, f"{side}.onnx"), THREADS)
    return lambda: run(samples)


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: seconds of every repeat after the first."""
    folder = Path(job["folder"])
    if job["side"] == "prepare":
        return prepare(job["name"], folder, job["samples"])
    noise = np.random.default_rng(0).normal(0, 0.1, (job["samples"], job["channels"]))
    run = runner(folder, job["side"], noise.astype("float32"))
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


def compared(name: str, seconds: float, repeats: int, rounds: int) -> dict[str, Any]:
    """Everything about a network."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rate = FRONT_ENDS[name][0] if name in FRONT_ENDS else RATES.get(name, MUSIC)
        job = {"name": name, "folder": place, "samples": round(seconds * rate)}
        row = spawn({**job, "side": "prepare"})
        job |= {"channels": row["channels"], "repeats": repeats}
        sides = [side for side in SIDES if side not in row["reasons"]]
        times: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(rounds):
            for side in sides:
                times[side] += spawn({**job, "side": side})["seconds"]
        for bits in FEWER_BITS:
            if bits not in row["reasons"]:
                spawn({**job, "side": bits, "repeats": 0})
        stems = {file.stem: np.load(file) for file in folder.glob("*.npy")}
    keras, onnx = stems["Keras"], stems.get("ONNX Runtime")
    row["pace"] = {side: statistics.median(found) / seconds for side, found in times.items()}
    row["deviation"] = {
        side: float(np.abs(stems[side] - keras).max() / np.abs(keras).max()) for side in sides[1:]
    }
    row["db"] = {bits: _sdr(onnx, stems[bits]) for bits in FEWER_BITS if bits in stems}
    return row


def _sdr(reference: Any, estimate: np.ndarray) -> float:
    error = np.square(estimate - reference).sum(dtype="float64")
    return float(10 * np.log10(np.square(reference).sum(dtype="float64") / error))


def table(found: dict[str, dict[str, Any]]) -> str:
    """The section of the page."""
    head = (
        "", "MB", *(f"{side}, s" for side in SIDES), "fastest", "deviation, ONNX", "LiteRT",
        "float16, MB", "dB", "int8, MB", "dB",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, row in sorted(found.items()):
        pace, deviation, sizes = row["pace"], row["deviation"], row["sizes"]
        cells = [
            f"`{name}`",
            _number(sizes["ONNX Runtime"] and sizes["ONNX Runtime"] / 1e6, 1),
            *(_number(pace.get(side), 3) for side in SIDES),
            min(pace, key=pace.__getitem__),
            *(_small(deviation.get(side)) for side in ("ONNX Runtime", "LiteRT")),
        ]
        for bits in FEWER_BITS:
            cells.append(_number(sizes[bits] and sizes[bits] / 1e6, 1))
            cells.append(_number(row["db"].get(bits), 0))
        lines.append(f"| {' | '.join(cells)} |")
    reasons = [
        f"- `{name}`, {side}: {reason}"
        for name, row in sorted(found.items())
        for side, reason in row["reasons"].items()
    ]
    return "\n".join([*lines, *(["", *reasons] if reasons else [])])


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _small(value: float | None) -> str:
    return "-" if value is None else f"{value:.0e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="builders of keras_sep.zoo")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the signal")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
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
        try:
            found[name] = compared(name, options.seconds, options.repeats, options.rounds)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            continue
        RESULTS.write_text(json.dumps(found, indent=1), encoding="utf-8")
        write_section(PAGE, Path(__file__).name, table(found))
        print(name, found[name]["pace"], file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
