"""Separators without Keras: docs/serving.md, docs/runtimes.md and docs/browser.md."""

from keras_sep.export.litert import litert
from keras_sep.export.onnx import onnx
from keras_sep.export.saved_model import saved_model
from keras_sep.export.serving_files import serving_files
from keras_sep.export.web import web

__all__ = ["litert", "onnx", "saved_model", "serving_files", "web"]
