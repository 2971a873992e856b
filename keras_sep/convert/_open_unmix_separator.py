"""Files of Open-Unmix, one per source, to a separator."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep.convert._beside import beside_open_unmix
from keras_sep.convert.open_unmix import open_unmix
from keras_sep.layers import STFT, WienerFilter
from keras_sep.separator import Separator

# of the four-stem models, which are also openunmix's defaults
FRAME_LENGTH, RATE_HZ = 4096, 44100
WINDOW_FRAMES = 300  # of openunmix's Wiener filter
# the published files are called <source>-<eight digits of their hash>.pth
HASH = re.compile(r"[-_][0-9a-f]{8}$")


def open_unmix_separator(
    states: Mapping[Path, Mapping[str, Any]],
    source_names: Sequence[str] | None,
    sample_rate_hz: int | None,
    hop_length: int | None = None,
    *,
    license: str | None,
    interchangeable_sources: bool,
    **kwargs: Any,
) -> Separator:
    """The network with the front end and post-filter of `openunmix`.

    Args:
        states: State dicts by their files, which are named after the sources.
        source_names: Names of the sources instead, in the order of the files. None for the files'.
        sample_rate_hz: Sample rate. None for what the files say, or one beside them.
        hop_length: Hop of the STFT in samples. Defaults to what the file beside them says, or a
            quarter of the frame.
        license: License of the weights.
        interchangeable_sources: Whether the sources come in any order.
        **kwargs: Passed on to `keras_sep.convert.open_unmix`.
    """
    names = source_names or [HASH.sub("", path.stem) for path in states]
    if len(set(names)) != len(states):
        raise ValueError(
            f"open_unmix must have one file per source. Received: {len(states)} files for the "
            f"sources {', '.join(names)}"
        )
    network = open_unmix(dict(zip(names, states.values(), strict=True)), **kwargs)
    frame_length = 2 * (network.input_shape[2] - 1)
    first = next(iter(states))
    said = beside_open_unmix(first)
    if said.get("frame_length", frame_length) != frame_length:
        raise ValueError(
            f"The frames of {first.name} must have the length that separator.json beside it says, "
            f"{said['frame_length']}. Received: {frame_length}"
        )
    rate_hz = sample_rate_hz or said.get("sample_rate_hz") or _rate_hz(states[first])
    if rate_hz is None and frame_length == FRAME_LENGTH:
        rate_hz = RATE_HZ
    if rate_hz is None:
        raise ValueError(
            f"`sample_rate_hz` (--sample-rate) must be given for open_unmix: neither {first.name} "
            f"nor a separator.json beside it says it. Received: sample_rate_hz={sample_rate_hz}"
        )
    return Separator(
        network,
        rate_hz,
        tuple(names),
        STFT(frame_length, hop_length or said.get("hop_length") or frame_length // 4),
        WienerFilter(iterations=1, window_frames=WINDOW_FRAMES) if len(names) > 1 else None,
        license=license,
        interchangeable_sources=interchangeable_sources,
    )


def _rate_hz(state: Mapping[str, Any]) -> int | None:
    """The sample rate as files of version 1.0 hold it."""
    rate = np.ravel(state.get("sample_rate", ()))
    return int(rate[0]) if rate.size == 1 and 1 <= rate[0] <= 10**6 else None
