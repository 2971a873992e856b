"""Catalogues of songs, separated by Apache Beam. See docs/catalogues.md."""

import importlib
from typing import TYPE_CHECKING, Any

from keras_sep._extras import require_extra

__all__ = ["Separate"]

if TYPE_CHECKING:
    from keras_sep.beam.separate import Separate
else:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module 'keras_sep.beam' has no attribute {name!r}")
        require_extra("A catalogue", "apache_beam", "beam")
        return getattr(importlib.import_module("keras_sep.beam.separate"), name)
