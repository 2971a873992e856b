"""Every public loss keeps the laws of `keras_sep.testing`; none can dodge them."""

import pytest
from cases import LOSSES

import keras_sep
from keras_sep.testing import LossLaws


def test_every_public_name_has_a_case():
    assert sorted(keras_sep.losses.__all__) == sorted(LOSSES), "add it to a file in tests/cases/"


class TestLosses(LossLaws):
    cases = LOSSES


for law in (
    LossLaws.test_loss_of_few_axes_is_refused_in_words_or_a_number,
    LossLaws.test_a_loss_asked_for_in_half_precision_is_finite,
    LossLaws.test_a_silent_target_does_not_outweigh_its_batch,
    LossLaws.test_a_variable_as_target_and_prediction,
    LossLaws.test_a_loss_of_nothing,
):
    pytest.mark.fault(law)
