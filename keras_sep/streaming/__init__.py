"""Causal networks and separators, chunk by chunk with an explicit state."""

from keras_sep.streaming.stepper import Stepper

__all__ = ["Stepper"]
