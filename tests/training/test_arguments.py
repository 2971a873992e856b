"""Arguments in recipes: what is wrong is said by name, before memory is taken or audio is read."""

import resource

import keras
import numpy as np
import pytest

from keras_sep import _yaml, losses, zoo
from keras_sep.training import (
    Recipe,
    build_loss,
    build_network,
    build_separator,
    build_target,
)
from keras_sep.training.build import check

pytestmark = pytest.mark.fault

SPECTRA = {"sources": ["vocals", "drums"], "targets": ["vocals"]}
WAVES = {
    "sources": ["s1", "s2"],
    "targets": ["s1", "s2"],
    "channels": 1,
    "stft": None,
    "loss": "SISNR",
    "interchangeable_sources": True,
}


def refusal(build, values):
    recipe = Recipe.from_mapping(values)
    with pytest.raises(ValueError) as refused:
        build(recipe)
    said = str(refused.value)
    assert "\n" not in said
    assert len(said) < 300
    return said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"hidden": "128"}, "`model.arguments.hidden` must be a whole number. Received: '128'"),
        ({"hidden": 64.0}, "`model.arguments.hidden` must be a whole number. Received: 64.0"),
        ({"hidden": None}, "`model.arguments.hidden` must be a whole number. Received: None"),
        ({"hidden": [8]}, "`model.arguments.hidden` must be a whole number. Received: [8]"),
        ({"hidden": 0}, "`model.arguments`: `hidden` must be a positive integer. R"),
        ({"hidden": -4}, "`model.arguments`: `hidden` must be a positive integer. R"),
        ({"hidden": 7}, "`model.arguments`: `hidden` must be even"),
        ({"hidden": 2**70}, "`model.arguments.hidden` must lie between -1048576 and 1048576."),
        ({"hiden": 128}, "`open_unmix` takes no `hiden`. Did you mean `hidden`?"),
        (
            {"colour": 3},
            "takes no `colour`. Its arguments: bandwidth_bins, bidirectional",
        ),
        (
            {"bidirectional": 1},
            "`model.arguments.bidirectional` must be true or false. R",
        ),
        ({"dropout": "x"}, "`model.arguments.dropout` must be a number. Received: 'x'"),
        ({"dropout": float("nan")}, "`model.arguments.dropout` must be finite. Received: nan"),
        ({"dropout": 7}, "`model.arguments`: `dropout` must be a number in [0, 1)"),
        ({"bandwidth_bins": "5"}, "`model.arguments.bandwidth_bins` must be a whole number."),
        ({"layers": 10**6}, "`model.arguments`: `layers` must be at most 256. Received: 1000000"),
    ],
)
def test_arguments_of_a_network_of_spectra(arguments, complaint):
    model = {"name": "open_unmix", "arguments": arguments}
    assert complaint in refusal(build_network, {**SPECTRA, "model": model})


def test_a_published_size_with_the_targets_of_the_recipe():
    arguments = {"variant": "5stems", "filters": [2, 3], "bandwidth_bins": 32, "window_frames": 8}
    model = {"name": "spleeter_unet", "arguments": arguments}
    network = build_network(Recipe.from_mapping({**SPECTRA, "model": model}))
    assert network.facts.arguments["targets"] == SPECTRA["targets"]
    assert network.facts.arguments["mask_activation"] == "softmax"


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("conv_tasnet", {"blocks": 60, "repeats": 1}, "`dilation` must be at most 1048576"),
        (
            "wavenet",
            {"blocks": 100},
            "`blocks` times `stacks` must be at most 256",
        ),
        ("sudorm_rf", {"depth": 100}, "`blocks` times `depth` must be at most 256"),
        ("wavenet", {"head_filters": ["a"]}, "`model.arguments.head_filters` must be a whole"),
        ("wavenet", {"head_filters": 3}, "`model.arguments.head_filters` must be a list"),
        ("wavenet", {"head_filters": [1] * 1000}, "must contain at most 128 items. Received: 1000"),
        ("htdemucs", {"variant": 3}, "`model.arguments.variant` must be text. Received: 3"),
        ("htdemucs", {"variant": "htdemuks"}, "Did you mean `htdemucs`?"),
        ("conv_tasnet", {"mask_activation": 3}, "`model.arguments.mask_activation` must be text"),
        ("conv_tasnet", {"mask_activation": "x"}, "`model.arguments`: Could not interpret activ"),
        ("conv_tasnet", {"normalization": 3}, "`model.arguments.normalization` must be a mapping"),
        ("tasnet", {"units": "x"}, "`model.arguments.units` must be a whole number"),
        ("demucs", {"growth": 1e30}, "`model.arguments.growth` must lie between"),
    ],
)
def test_arguments_of_a_network_of_waveforms(name, arguments, complaint):
    model = {"name": name, "arguments": arguments}
    assert complaint in refusal(build_network, {**WAVES, "model": model})


