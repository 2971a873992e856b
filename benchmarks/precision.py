"""`--precision bfloat16` on this machine's CPU: time, and what it does to the stems.

    python benchmarks/precision.py --audio song.mp3 --python tensorflow=.venv/bin/python \
        torch=.venv-parity/bin/python jax=.venv-parity/bin/python

Separates a few seconds in float32 and in bfloat16, in turn, in two threads. The cost is the SDR of
the stems in bfloat16 against those in float32. Spleeter has its published weights; the other
networks are random. Rewrites benchmarks/results/precision.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "precision.md"
RATE, START_SECONDS, SECONDS = 44100, 5, 8
STEMS = ("drums", "bass", "other", "vocals")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", type=Path, required=True, help="stereo music at 44.1 kHz")
    parser.add_argument("--python", nargs="+", required=True, metavar="BACKEND=PYTHON")
    parser.add_argument("--child", metavar="NETWORK", help="(internal)")
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, options.audio)))
        return
    rows = []
    for backend, python in (given.split("=") for given in options.python):
        for name in ("spleeter_2stems", "htdemucs", "open_unmix"):
            command = [python, __file__, "--child", name, "--audio", str(options.audio)]
            done = subprocess.run(
                [*command, "--python", "none"],
                env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            rows.append((name, backend, *json.loads(done.stdout.splitlines()[-1])))
            print(*rows[-1], file=sys.stderr)
            RESULTS.write_text(markdown(rows))


def measure(name, audio):
    """Median seconds in float32 and in bfloat16, and the SDR of the stems of the latter in dB."""
    import numpy as np
    from timing import THREADS, interleaved

    import keras_sep
    from keras_sep.commands._hardware import computing_on
    from keras_sep.inference import CompiledSeparator, load_separator

    samples, _ = keras_sep.data.read_audio(audio, START_SECONDS * RATE, SECONDS * RATE)
    with computing_on("cpu", THREADS), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "separator.keras")
        separator_of(name).save(path)
        separate = {
            precision: CompiledSeparator(load_separator(path, precision=precision))
            for precision in ("float32", "bfloat16")
        }
        stems = [separator(samples) for separator in separate.values()]
        took = interleaved(
            {name: lambda each=each: each(samples) for name, each in separate.items()}, repeats=3
        )
    apart = np.square(stems[0] - stems[1]).sum(axis=(0, 1))
    decibels = 10 * np.log10(np.square(stems[0]).sum(axis=(0, 1)) / apart)
    return [*(seconds[1] for seconds in took.values()), *decibels.tolist()]


def separator_of(name):
    import keras

    import keras_sep

    keras.utils.set_random_seed(0)
    if name == "htdemucs":
        return keras_sep.Separator(keras_sep.zoo.htdemucs(), RATE, STEMS)
    if name == "open_unmix":
        network = keras_sep.zoo.open_unmix(targets=("vocals",))
        front_end = keras_sep.layers.STFT(4096, 1024)
        return keras_sep.Separator({"vocals": network}, RATE, front_end=front_end)
    return keras_sep.Separator.from_preset(name)


def markdown(rows):
    """The results as a page."""
    lines = [
        "# Precision",
        "",
        "Written by `benchmarks/precision.py`: `--precision bfloat16` against float32, "
        f"{SECONDS} s of music, two threads of a CPU with AVX-512 BF16, medians of three runs "
        "in turn. A ratio above 1 would be faster. SDR is that of the stems in bfloat16 against "
        "the stems in float32; Spleeter has its published weights, the other networks random ones.",
        "",
        "| network | backend | float32, s | bfloat16, s | float32 / bfloat16 | SDR by stem, dB |",
        "|---|---|---|---|---|---|",
    ]
    for name, backend, full, half, *decibels in rows:
        by_stem = ", ".join(f"{each:.0f}" for each in decibels)
        lines.append(
            f"| `{name}` | {backend} | {full:.2f} | {half:.2f} | {full / half:.2f} | {by_stem} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
