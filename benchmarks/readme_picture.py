"""The picture of README: a song separated by the network of `make demo`.

python benchmarks/readme_picture.py demo
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from keras_sep import data
from keras_sep.plots import decibels

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "demo.png"
SECONDS = 10
SOURCES = ("vocals", "drums", "bass", "other")


def main(demo: Path) -> None:
    """Draw mixture, separated stems and true stems of one song of the synthetic band."""
    song = next((demo / "band" / "test").iterdir())
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    grid = figure.add_gridspec(2, 1 + len(SOURCES), width_ratios=[1.5, *[1] * len(SOURCES)])
    pictures = [(grid[:, 0], "mixture", song / "mixture.wav")]
    for column, source in enumerate(SOURCES, 1):
        pictures.append((grid[0, column], source, demo / "stems" / f"{source}.wav"))
        pictures.append((grid[1, column], f"{source}, true stem", song / f"{source}.wav"))
    for place, title, path in pictures:
        waveform, rate = data.read_audio(path)
        axes = figure.add_subplot(place)
        levels = decibels(waveform[: SECONDS * rate], rate, width=300, height=160)
        axes.imshow(levels, aspect="auto", cmap="magma", vmin=-70, vmax=-10)
        axes.set(title=title, xticks=[], yticks=[])
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=100)
    Image.open(PICTURE).convert("RGB").quantize(48).save(
        PICTURE, optimize=True
    )  # a third of the size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path, help="what `make demo` made")
    main(parser.parse_args().demo)
