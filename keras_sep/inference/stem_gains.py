"""Stems as gain-weighted sums of the mixture and the model's sources."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep._brief import brief, brief_names
from keras_sep._nearest import nearest
from keras_sep._source_names import MIXTURE, require_source_names
from keras_sep._validate import require_numbers

WITHOUT = "no_"


def stem_gains(separator: Any, stems: Any = None) -> dict[str, np.ndarray]:
    """Return the gains of the mixture, then of each source, that make each stem.

    The post-filter's residual is the mixture minus the other sources: what the model does not
    read, above all the band beyond its rate, belongs to it.

    Args:
        separator: `Separator`, or another model with `source_names`.
        stems: Names of stems, or mapping from the name of a stem to the gains of what it is made
            of. A name is that of a source; `no_<source>` for the mixture without it, if no source
            has that name; or `mixture`. None for every source. Default None.

    Example:

    >>> from types import SimpleNamespace
    >>> model = SimpleNamespace(source_names=("vocals", "drums"))
    >>> stem_gains(model, ["drums", "no_vocals"])
    {'drums': array([0., 0., 1.]), 'no_vocals': array([ 1., -1.,  0.])}
    >>> stem_gains(model, {"quiet": {"mixture": 1, "drums": -0.5}})
    {'quiet': array([ 1. ,  0. , -0.5])}
    """
    mixture, *units = np.eye(1 + len(separator.source_names))
    sources = dict(zip(separator.source_names, units, strict=True))
    if "residual" in getattr(getattr(separator, "post_filter", None), "extra_sources", ()):
        sources[separator.source_names[-1]] = mixture - np.sum(units[:-1], axis=0)
    if stems is None:
        return sources
    known = {f"{WITHOUT}{name}": mixture - gains for name, gains in sources.items()}
    known = known | sources | {MIXTURE: mixture}

    def gains(name: Any) -> np.ndarray:
        if isinstance(name, str) and name in known:
            return known[name]
        meant = f"{nearest(name, known)} The model has ".lstrip()
        example = f"{WITHOUT}{separator.source_names[0]}"
        raise ValueError(
            f"No stem is called {brief(name)}. {meant}{brief_names(sources)}, and names such as "
            f"{example}, the song without one; `keras-sep models` lists models of other stems"
        )

    names = require_source_names(stems, "stems")
    if not names:
        raise ValueError("`stems` must name at least one stem, or be None for all. Received: none")
    if isinstance(stems, Mapping):
        return {name: _sum(name, stems[name], gains) for name in names}
    return {name: gains(name) for name in names}


def _sum(name: str, parts: Any, gains: Any) -> np.ndarray:
    if not isinstance(parts, Mapping) or not parts:
        raise ValueError(
            f'`stems` must map a name to gains, such as {{"vocals": 0.5}}. '
            f"Received: {brief(name)}: {brief(parts)}"
        )
    require_numbers(**{f"stems[{name!r}][{part!r}]": gain for part, gain in parts.items()})
    return np.sum([gain * gains(part) for part, gain in parts.items()], axis=0)
