"""What an exported file says of itself."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from keras_sep._served_facts import served_facts
from keras_sep.inference import BlockGrid, block_grid
from keras_sep.separator import Separator


def description(
    separator: Separator,
    names: Sequence[str] | None,
    samples: int | None = None,
    stream: dict[str, Any] | None = None,
) -> str:
    """What a program must know to run the file, as JSON; `inference.ExportedSeparator` and
    `streaming.ExportedStepper` read it.

    Args:
        separator: What was exported.
        names: Names of the outputs, or None for the separator's sources.
        samples: Length of the input, where it is fixed.
        stream: Of a step of a stream, the facts of its `StreamStep`; it has no blocks.
    """
    facts = {**served_facts(separator, names), "samples": samples}
    if stream is not None:
        facts["stream"] = stream
    else:
        facts["blocks"] = _blocks(separator, samples)._asdict()
    return json.dumps(facts, ensure_ascii=False)


def _blocks(separator: Separator, samples: int | None) -> BlockGrid:
    """Blocks of a long file, as long as the input where that is fixed."""
    grid = block_grid(separator)
    if samples is None or samples == grid.block:
        return grid
    segment = SimpleNamespace(
        sample_rate_hz=separator.sample_rate_hz,
        stride_samples=separator.stride_samples,
        front_end=separator.front_end,
        segment_samples=samples,
    )
    grid = block_grid(segment)
    if grid.block > samples:
        raise ValueError(
            f"`samples` must be at least {-(-grid.stride * 4 // 3)}, so that blocks which start on "
            f"a stride of the network, {grid.stride}, overlap. Received: {samples}"
        )
    return grid
