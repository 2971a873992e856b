"""Long files: peak memory by length, and the effect of the joins between blocks.

    python benchmarks/long_files.py --model runs/musdb_clip/best.keras --audio song.wav
    python benchmarks/long_files.py                     # without a trained model: only memory

Memory is that of a process which separates a file and does nothing else, as the kernel counts it
(maximum resident set), TensorFlow included. The difference is between the file separated block by
block and the same file in one piece, relative to the stem in one piece. Rewrites
benchmarks/results/long_files.md.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

RESULTS = Path(__file__).parent / "results" / "long_files.md"
RATE = 44100
CONTEXTS_SECONDS = (0.0, 1.0, 2.0, 4.0, 6.0, 7.5, 10.0)
BLOCK_SECONDS = 7.0  # many joins in a short file
TARGETS = ("vocals", "drums", "bass", "other")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="a trained separator for the joins")
    parser.add_argument("--audio", type=Path, nargs="*", default=[], help="files for the joins")
    parser.add_argument("--repeat", type=int, default=1, help="repetitions of every file")
    parser.add_argument("--minutes", type=int, nargs="+", default=[5, 60], help="file lengths")
    parser.add_argument("--skip-memory", action="store_true", help="keep the previous figures")
    parser.add_argument("--child", nargs=3, metavar=("MODEL", "AUDIO", "OUT"), help="(internal)")
    options = parser.parse_args()
    if options.child:
        child(*map(Path, options.child))
        return
    RESULTS.parent.mkdir(exist_ok=True)
    store = RESULTS.with_suffix(".json")
    figures = json.loads(store.read_text()) if store.exists() else {}
    if not options.skip_memory:
        figures["memory"] = memory(options.minutes)
    if options.model:
        figures["joins"] = joins(options.model, options.audio, options.repeat)
    store.write_text(json.dumps(figures, indent=1) + "\n")
    RESULTS.write_text(markdown(figures))
    print(RESULTS.read_text())


def child(model, audio, out):
    """Separate one file and print the peak of this process's memory."""
    from keras_sep.inference import load_separator, separate_file

    separator = load_separator(model)
    separate_file(separator, audio, out, progress=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"peak_bytes": peak}))


def memory(lengths):
    """Peak memory of Open-Unmix, four targets, one Wiener iteration, by length of the file."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.keras")
        subprocess.run([sys.executable, "-c", MAKE_MODEL, str(model)], check=True)
        rows = []
        for minutes in lengths:
            audio = Path(folder, f"{minutes}_minutes.wav")
            synthesise(audio, minutes)
            done = subprocess.run(
                [sys.executable, __file__, "--child", model, audio, Path(folder, "out")],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            rows.append({"minutes": minutes, **json.loads(done.stdout.splitlines()[-1])})
            print(rows[-1], file=sys.stderr)
            for stem in Path(folder, "out").iterdir():
                stem.unlink()
        return rows


MAKE_MODEL = f"""
import sys, keras, keras_sep
keras.utils.set_random_seed(1)
network = keras_sep.zoo.open_unmix(targets={TARGETS}, hidden=512, bandwidth_bins=1487)
keras_sep.Separator(
    network, {RATE}, {TARGETS}, keras_sep.layers.STFT(4096, 1024), keras_sep.layers.WienerFilter(1)
).save(sys.argv[1])
"""


def synthesise(path, minutes):
    """Chords that glide and noise that pulses, written a second at a time."""
    from keras_sep.data import AudioWriter

    rng = np.random.default_rng(2)
    with AudioWriter(path, RATE, 2) as writer:
        for second in range(60 * minutes):
            time_seconds = second + np.arange(RATE) / RATE
            tones = sum(np.sin(2 * np.pi * f * time_seconds) for f in (110, 220.5, 331, 554))
            noise = rng.standard_normal((RATE, 2)) * (np.sin(8 * np.pi * time_seconds) > 0)[:, None]
            writer.write(0.1 * tones[:, None] * [1.0, 0.7] + 0.05 * noise)


def joins(model, files, repeat):
    """Decibels of the difference from the unblocked result, worst source, by context."""
    from keras_sep.data import match_channels, read_resampled
    from keras_sep.inference import CompiledSeparator, block_grid, load_separator, separate_blocks

    rows = []
    for iterations in (0, 1):
        separator = load_separator(model, iterations)
        compiled = CompiledSeparator(separator)
        for path in files:
            samples = read_resampled(path, separator.sample_rate_hz)
            samples = np.tile(match_channels(samples, separator.channels), (repeat, 1))
            whole = compiled(samples)
            settings = [*((BLOCK_SECONDS, context) for context in CONTEXTS_SECONDS), (None, None)]
            for block_seconds, context in settings:
                grid = block_grid(separator, block_seconds, context)
                pieces = list(separate_blocks(compiled, [samples], grid))
                error = np.sum(np.square(np.concatenate(pieces) - whole), axis=(0, 1))
                decibels = 10 * np.log10(error / np.sum(np.square(whole), axis=(0, 1)) + 1e-30)
                rows.append(
                    {
                        "file": f"{path.parent.name}/{path.name}, {repeat} times",
                        "iterations": iterations,
                        "joins": max(0, -(-(len(samples) - grid.block) // grid.stride)),
                        "block_seconds": grid.stride / separator.sample_rate_hz,
                        "context_seconds": grid.context / separator.sample_rate_hz,
                        "default": block_seconds is None,
                        "difference_db": float(decibels.max()),
                    }
                )
                print(rows[-1], file=sys.stderr)
    return rows


def markdown(figures):
    """The results page."""
    lines = ["# Long files", "", "Written by `benchmarks/long_files.py`; see docs/long_files.md."]
    if "memory" in figures:
        rows = figures["memory"]
        ratio = rows[-1]["peak_bytes"] / rows[0]["peak_bytes"]
        lines += [
            "",
            "## Peak memory",
            "",
            "Open-Unmix, hidden 512, four targets, one Wiener iteration, 44.1 kHz stereo, default "
            f"blocks, {os.cpu_count()} cores. The longest file takes {ratio:.2f} times the memory "
            "of the shortest.",
            "",
            "| minutes of audio | peak memory, GiB |",
            "|---|---|",
        ]
        lines += [f"| {row['minutes']} | {row['peak_bytes'] / 2**30:.2f} |" for row in rows]
    if "joins" in figures:
        lines += [
            "",
            "## Difference from the unblocked result",
            "",
            "Of the worst source, over the whole file, in dB of that source. The lines marked",
            "`default` are the defaults of `keras-sep separate`.",
            "",
            "| file | Wiener iterations | block, s | context, s | joins | difference, dB | |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['file']} | {row['iterations']} | {row['block_seconds']:.2f} "
            f"| {row['context_seconds']:.2f} | {row['joins']} | {row['difference_db']:.1f} "
            f"| {'default' if row['default'] else ''} |"
            for row in figures["joins"]
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
