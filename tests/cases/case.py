"""The sizes that cases of the harness share.

Sizes are small, prime and distinct, so that a swapped axis fails.
"""

from keras_sep import testing

FRAMES, BINS, CHANNELS, SOURCES, FEATURES, SAMPLES, DIMS = 11, 17, 2, 3, 5, 101, 7
FRAME_LENGTH, HOP_LENGTH = 32, 8  # 17 bins
# 17 bins too: as many frames as a paper's hop makes, which divides nothing, and zeros around them
PAPER = {"frame_length": 29, "hop_length": 19, "window": "sqrt_hann", "fft_length": 32}

# shapes without the batch; None is time, in samples or frames
WAVEFORM = (None, CHANNELS)
SIGNALS = (None, CHANNELS, SOURCES)
WAVEFORMS = (WAVEFORM, SIGNALS)
SPECTRUM = (None, BINS, CHANNELS)
STEMS = (*SPECTRUM, SOURCES)
SEQUENCE = (None, FEATURES)


def noise(rng, shape):
    """Waveforms of both signs, magnitudes of none."""
    waveforms = shape[2:] in [one[1:] for one in WAVEFORMS]
    return (testing.signed if waveforms else testing.positive)(rng, shape)


def Case(inputs, call, **settings):
    """A case of these sizes: the length is of samples or of frames, by the first input."""
    length = SAMPLES if inputs[0] in WAVEFORMS else FRAMES
    usual = {"lengths": (length, 2 * length + 1), "noise": noise}
    return testing.Case(inputs, call, **{**usual, **settings})


def LossCase(make, y_true=SIGNALS, y_pred=SIGNALS, **settings):
    length = SAMPLES if y_pred == SIGNALS else FRAMES
    return testing.LossCase(make, y_true, y_pred, **{"length": length, **settings})
