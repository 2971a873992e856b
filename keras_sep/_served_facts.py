"""What a separator says of itself through a server, as JSON, and a model of nothing but that."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from keras_sep._brief import brief
from keras_sep._source_names import require_source_names
from keras_sep._validate import is_integer
from keras_sep.separator import MOST_RATE_HZ

FACTS = "facts"
MOST = 2**31  # samples, frames, channels
KEY = "keras_sep"  # of ONNX's metadata, and the name of a JSON file at the end of LiteRT's


def served_facts(separator: Any, source_names: Sequence[str] | None = None) -> dict[str, Any]:
    """Return all that separating a long file needs to know of a separator, as plain values.

    Args:
        separator: The `Separator`.
        source_names: Names of the stems that are served. None for the separator's sources. Default
            None.

    Example:

    >>> import keras_sep
    >>> network = keras_sep.zoo.conv_tasnet(filters=7, bottleneck=5, hidden=6, blocks=2, repeats=1)
    >>> facts = served_facts(keras_sep.Separator(network, 8000, ("s1", "s2")))
    >>> facts["source_names"], facts["facts"]["stride_samples"]
    (['s1', 's2'], 8)
    """
    front_end = getattr(separator, "front_end", None)
    post_filter = getattr(separator, "post_filter", None)
    count = getattr(front_end, "frame_count", None)
    extra = getattr(post_filter, "extra_sources", ()) if source_names is None else ()
    return {
        "sample_rate_hz": separator.sample_rate_hz,
        "source_names": list(separator.source_names if source_names is None else source_names),
        "channels": separator.channels,
        "license": separator.license,
        "interchangeable_sources": separator.interchangeable_sources,
        FACTS: {
            "hop_samples": separator.hop_samples,
            "stride_samples": separator.stride_samples,
            "stride_frames": count and int(count(separator.stride_samples)),
            "context_samples": separator.context_samples,
            "segment_samples": separator.segment_samples,
            "window_frames": getattr(post_filter, "window_frames", None),
            "extra_sources": list(extra),
        },
    }


class ServedModel:
    """What `keras_sep.inference` asks of a separator, by the facts that a server returns of it.

    Args:
        text: JSON of `served_facts`, from outside: everything in it is checked.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> import keras_sep
    >>> network = keras_sep.zoo.conv_tasnet(filters=7, bottleneck=5, hidden=6, blocks=2, repeats=1)
    >>> separator = keras_sep.Separator(network, 8000, ("s1", "s2"))
    >>> model = ServedModel(json.dumps(served_facts(separator)))
    >>> grid = keras_sep.inference.block_grid(separator)
    >>> keras_sep.inference.block_grid(model) == grid
    True
    """

    def __init__(self, text: str):
        try:
            said = json.loads(text)
            facts = said[FACTS]
            self.sample_rate_hz = _number(said, "sample_rate_hz", most=MOST_RATE_HZ)
            self.source_names = require_source_names(said["source_names"])
            self.channels = _number(said, "channels", or_none=True)
            self.license = said["license"] if isinstance(said["license"], str) else None
            self.interchangeable_sources = said["interchangeable_sources"] is True
            self.hop_samples = _number(facts, "hop_samples")
            self.stride_samples = _number(facts, "stride_samples")
            self.context_samples = _number(facts, "context_samples", least=0, or_none=True)
            self.segment_samples = _number(facts, "segment_samples", or_none=True)
            frames = _number(facts, "stride_frames", or_none=True)
            window_frames = _number(facts, "window_frames", or_none=True)
            extra_sources = tuple(map(str, facts["extra_sources"]))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"its metadata are not those of a separator ({error})") from error
        if not self.source_names or len(set(self.source_names)) != len(self.source_names):
            raise ValueError(f"its source names must differ. Received: {brief(self.source_names)}")
        self.front_end = SimpleNamespace(
            hop_length=self.hop_samples, frame_count=frames and (lambda samples: frames)
        )
        self.post_filter = SimpleNamespace(window_frames=window_frames, extra_sources=extra_sources)
        self.grid: Any = None  # of blocks of a fixed length, where it takes no other


def _number(said: Any, key: str, least: int = 1, most: int = MOST, or_none: bool = False) -> Any:
    value = said[key]
    if (value is None and or_none) or (is_integer(value, least) and value <= most):
        return value
    raise ValueError(f"{key}={brief(value)}")
