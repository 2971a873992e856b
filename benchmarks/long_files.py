"""Long files: peak memory by length, and the effect of the joins between blocks.

    python benchmarks/long_files.py --model runs/musdb_clip/best.keras --audio song.wav
    python benchmarks/long_files.py                     # without a trained model: only memory
    python benchmarks/long_files.py --networks scnet    # measures this again, and keeps the others

Memory is that of a process which separates a file and does nothing else, as the kernel counts it
(maximum resident set), TensorFlow included. Open-Unmix is in its published size; the others are in
those of `training/recipes/one_song_<network>.yaml`, in blocks of a second. The difference is
between the file separated block by block and the same file in one piece, relative to the stem in
one piece. Rewrites benchmarks/results/long_files.md.
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
NETWORKS = ("open_unmix", "bs_roformer", "scnet", "tfc_tdf")
RECIPES = Path(__file__).resolve().parents[1] / "training" / "recipes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="a trained separator for the joins")
    parser.add_argument("--audio", type=Path, nargs="*", default=[], help="files for the joins")
    parser.add_argument("--repeat", type=int, default=1, help="repetitions of every file")
    parser.add_argument("--minutes", type=int, nargs="+", default=[5, 60], help="file lengths")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--skip-memory", action="store_true", help="keep the previous figures")
    parser.add_argument("--make", nargs=2, metavar=("NETWORK", "MODEL"), help="(internal)")
    parser.add_argument("--child", nargs=3, metavar=("MODEL", "AUDIO", "OUT"), help="(internal)")
    options = parser.parse_args()
    if options.make:
        made(options.make[0]).save(options.make[1])
        return
    if options.child:
        child(*map(Path, options.child))
        return
    RESULTS.parent.mkdir(exist_ok=True)
    store = RESULTS.with_suffix(".json")
    figures = json.loads(store.read_text()) if store.exists() else {}
    if not options.skip_memory:
        rows = {(row["network"], row["minutes"]): row for row in figures.get("memory", [])}
        for network in options.networks:
            for row in memory(network, options.minutes):
                rows[network, row["minutes"]] = row
        figures["memory"] = [rows[key] for key in sorted(rows, key=place)]
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


def place(key):
    """Where a row of the table of memory stands."""
    network, minutes = key
    return NETWORKS.index(network), minutes


def made(network):
    """A separator of new weights."""
    import keras

    import keras_sep

    keras.utils.set_random_seed(1)
    if network == "open_unmix":
        return keras_sep.Separator(
            keras_sep.zoo.open_unmix(targets=TARGETS, hidden=512, bandwidth_bins=1487),
            *(RATE, TARGETS, keras_sep.layers.STFT(4096, 1024), keras_sep.layers.WienerFilter(1)),
        )
    recipe = keras_sep.training.Recipe.from_yaml(RECIPES / f"one_song_{network}.yaml")
    return keras_sep.training.build_separator(recipe, keras_sep.training.build_network(recipe))


def memory(network, lengths):
    """Peak memory of a network by length of the file."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.keras")
        subprocess.run([sys.executable, __file__, "--make", network, str(model)], check=True)
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
            peak = json.loads(done.stdout.splitlines()[-1])
            rows.append({"network": network, "minutes": minutes, **peak})
            print(rows[-1], file=sys.stderr)
            for stem in Path(folder, "out").iterdir():
                stem.unlink()
        return rows


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
        lines += [
            "",
            "## Peak memory",
            "",
            "44.1 kHz stereo, default blocks, two cores; Open-Unmix with hidden 512, four targets",
            "and one Wiener iteration, the others in the sizes of their recipes for one song.",
            "",
            "| network | minutes of audio | peak memory, GiB |",
            "|---|---|---|",
        ]
        lines += [
            f"| {row['network']} | {row['minutes']} | {row['peak_bytes'] / 2**30:.2f} |"
            for row in rows
        ]
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
