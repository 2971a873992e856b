"""What weights of fewer bits cost on real music, in ONNX Runtime and LiteRT.

    python benchmarks/one_song.py --data ../shared/data/musdb_clips --out runs/one_song
    python benchmarks/fewer_bits.py --data ../shared/data/musdb_clips --runs runs/one_song

Separates the song of the separators that `one_song.py` trained, exported with weights of 32, 16 and
8 bits. SDR of the stems against those of 32 bits, the lowest of the sources; mean SI-SDR against
the song's own stems. Writes a section of `docs/runtimes.md`.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from cards import paragraph, write_section
from runtimes import PAGE
from training_runs import RECIPES

from keras_sep import export, inference, metrics, training

MODELS = ("bs_roformer", "scnet", "tfc_tdf")
WEIGHTS = ("float32", "float16", "int8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the song's folder")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the trainings")
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    arguments = parser.parse_args()
    lines = [
        paragraph(
            """Separators that were fitted to one song (`benchmarks/one_song.py`), on that song, by
            `benchmarks/fewer_bits.py`: size of the file, SDR of its stems against those of 32 bits,
            the lowest of the sources, and their SI-SDR, of Keras's stems in brackets, in dB."""
        ),
        "",
        "| network | runtime | weights | MB | SDR against 32 bits | SI-SDR |",
        "|---|---|---|---|---|---|",
    ]
    for model in arguments.models:
        recipe = training.Recipe.from_yaml(RECIPES / f"one_song_{model}.yaml")
        (track,) = training.training_audio(recipe, arguments.data)
        stems, mixture = track.read_sources(recipe.targets), track.read_mixture()
        separator = inference.load_separator(arguments.runs / model / "separator.keras")
        for row in rows(separator, mixture, stems):
            lines.append(f"| `{model}` | {row} |")
            print(lines[-1], flush=True)
    write_section(PAGE, Path(__file__).name, "\n".join(lines))


def rows(separator: Any, mixture: np.ndarray, stems: np.ndarray) -> list[str]:
    """For every runtime and number format the cells of a row of the table."""
    own = separated(inference.CompiledSeparator(separator), mixture)
    of_keras = float(np.mean(metrics.si_sdr(stems, own)))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for runtime, suffix, write in (
            ("ONNX Runtime", "onnx", export.onnx),
            ("LiteRT", "tflite", export.litert),
        ):
            for weights in WEIGHTS:
                path = write(separator, Path(folder, f"{weights}.{suffix}"), weights=weights)
                estimates = separated(inference.ExportedSeparator(path), mixture)
                sdr = "-"
                if weights == "float32":
                    whole = estimates
                else:
                    pair = estimates - whole, whole
                    error, power = (np.square(x).sum(axis=(0, 1)) for x in pair)
                    sdr = f"{np.min(10 * np.log10(power / error)):.0f}"
                si_sdr = float(np.mean(metrics.si_sdr(stems, estimates)))
                found.append(
                    f"{runtime} | {weights} | {path.stat().st_size / 1e6:.1f} | {sdr} "
                    f"| {si_sdr:.2f} ({of_keras:.2f})"
                )
    return found


def separated(run: inference.CompiledSeparator, mixture: np.ndarray) -> np.ndarray:
    """The stems of a song, in the blocks of its separator."""
    grid = inference.block_grid(run.separator)
    return np.concatenate([*inference.separate_blocks(run, [mixture], grid)])


if __name__ == "__main__":
    main()
