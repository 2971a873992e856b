"""The presets of DTLN: fetched, converted, and speech from noise frame by frame."""

import numpy as np
import pytest
from dtln_files import SIZES, layers, write
from dtln_in_numpy import dtln

from keras_sep import Separator, zoo
from keras_sep.streaming import Stepper
from keras_sep.testing import numpy


@pytest.mark.parametrize(
    ("name", "logarithms"), [("dtln", False), ("dtln_norm_500h", True), ("dtln_norm_40h", True)]
)
def test_speech_by_name(publish, tmp_path, name, logarithms):
    weights = layers(logarithms)
    write(tmp_path / "made.h5", weights, cells=logarithms)
    publish(name, {None: (tmp_path / "made.h5").read_bytes()})
    separator = Separator.from_preset(name)
    assert separator.source_names == ("speech",)
    assert separator.sample_rate_hz == 16000
    assert separator.license.startswith("MIT")
    mixture = np.random.default_rng(0).normal(size=400).astype("float32")
    wanted = dtln(weights, mixture, SIZES["hop_length"])
    stepper = Stepper(separator)
    speech, _ = stepper.step(mixture[None, :, None], stepper.initial_state())
    late = numpy(speech)[0, stepper.latency :, 0, 0]
    # float32 through two stacks of LSTM layers
    np.testing.assert_allclose(late, wanted[: len(late)], rtol=0, atol=1e-5 * np.abs(wanted).max())
    network = zoo.dtln(weights=name)
    assert network.facts.arguments["log_magnitude"] == logarithms
