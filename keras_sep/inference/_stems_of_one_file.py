"""The streams of a stem file, of which there are five."""

from collections.abc import Mapping
from typing import Any

from keras_sep._brief import brief_names
from keras_sep._source_names import MIXTURE
from keras_sep.data.audio import STEMS
from keras_sep.inference.stem_gains import stem_gains


def stems_of_one_file(separator: Any, stems: Any = None) -> Mapping[str, Mapping[str, float]]:
    """Return the mixture and four stems, as a mapping for `stem_gains`.

    Drums, bass, other and vocals come in this order, which players of stem files expect; other
    stems keep theirs.

    Args:
        separator: `Separator`, or another model with `source_names`.
        stems: Stems, as for `stem_gains`. Default None.

    Example:

    >>> from types import SimpleNamespace
    >>> list(stems_of_one_file(SimpleNamespace(source_names=("vocals", "other", "bass", "drums"))))
    ['mixture', 'drums', 'bass', 'other', 'vocals']
    """
    names = [name for name in stem_gains(separator, stems) if name != MIXTURE]
    if len(names) != len(STEMS):
        raise ValueError(
            f"a stem file holds the mixture and {len(STEMS)} stems, not {len(names)} "
            f"({brief_names(names)}): choose a model with {', '.join(STEMS)}, four stems of this "
            "one, or another format"
        )
    if set(names) == set(STEMS):
        names = [*STEMS]
    given = stems if isinstance(stems, Mapping) else {name: {name: 1.0} for name in names}
    return {MIXTURE: {MIXTURE: 1.0}} | {name: given[name] for name in names}
