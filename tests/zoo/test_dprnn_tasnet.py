"""DPRNN-TasNet: what it learns without an order of the sources."""

import keras
from two_bands import SAMPLE_RATE_HZ, improvement_db, stems

from keras_sep import Separator, losses, zoo


def test_learns_to_separate_without_an_order():
    network = zoo.dprnn_tasnet(
        filters=32, bottleneck=16, units=16, chunk_length=20, blocks=1, mask_activation="relu"
    )
    network.compile(
        keras.optimizers.Adam(0.01), loss=losses.PermutationInvariantLoss(losses.SISNR())
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = stems(0, batch=16)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=40, verbose=0)
    separator = Separator(network, SAMPLE_RATE_HZ, ("one", "other"), interchangeable_sources=True)
    assert improvement_db(separator) > 10


def test_is_as_large_as_the_paper_says():
    """2.6 million weights, for filters of two samples; table 2."""
    network = zoo.dprnn_tasnet(kernel_size=2, stride=1, chunk_length=250)
    assert round(network.count_params() / 1e6, 1) == 2.6
    # of our card: asteroid's default
    assert round(zoo.dprnn_tasnet(bottleneck=128).count_params() / 1e6, 1) == 3.6
