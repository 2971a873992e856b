"""The laws that every layer, network and loss of keras_sep keeps, for those of your own.

They run with pytest, which nothing else in keras_sep needs.

Example: in a file of tests, for a layer of the package `mine`:

    class TestLayers(keras_sep.testing.LayerLaws):
        cases = {
            "Gain": keras_sep.testing.Case([(None, 2)], lambda x: mine.Gain()(x), weights=1),
        }
"""

try:
    import pytest  # noqa: F401
except ImportError:
    raise ImportError("keras_sep.testing runs with pytest: pip install pytest") from None

from keras_sep.testing.case import Case, LossCase, positive, signed
from keras_sep.testing.gradients import gradient, value_and_gradient
from keras_sep.testing.layer_laws import LayerLaws
from keras_sep.testing.loss_laws import LossLaws
from keras_sep.testing.network_laws import NetworkLaws
from keras_sep.testing.outputs import inference, numpy, only, outputs, through_json

__all__ = [
    "Case",
    "LayerLaws",
    "LossCase",
    "LossLaws",
    "NetworkLaws",
    "gradient",
    "inference",
    "numpy",
    "only",
    "outputs",
    "positive",
    "signed",
    "through_json",
    "value_and_gradient",
]
