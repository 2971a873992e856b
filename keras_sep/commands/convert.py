"""`keras-sep convert`: published Open-Unmix weights to a separator."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from keras_sep import Separator, layers
from keras_sep._whole_files import replace_whole
from keras_sep.commands.progress import waiting
from keras_sep.convert import open_unmix, read_checkpoint

SAMPLE_RATE_HZ = 44100  # of every published model; the spectrogram's size is read off the weights


def run(args: argparse.Namespace) -> int:
    """Convert one state dict a source, add the front end and post-filter of `openunmix`, save."""
    out = args.out
    if out.suffix != ".keras":
        raise ValueError(f"{out}: the separator's name must end in .keras")
    if out.exists() and not args.overwrite:
        raise ValueError(f"{out}: exists already; overwrite it or choose another name")
    with waiting(f"converting to {out.name}"):
        _convert(args.checkpoints, out, args.license)
    print(out)
    return 0


def _convert(checkpoints: Sequence[Path], out: Path, license: str | None) -> None:
    states = {}
    for path in checkpoints:
        # the published files are called <source>-<eight digits of their hash>.pth
        source = re.sub(r"-[0-9a-f]{8}$", "", path.stem)
        if source in states:
            raise ValueError(f"{path}: a second file for the source {source!r}")
        states[source] = read_checkpoint(path)
    network = open_unmix(states)
    frame_length = 2 * (network.input_shape[2] - 1)
    separator = Separator(
        network,
        SAMPLE_RATE_HZ,
        tuple(states),
        layers.STFT(frame_length, frame_length // 4),
        layers.WienerFilter(iterations=1) if len(states) > 1 else None,
        license=license,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(out, separator.save)
