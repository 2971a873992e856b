"""Audio source separation for Keras: layers, losses, a model zoo, training, export.

`import keras_sep` registers every layer, loss and model, so a fresh process that does only
that can load a saved one. It imports Keras but not TensorFlow, which Keras can run without; the
rooms that few need load on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

from keras_sep import _keras_backend  # noqa: F401 - before Keras is imported

# isort: split
from keras_sep import layers, losses, ops, zoo
from keras_sep.separator import Separator

__version__ = "0.1.0"

__all__ = [
    "Separator",
    "client",
    "convert",
    "data",
    "export",
    "inference",
    "layers",
    "losses",
    "metrics",
    "ops",
    "plots",
    "presets",
    "streaming",
    "training",
    "zoo",
]

if TYPE_CHECKING:
    from keras_sep import app as app
    from keras_sep import beam as beam
    from keras_sep import (
        client,
        convert,
        data,
        export,
        inference,
        metrics,
        plots,
        streaming,
        training,
    )
    from keras_sep import testing as testing
    from keras_sep.pretrained import presets
else:

    def __getattr__(name: str) -> Any:
        if name == "presets":
            return importlib.import_module("keras_sep.pretrained").presets
        # needs pytest, Apache Beam or Gradio, and so is in no `import *`
        if name in (*__all__, "app", "beam", "testing"):
            return importlib.import_module(f"keras_sep.{name}")
        raise AttributeError(f"module 'keras_sep' has no attribute {name!r}")
