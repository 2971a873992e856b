"""Stems of an excerpt, varied and summed into the groups that are kept apart."""

from collections.abc import Iterable, Sequence

import numpy as np

from keras_sep.data.pipelines._draws import SourceDraw


def stem_groups(sources: Sequence[str], targets: Sequence[str]) -> list[int]:
    """The group of each source: its target, or after the targets all other sources as one."""
    rest = len(targets)
    return [targets.index(name) if name in targets else rest for name in sources]


def mix_groups(
    groups: Sequence[int],
    drawn: list[SourceDraw],
    stems: Iterable[np.ndarray],
    out: np.ndarray,
) -> np.ndarray:
    """Fill `out` (groups, channels, ...) with the sums of the varied stems (channels, ...)."""
    begun = set()
    for group, draw, stem in zip(groups, drawn, stems, strict=True):
        gain = np.float32(draw.gain)
        origins = stem[::-1] if draw.swap_channels else stem
        # a real gain is one product for each part of a complex number
        for channel, target in zip(_real(origins), _real(out[group]), strict=True):
            if group in begun:
                target += channel * gain
            else:
                np.multiply(channel, gain, out=target)
        begun.add(group)
    return out


def _real(array: np.ndarray) -> np.ndarray:
    """Real and imaginary parts side by side; a real array as it is."""
    return array.view(np.float32) if np.iscomplexobj(array) else array
