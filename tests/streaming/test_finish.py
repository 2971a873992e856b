"""The end of a stream: with it, the stems are those of the whole recording, to its last sample."""

import numpy as np
import pytest
from causal_separators import SEPARATORS

from keras_sep import Separator, layers, zoo
from keras_sep.inference import BlockGrid
from keras_sep.streaming import Stepper, Stream
from keras_sep.testing import numpy

# shorter than half a frame, than the latency, than a chunk; ends between and on frames
LENGTHS = (1, 3, 16, 31, 100, 101, 103, 104, 333)


def joined(stream, mixture):
    """The stems of a mixture (samples, channels), without what comes before them."""
    size = stream.chunk_samples
    whole = len(mixture) // size * size
    parts = [stream(mixture[start : start + size]) for start in range(0, whole, size)]
    stems = np.concatenate([*parts, stream.finish(mixture[whole:])])
    return stems[stream.stepper.latency :]


@pytest.mark.parametrize("name", SEPARATORS)
def test_the_end_is_that_of_the_recording(name):
    separator = SEPARATORS[name][0]()
    stepper = Stepper(separator)
    stream = Stream(stepper, 3 * stepper.stride)
    rng = np.random.default_rng(2)
    for samples in LENGTHS:  # one after the other: each starts anew
        mixture = rng.normal(size=(samples, separator.channels)).astype("float32")
        whole = numpy(separator(mixture[None]))[0]
        # float32 sums in another order
        np.testing.assert_allclose(
            joined(stream, mixture), whole, atol=1e-5 * np.abs(whole).max(), err_msg=f"{samples}"
        )


def test_nothing_given_and_nothing_kept():
    stepper = Stepper(SEPARATORS["open_unmix"][0]())
    assert Stream(stepper).finish().shape == (24, 2, 2)
    network = zoo.wavenet(
        2, filters=4, skip=4, blocks=1, stacks=1, head_filters=(4, 4), causal=True
    )
    stream = Stream(Stepper(Separator(network, 8000, ("s1", "s2"))), 16)
    assert stream.stepper.latency == 0
    stream(np.zeros((16, 1)))
    assert stream.finish().shape == (0, 1, 2)
    assert stream.finish(np.zeros((5, 1))).shape == (5, 1, 2)


def test_blocks_end_in_silence():
    network = zoo.open_unmix(("vocals", "drums"), bins=17, hidden=6)
    separator = Separator(network, 8000, ("vocals", "drums"), layers.STFT(32, 8))
    grid = BlockGrid(240, 60, 120)
    song = np.random.default_rng(2).normal(size=(500, 2)).astype("float32")
    silence = np.zeros((2 * grid.block, 2), "float32")
    stream = Stream(Stepper(separator, grid))
    longer = joined(stream, np.concatenate([song, silence]))
    stems = joined(stream, song)
    np.testing.assert_allclose(stems, longer[:500], atol=1e-6)


@pytest.mark.parametrize("shape", [(24, 2), (5,)])
def test_a_rest_that_is_a_chunk(shape):
    stream = Stream(Stepper(SEPARATORS["open_unmix"][0]()), 24)
    with pytest.raises(ValueError, match=r"fewer than 24 samples.*Received: shape"):
        stream.finish(np.zeros(shape))
