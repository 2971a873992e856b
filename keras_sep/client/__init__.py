"""Separators behind a TensorFlow Serving server. See docs/serving.md."""

from keras_sep.client.served_separator import ServedSeparator
from keras_sep.client.server_error import ServerError

__all__ = ["ServedSeparator", "ServerError"]
