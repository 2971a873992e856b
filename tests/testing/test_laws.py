"""The laws of `keras_sep.testing`: each is broken by a layer or loss that has its fault."""

import keras
import pytest
from broken import LAYERS, LOSSES

from keras_sep.testing import Case, LayerLaws, LossLaws


class OfLayers(LayerLaws):
    cases = LAYERS


class OfLosses(LossLaws):
    cases = LOSSES


FAULTS = [
    ("Dead", "one_fit_step_moves_every_weight", "must move 50% of dead.*/unused. Received: 0% got"),
    ("FixedLength", "dynamic_length", r"a longer input must have a longer output. Received: \{5\}"),
    ("Foreseeing", "the_past_does_not_move_when_the_future_does", "must not depend on later input"),
    ("Forgetful", "layer_config_round_trip", "must have every argument. Received: none of factor"),
    ("HalfDead", "one_fit_step_moves_every_weight", "move 50% of .*gain. Received: 14% got a grad"),
    ("Leaking", "padding_changes_nothing", "padding behind a mask must change nothing"),
    ("Overflowing", "mixed_float16", "must be within 45 dB of float32. Received: "),
    (
        "Unfloored",
        "silence_and_a_constant_have_finite_answers_and_gradients",
        "silence and a constant must have finite outputs. Received: power nan",
    ),
    ("Talking", "items_of_a_batch_do_not_talk_to_each_other", "not depend on the others of its ba"),
    ("Unregistered", "layer_config_round_trip", "must make it again. Received: Could not locate"),
]


@pytest.mark.parametrize(("name", "law", "text"), FAULTS)
def test_a_layer_with_a_fault_breaks_the_law_of_it(name, law, text):
    with pytest.raises(AssertionError, match=f"(?s){name}: .*{text}"):
        getattr(OfLayers(), f"test_{law}")(name)


@pytest.mark.parametrize("name", ["Foreseeing", "HalfDead", "Leaking", "Unfloored"])
def test_it_keeps_the_others(name):
    own = dict(fault[:2] for fault in FAULTS)[name]
    for law in {
        "layer_config_round_trip",
        "dynamic_length",
        "items_of_a_batch_do_not_talk_to_each_other",
        "silence_and_a_constant_have_finite_answers_and_gradients",
        "mixed_float16",
        "mixed_bfloat16",
        "one_fit_step_moves_every_weight",
    } - {own}:
        getattr(OfLayers(), f"test_{law}")(name)


@pytest.mark.parametrize(
    ("name", "law", "text"),
    [
        ("ForgetfulLoss", "loss_config_round_trip", "must have every argument. Received: none of"),
        ("LossOfBatch", "loss_of_an_example_is_its_own", "must not depend on the others"),
        ("LossOfBatch", "loss_has_one_value_an_example_and_takes_weights", "each its own"),
        (
            "LossOfOneNumber",
            "loss_has_one_value_an_example_and_takes_weights",
            r"must return one value per example. Received: shape \(\) of 2 examples",
        ),
        ("LossOfPadding", "padding_changes_no_loss", "padding behind a mask must change nothing"),
        ("LossWithoutFloor", "a_silent_target_does_not_outweigh_its_batch", r"Received: \[ *inf"),
        ("LossWithoutFloor", "a_loss_asked_for_in_half_precision_is_finite", "must be finite"),
    ],
)
def test_a_loss_with_a_fault_breaks_the_law_of_it(name, law, text):
    with pytest.raises(AssertionError, match=f"(?s){name}: .*{text}"):
        getattr(OfLosses(), f"test_{law}")(name)


def test_the_wrong_number_of_weights_is_said():
    laws = LayerLaws()
    laws.cases = {"Dense": Case([(None, 3)], lambda x: keras.layers.Dense(2)(x), weights=1)}
    with pytest.raises(AssertionError, match=r"must have 1 trainable weights. Received: 2"):
        laws.test_one_fit_step_moves_every_weight("Dense")


# what somebody outside writes
OUTSIDE = """
import keras
import keras_sep
import outside


class TestLayers(keras_sep.testing.LayerLaws):
    cases = {
        "Gain": keras_sep.testing.Case([(None, 2)], lambda x: outside.Gain()(x), weights=1),
        "Late": keras_sep.testing.Case([(None, 2)], lambda x: outside.Late()(x)),
    }
"""
MODULE = """
import keras
import sys

register = keras.saving.register_keras_serializable("outside")


@register
class Gain(keras.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")

    def call(self, x):
        return x * self.gain


@register
class Late(keras.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        if "pytest" not in sys.modules:
            raise ValueError("only where pytest is")

    def call(self, x):
        return 2.0 * x
"""


def test_a_class_of_somebody_outside_runs_every_law(tmp_path, monkeypatch):
    (tmp_path / "outside.py").write_text(MODULE)
    (tmp_path / "test_outside.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(tmp_path)
    seen = {}

    class Reports:
        def pytest_runtest_logreport(self, report):
            if report.when == "call":
                seen[report.nodeid.partition("::test_")[2]] = report

    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", "/dev/null"]
    code = pytest.main([str(tmp_path), *options, "-p", "no:xdist"], plugins=[Reports()])
    failed = {name: str(report.longrepr) for name, report in seen.items() if report.failed}
    assert list(failed) == ["saved_file_in_a_fresh_process[Late]"]
    assert "must load in a process that imports" in failed["saved_file_in_a_fresh_process[Late]"]
    assert "only where pytest is" in failed["saved_file_in_a_fresh_process[Late]"]
    assert len(seen) == 18
    assert code == 1
