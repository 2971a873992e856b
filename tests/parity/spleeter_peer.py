"""`spleeter` as the parity test uses it: on Keras 2, for which it was written."""

import sys

import tf_keras
import tf_keras.initializers
import tf_keras.layers

# what tensorflow.keras was up to TensorFlow 2.15
KERAS_2 = {
    "tensorflow.keras": tf_keras,
    "tensorflow.keras.layers": tf_keras.layers,
    "tensorflow.compat.v1.keras.initializers": tf_keras.initializers,
}
_replaced = {name: sys.modules.get(name) for name in KERAS_2}
sys.modules.update(KERAS_2)

from spleeter.model import EstimatorSpecBuilder  # noqa: E402
from spleeter.model.functions import unet  # noqa: E402

for _name, _module in _replaced.items():
    if _module is None:
        del sys.modules[_name]
    else:
        sys.modules[_name] = _module

__all__ = ["EstimatorSpecBuilder", "tf_keras", "unet"]