@pytest.mark.usefixtures("first_network")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("tasnet", {"units": 10**6}), ("demucs", {"depth": 20, "filters": 1024})],
)
def test_weights_that_no_memory_holds(name, arguments):
    """80 TB and more; nothing of them is made to find out."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = refusal(check, {**WAVES, "model": {"name": name, "arguments": arguments}})
    assert "`model.arguments` must make a network of at most 1,000,000,000 weights" in said
    with keras.StatelessScope():
        pass  # at its end Keras gives values to all weights that wait for them
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_looking_at_the_weights_leaves_the_seed_alone(recipe):
    keras.utils.set_random_seed(7)
    check(recipe)
    weights = build_network(recipe).get_weights()
    keras.utils.set_random_seed(7)
    known = {"targets": recipe.targets, "bins": 65, "channels": 2}
    for ours, plain in zip(
        weights, zoo.open_unmix(**known, **recipe.model.arguments).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, plain)


@pytest.mark.parametrize(
    ("loss", "complaint"),
    [
        ({"name": "SNR", "arguments": {"limit_db": -1}}, "`loss.arguments`: `limit_db` must be"),
        (
            {"name": "SNR", "arguments": {"limit_db": "x"}},
            "`loss.arguments.limit_db` must be a number. Received: 'x'",
        ),
        (
            {"name": "SNR", "arguments": {"limt_db": 1}},
            "takes no `limt_db`. Did you mean `lim",
        ),
        ({"name": "WaveformLoss", "arguments": {"norm": 1}}, "`loss.arguments.norm` must be text"),
        ({"name": "SISNR", "arguments": {"reduction": "x"}}, "`loss.arguments`: Invalid value"),
        ({"name": "PermutationInvariantLoss"}, "`loss.arguments.loss` must be given"),
        (
            {"name": "PermutationInvariantLoss", "arguments": {"loss": "SISRN"}},
            "`loss.arguments.loss.name` must be one of L1SNR",
        ),
        (
            {"name": "SumOfLosses", "arguments": {"losses": ["SISNR", "SISRN"]}},
            "`loss.arguments.losses[1].name` must be one of L1SNR",
        ),
        (
            {"name": "SumOfLosses", "arguments": {"losses": ["SISNR"], "weights": [1, 2]}},
            "`loss.arguments`: `weights` must have one entry per loss, 1. Received: ",
        ),
        ({"name": "SumOfLosses", "arguments": {"losses": "SISNR"}}, "losses` must be a list"),
        (
            {"name": "MultiResolutionSTFTLoss", "arguments": {"frame_lengths": 600}},
            "`loss.arguments.frame_lengths` must be a list. Received: 600",
        ),
    ],
)
def test_arguments_of_a_loss(loss, complaint):
    values = {**WAVES, "model": "conv_tasnet", "loss": loss}
    assert complaint in refusal(build_loss, values)


def test_bins_are_a_networks_own_where_there_is_no_stft():
    small = {"frame_length": 64, "hop_length": 16, "bins": 32, "filters": 3, "depth": 1}
    values = {**WAVES, "model": {"name": "tfc_tdf", "arguments": small}}
    assert build_network(Recipe.from_mapping(values)).facts.arguments["bins"] == 32
    values |= {"stft": {"frame_length": 64, "hop_length": 16}, "loss": "SpectrogramLoss"}
    with pytest.raises(ValueError, match=r"`model.arguments.bins` follows from the recipe's own"):
        Recipe.from_mapping(values)


def test_losses_of_losses():
    parts = {"frame_lengths": [64], "hop_lengths": [16], "fft_lengths": [64], "loss": "L1SNR"}
    sums = {"losses": ["L1SNR", {"name": "ComplexSTFTLoss", "arguments": parts}], "weights": [1, 2]}
    summed = {"name": "SumOfLosses", "arguments": sums}
    loss = {"name": "PermutationInvariantLoss", "arguments": {"loss": summed}}
    values = {**WAVES, "model": "conv_tasnet", "loss": loss, "interchangeable_sources": True}
    recipe = Recipe.from_mapping(values)
    made = build_loss(recipe)
    assert isinstance(made.loss.losses[1].loss, losses.L1SNR)
    assert made.loss.losses[1].frame_lengths == [64]
    assert list(made.loss.weights) == [1, 2]
    assert Recipe.from_mapping(_yaml.load(recipe.to_yaml())) == recipe
    sums["losses"][0] = "SpectrogramLoss"
    with pytest.raises(ValueError, match=r"`loss` must compare waveforms .* SpectrogramLoss"):
        Recipe.from_mapping(values)


def test_arguments_of_a_target_and_a_post_filter(recipe):
    values = {**SPECTRA, "model": "open_unmix", "loss": "SpectrogramLoss"}
    target = {"name": "magnitude_spectrum_approximation", "arguments": {"x": 1}}
    assert "takes no `x`. Its arguments: none" in refusal(
        build_target, {**values, "target": target}
    )
    network = build_network(recipe)
    for arguments, complaint in (
        ({"iterations": "x"}, "`post_filter.arguments.iterations` must be a whole number"),
        ({"iterations": -1}, "`post_filter.arguments`: `iterations` must be"),
        ({"iteration": 1}, "takes no `iteration`. Did you mean `iterations`?"),
    ):
        post_filter = {"name": "WienerFilter", "arguments": arguments}
        said = refusal(
            lambda recipe: build_separator(recipe, network), {**values, "post_filter": post_filter}
        )
        assert complaint in said
