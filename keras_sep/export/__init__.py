"""SavedModels that TensorFlow Serving runs. See docs/serving.md."""

from keras_sep.export.saved_model import saved_model
from keras_sep.export.serving_files import serving_files

__all__ = ["saved_model", "serving_files"]
