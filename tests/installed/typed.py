"""What a user's mypy sees of the package: each `type: ignore` is of a mistake that it must find."""

from typing import assert_type

import numpy as np

import keras_sep

samples, rate = keras_sep.data.read_audio("song.wav")
assert_type(samples, np.ndarray)
assert_type(rate, int)

keras_sep.data.read_audio(["song.wav"])  # type: ignore[arg-type]
keras_sep.layers.STFT("256", 64)  # type: ignore[arg-type]
keras_sep.losses.SISDR(window=3)  # type: ignore[call-arg]
keras_sep.ops.stft(samples, 256.0, 64)  # type: ignore[arg-type]
keras_sep.metrics.sdr(samples, samples, 3)  # type: ignore[call-arg]
keras_sep.training.Recipe.from_yaml(3)  # type: ignore[arg-type]
keras_sep.voices()  # type: ignore[attr-defined]
keras_sep.zoo.conv_tasnet(sources="two")  # type: ignore[arg-type]
keras_sep.zoo.demucs(layers=3)  # type: ignore[call-arg]
keras_sep.convert.read_checkpoint(None)  # type: ignore[arg-type]
keras_sep.voices()  # type: ignore[attr-defined]
assert_type(keras_sep.zoo.open_unmix(), keras_sep.zoo.Network)
