"""Causal networks and separators, chunk by chunk with an explicit state."""

from keras_sep.streaming.exported_stepper import ExportedStepper
from keras_sep.streaming.stepper import Stepper
from keras_sep.streaming.stream import Stream

__all__ = ["ExportedStepper", "Stepper", "Stream"]
