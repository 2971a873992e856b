"""What an exported file says of itself."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from keras_sep.inference import BlockGrid, block_grid
from keras_sep.separator import Separator

KEY = "keras_sep"  # under which the file holds it, and the name of the JSON file in it


def description(
    separator: Separator, names: Sequence[str], samples: int | None = None
) -> dict[str, Any]:
    """What a program must know to run the file, as `keras_sep.inference.ExportedSeparator` does.

    Args:
        separator: What was exported.
        names: Names of the outputs.
        samples: Length of the input, where it is fixed.
    """
    return {
        "sample_rate_hz": separator.sample_rate_hz,
        "source_names": list(names),
        "channels": separator.channels,
        "samples": samples,
        "blocks": _blocks(separator, samples)._asdict(),
        "interchangeable_sources": separator.interchangeable_sources,
        "license": separator.license,
    }


def _blocks(separator: Separator, samples: int | None) -> BlockGrid:
    """Blocks of a long file, as long as the input where that is fixed."""
    grid = block_grid(separator)
    if samples is None or samples == grid.block:
        return grid
    stride = max(1, separator.stride_samples, separator.hop_samples)
    if samples < 2 * stride:
        raise ValueError(
            f"`samples` must be at least {2 * stride}, twice the stride of the network. "
            f"Received: {samples}"
        )
    segment = SimpleNamespace(
        sample_rate_hz=separator.sample_rate_hz,
        stride_samples=separator.stride_samples,
        front_end=separator.front_end,
        hop_samples=separator.hop_samples,
        segment_samples=samples,
    )
    grid = block_grid(segment)
    context = min(grid.context, (samples - grid.stride) // 2)
    return BlockGrid(grid.stride, context, min(grid.fade, 2 * context))


def as_text(facts: dict[str, Any]) -> str:
    """The description as JSON."""
    return json.dumps(facts, ensure_ascii=False)
