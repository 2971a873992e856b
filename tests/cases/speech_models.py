"""Cases of the networks that mask and cluster speech, and of the layers made for them."""

from cases.case import BINS, CHANNELS, DIMS, SOURCES, SPECTRUM, Case
from keras_sep import layers, zoo

EMBEDDINGS = (None, BINS, DIMS)
SMALL = {"bins": BINS, "channels": CHANNELS, "units": 5, "layers": 1}
CAUSAL = {**SMALL, "layers": 2, "cell": "gru", "bidirectional": False}

LAYERS = {
    "AnchoredAttractorMasks": Case(
        (EMBEDDINGS, SPECTRUM),
        # applied, as the masks pass the mixture no gradient
        lambda x, mixture: layers.ApplyMask()(
            layers.AnchoredAttractorMasks(SOURCES, anchors=5)(x, mixture), mixture
        ),
        masked=True,
        weights=1,
    ),
    "FlattenBins": Case((SPECTRUM,), lambda x: layers.FlattenBins()(x), causal=True),
}

MODELS = {
    "chimera": Case(
        (SPECTRUM,),
        lambda x: zoo.chimera(SOURCES, dims=DIMS, **SMALL)(x),
        masked=True,
        weights=10,
        traced=False,
    ),
    "chimera, causal": Case(
        (SPECTRUM,),
        lambda x: zoo.chimera(SOURCES, dims=DIMS, mask_activation="softmax", **CAUSAL)(x),
        masked=True,
        causal=True,
        weights=10,
    ),
    "deep_attractor": Case(
        (SPECTRUM,),
        lambda x: zoo.deep_attractor(dims=DIMS, **SMALL)(x),
        masked=True,
        weights=8,
        traced=False,
    ),
    "deep_attractor, anchored": Case(
        (SPECTRUM,),
        lambda x: zoo.deep_attractor(dims=DIMS, sources=SOURCES, anchors=5, **SMALL)(x),
        masked=True,
        weights=9,
    ),
    "deep_attractor, causal": Case(
        (SPECTRUM,),
        lambda x: zoo.deep_attractor(dims=DIMS, **CAUSAL)(x),
        masked=True,
        causal=True,
        weights=8,
    ),
    "deep_clustering": Case(
        (SPECTRUM,),
        lambda x: zoo.deep_clustering(dims=DIMS, **SMALL)(x),
        masked=True,
        weights=8,
        traced=False,
    ),
    "deep_clustering, causal": Case(
        (SPECTRUM,),
        lambda x: zoo.deep_clustering(dims=DIMS, **CAUSAL)(x),
        masked=True,
        causal=True,
        weights=8,
    ),
    "mask_inference": Case(
        (SPECTRUM,),
        lambda x: zoo.mask_inference(SOURCES, **SMALL)(x),
        masked=True,
        weights=8,
        traced=False,
    ),
    "mask_inference, causal": Case(
        (SPECTRUM,),
        lambda x: zoo.mask_inference(SOURCES, activation="relu", **CAUSAL)(x),
        masked=True,
        causal=True,
        weights=8,
    ),
}
