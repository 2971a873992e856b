"""Sounds for the pages of models: a recording, separated by the published weights of each.

    python -m website.sounds [RECORDING] [--models MODEL...]

Takes the first weights of each model that can be had here, and says which cannot; `keras-sep
models NAME --download --accept-license` fetches them ahead. The pages with the players are in
`website/executed`, where `make docs` finds them. Without a recording the synthetic band plays.
"""

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
from pathlib import Path

from website import models

FOLDER = Path(__file__).with_name("executed")
SECONDS, RATE = 10.0, 44100
FRAME = (
    '## Listen\n\n{song}, separated by `{preset}` ({license}).\n\n<iframe class="sounds" '
    'loading="lazy" title="Mixture and stems, to play in step" src="../{name}.html"></iframe>'
)  # a page is its own folder


def files():
    """Name on the site, and content, of all pages with players."""
    return {f"models/{path.name}": path.read_bytes() for path in sorted(FOLDER.glob("*.html"))}


def section(name):
    """The section of a model's page; empty where there are no sounds of it."""
    said = FOLDER / f"{name}.txt"
    if not (FOLDER / f"{name}.html").is_file():
        return ""
    preset, song = said.read_text(encoding="utf-8").splitlines()
    license = models.presets()[name][preset]["license"]["id"]
    return FRAME.format(name=name, preset=preset, song=song, license=license)


def separated(name, recording, song):
    """Separate a recording by a model's first weights; the reason why not, or None."""
    import keras_sep_cli

    preset, *_ = models.presets()[name]
    with tempfile.TemporaryDirectory() as out:
        words = ["separate", str(recording), "--model", preset, "--out", out, "--listen"]
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            status = keras_sep_cli.main(words)
        if status:
            return f"{preset}: {(said.getvalue().strip() or 'not separated').splitlines()[-1]}"
        (page,) = Path(out).rglob("listen.html")
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.txt").write_text(f"{preset}\n{song}\n", encoding="utf-8")
        shutil.move(page, FOLDER / f"{name}.html")
    return None


def main(arguments):
    from keras_sep import data

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recording", nargs="?", type=Path, metavar="RECORDING")
    parser.add_argument("--models", nargs="+", choices=models.presets(), metavar="MODEL")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        recording, song = args.recording, "The synthetic band of `keras_sep.data`"
        if recording is None:
            recording = Path(folder) / "band.wav"
            stems = data.band_song(SECONDS, RATE, seed=1)
            data.write_audio(recording, sum(stems.values()), RATE)
        else:
            song = f"*{recording.stem}*"
        for name in args.models or models.presets():
            problem = separated(name, recording, song)
            print(f"{name}: {problem or FOLDER / f'{name}.html'}")


if __name__ == "__main__":
    main(sys.argv[1:])
