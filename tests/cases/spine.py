"""Cases of the transform, recurrence, Wiener filter, simple losses, and the models."""

import keras

from cases.case import (
    BINS,
    CHANNELS,
    FRAME_LENGTH,
    HOP_LENGTH,
    PAPER,
    SEQUENCE,
    SOURCES,
    SPECTRUM,
    STEMS,
    WAVEFORM,
    Case,
    LossCase,
)
from keras_sep import Separator, layers, losses, zoo

LAYERS = {
    "ApplyMixturePhase": Case(
        (STEMS, SPECTRUM, SPECTRUM), lambda x, *pair: layers.ApplyMixturePhase()(x, pair)
    ),
    "GRU": Case(
        (SEQUENCE,), lambda x: layers.GRU(7, return_sequences=True)(x), causal=True, weights=3
    ),
    "ISTFT": Case((STEMS, STEMS), lambda *pair: layers.ISTFT(FRAME_LENGTH, HOP_LENGTH)(pair)),
    "ISTFT, of a paper's hop": Case((STEMS, STEMS), lambda *pair: layers.ISTFT(**PAPER)(pair)),
    "LSTM": Case(
        (SEQUENCE,), lambda x: layers.LSTM(7, return_sequences=True)(x), causal=True, weights=3
    ),
    "LengthMask": Case(
        (SPECTRUM,),
        # two frames less than there are
        lambda x: layers.LengthMask()(
            [x, keras.ops.sum(keras.ops.ones_like(x[:, :, 0, 0]), axis=1) - 2]
        ),
    ),
    "LearnableNormalization": Case(
        (SPECTRUM,),
        lambda x: layers.LearnableNormalization([0.1 * i for i in range(BINS)], 2.0)(x),
        weights=2,
    ),
    "Magnitude": Case((SPECTRUM, SPECTRUM), lambda *pair: layers.Magnitude()(pair)),
    "MaskReshape": Case(
        ((None, BINS * CHANNELS * SOURCES),), lambda x: layers.MaskReshape(SOURCES, CHANNELS)(x)
    ),
    "Phase": Case((SPECTRUM, SPECTRUM), lambda *pair: layers.Phase()(pair)),
    "RecurrentStack": Case(
        (SEQUENCE,),
        lambda x: layers.RecurrentStack(7, layers=2)(x),
        masked=True,
        weights=12,
    ),
    "RecurrentStack, causal": Case(
        (SEQUENCE,),
        lambda x: layers.RecurrentStack(7, layers=2, cell="gru", bidirectional=False)(x),
        masked=True,
        causal=True,
        weights=6,
    ),
    "STFT": Case((WAVEFORM,), lambda x: layers.STFT(FRAME_LENGTH, HOP_LENGTH)(x)),
    "STFT, of a paper's hop": Case((WAVEFORM,), lambda x: layers.STFT(**PAPER)(x)),
    "WienerFilter": Case(
        (STEMS, SPECTRUM, SPECTRUM),
        lambda x, *pair: layers.WienerFilter(1, window_frames=7)(x, pair),
    ),
}

MODELS = {
    "open_unmix": Case(
        (SPECTRUM,),
        lambda x: zoo.open_unmix(
            ("vocals", "drums"), bins=BINS, channels=CHANNELS, hidden=6, layers=2, bandwidth_bins=13
        )(x),
        weights=50,
        traced=False,
    ),
    "Separator": Case(
        (WAVEFORM,),
        lambda x: Separator(
            zoo.open_unmix(("vocals", "drums"), BINS, CHANNELS, hidden=6, layers=1),
            sample_rate_hz=8000,
            source_names=("vocals", "drums"),
            front_end=layers.STFT(FRAME_LENGTH, HOP_LENGTH),
        )(x),
        weights=38,
    ),
}

LOSSES = {
    "SISDR": LossCase(losses.SISDR),
    "SISNR": LossCase(losses.SISNR),
    "SpectrogramLoss": LossCase(lambda **kwargs: losses.SpectrogramLoss(norm="l2", **kwargs)),
    "WaveformLoss": LossCase(lambda **kwargs: losses.WaveformLoss(norm="l2", **kwargs)),
}
