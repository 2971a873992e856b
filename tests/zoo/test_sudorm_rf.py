"""SuDoRM-RF: what it learns without an order of the sources, and what it refuses."""

import keras
import pytest
from two_bands import SAMPLE_RATE_HZ, improvement_db, stems

from keras_sep import Separator, losses, zoo

SMALL = {"filters": 32, "bottleneck": 16, "blocks": 2, "depth": 3}


@pytest.mark.parametrize(("improved", "epochs"), [(False, 40), (True, 25)])
def test_learns_to_separate_without_an_order(improved, epochs):
    keras.utils.set_random_seed(1)
    network = zoo.sudorm_rf(**SMALL, improved=improved)
    network.compile(
        keras.optimizers.Adam(0.01), loss=losses.PermutationInvariantLoss(losses.SISNR())
    )
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = stems(0, batch=16)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=epochs, verbose=0)
    separator = Separator(network, SAMPLE_RATE_HZ, ("one", "other"), interchangeable_sources=True)
    assert improvement_db(separator) > 10


def test_parameters_of_the_published_sizes():
    """What asteroid's classes have with their defaults, the encoder's second name not counted."""
    assert zoo.sudorm_rf().count_params() == 2_584_196
    assert zoo.sudorm_rf(improved=True).count_params() == 2_630_801


def test_a_convolution_along_an_odd_number_of_features_has_no_middle():
    with pytest.raises(ValueError, match=r"`filters` must be even unless improved.*filters=7"):
        zoo.sudorm_rf(filters=7)
