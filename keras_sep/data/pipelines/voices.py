"""Assigning voices to the sources of a mixture."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np

from keras_sep.data.layouts.recording import Recording

_Item = TypeVar("_Item")
Pool = Mapping[str, Sequence[Recording]]


def require_voices(pools: Sequence[Pool]) -> None:
    """Raise a `ValueError` unless every source can have its own voice.

    Args:
        pools: Voices, with their recordings, of each source.
    """
    if not pools:
        raise ValueError(f"`pools` must contain one pool of voices per source. Received: {pools!r}")
    for number, pool in enumerate(pools):
        if empty := [voice for voice, files in pool.items() if not files]:
            raise ValueError(f"these voices of pool {number} have no recordings: {empty}")
    # there are enough voices if no group of sources has fewer voices than members
    for size in range(1, len(pools) + 1):
        for group in combinations(range(len(pools)), size):
            voices = sorted(set().union(*(pools[source] for source in group)))
            if len(voices) < size:
                raise ValueError(
                    "two sources of a mixture never share a voice, so there must be as many "
                    f"voices as sources. Received: {size} sources that have only these voices: "
                    f"{voices}"
                )


def draw_voices(pools: Sequence[Pool], rng: np.random.Generator) -> list[str]:
    """A different voice for each source; with equal pools, every choice is equally likely."""
    while True:
        drawn: list[str] = []
        for pool in pools:
            free = [voice for voice in pool if voice not in drawn]
            if not free:
                break  # all voices of this one are taken: start again
            drawn.append(pick(free, rng))
        else:
            return drawn


def pick(items: Sequence[_Item], rng: np.random.Generator) -> _Item:
    """One of the items, all equally likely."""
    return items[int(rng.integers(len(items)))]
