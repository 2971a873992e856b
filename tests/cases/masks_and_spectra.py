"""Cases of masks, heads, and layers on spectra without weights."""

import numpy as np

from cases.case import (
    BINS,
    CHANNELS,
    DIMS,
    FEATURES,
    SEQUENCE,
    SIGNALS,
    SOURCES,
    SPECTRUM,
    STEMS,
    WAVEFORM,
    Case,
)
from keras_sep import layers

SAMPLE_RATE_HZ = 8000
MELS = 7
BANDS = ((0, 5), (3, 8), (7, 17))  # of 17 bins

LAYERS = {
    "AmplitudeToDecibel": Case((SPECTRUM,), lambda x: layers.AmplitudeToDecibel()(x), causal=True),
    "ApplyComplexMask": Case(
        (STEMS, STEMS, SPECTRUM, SPECTRUM),
        lambda a, b, *mixture: layers.ApplyComplexMask()((a, b), mixture),
        causal=True,
    ),
    "ApplyMask": Case(
        (STEMS, SPECTRUM, SPECTRUM),
        lambda masks, *mixture: layers.ApplyMask()(masks, mixture),
        causal=True,
    ),
    "BandMasks": Case(
        ((None, 3, FEATURES),),
        lambda x: layers.BandMasks(BANDS, SOURCES, CHANNELS, hidden=7)(x),
        causal=True,
        weights=18,
    ),
    "BandMasks, normalised, in shares": Case(
        ((None, 3, FEATURES),),
        lambda x: layers.BandMasks(
            BANDS, 1, CHANNELS, 7, 0, "layer", np.linspace(0.1, 1, sum(b - a for a, b in BANDS))
        )(x),
        causal=True,
        weights=8,
    ),
    "BandSplit": Case(
        (SPECTRUM, SPECTRUM),
        lambda *pair: layers.BandSplit(BANDS, DIMS)(pair),
        causal=True,
        weights=6,
    ),
    "BoundedComplexMask": Case(
        (STEMS, STEMS), lambda *pair: layers.BoundedComplexMask(bound=2.0)(pair), causal=True
    ),
    "EmbeddingHead": Case(
        (SEQUENCE,), lambda x: layers.EmbeddingHead(BINS, DIMS)(x), causal=True, weights=2
    ),
    "GatedMaskHead": Case(
        (SEQUENCE,),
        lambda x: layers.GatedMaskHead(BINS, SOURCES, activation="softmax")(x),
        causal=True,
        weights=7,
    ),
    "InverseMelProjection": Case(
        ((None, MELS, CHANNELS),),
        lambda x: layers.InverseMelProjection(BINS, SAMPLE_RATE_HZ)(x),
        causal=True,
    ),
    "LevelNormalization": Case((SPECTRUM,), lambda x: layers.LevelNormalization()(x), masked=True),
    "LevelNormalization, per frame": Case(
        (SPECTRUM,), lambda x: layers.LevelNormalization(per_frame=True)(x), causal=True
    ),
    "LogMagnitude": Case(
        (SPECTRUM, SPECTRUM), lambda *pair: layers.LogMagnitude()(pair), causal=True
    ),
    "MaskHead": Case(
        (SEQUENCE,),
        lambda x: layers.MaskHead(BINS, SOURCES, CHANNELS, activation="softmax")(x),
        causal=True,
        weights=2,
    ),
    "MelProjection": Case(
        (SPECTRUM,),
        lambda x: layers.MelProjection(MELS, SAMPLE_RATE_HZ, scale="htk")(x),
        causal=True,
    ),
    "MixtureConsistency": Case(
        (SIGNALS, WAVEFORM),
        lambda *signals: layers.MixtureConsistency(by_energy=True)(*signals),
        masked=True,
    ),
    "PowerCompression": Case(
        (SPECTRUM, SPECTRUM), lambda *pair: layers.PowerCompression()(pair), causal=True
    ),
    "RatioMask": Case(
        (STEMS, SPECTRUM, SPECTRUM),
        lambda x, *mixture: layers.RatioMask(2, BINS - 4, "average")(x, mixture),
        causal=True,
    ),
    "ResidualMask": Case((STEMS,), lambda x: layers.ResidualMask()(x), causal=True),
}
