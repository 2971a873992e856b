"""Training of networks that read waveforms: recipes without an STFT."""

import dataclasses

import keras
import numpy as np
import pytest
import yaml
from small_runs import with_data

from keras_sep import data, inference, layers, losses, training
from keras_sep._named import Named

NETWORK = {"filters": 8, "bottleneck": 4, "hidden": 6, "skip": 4, "blocks": 2, "repeats": 1}
PERMUTED = {"name": "PermutationInvariantLoss", "arguments": {"loss": "SISNR"}}


@pytest.fixture
def recipe():
    """Drums and bass of the album."""
    return training.Recipe.from_mapping(
        {
            "model": {"name": "conv_tasnet", "arguments": NETWORK},
            "sources": ["drums", "bass", "other", "vocals"],
            "targets": ["bass", "drums"],
            "sample_rate_hz": 4000,
            "stft": None,
            "data": {"excerpt_seconds": 0.4, "excerpts_per_track": 6},
            "loss": {"name": "WaveformLoss", "arguments": {"norm": "l1"}},
            "fit": {"batch_size": 4, "epochs": 2, "tensorboard": False, "page": False},
            "seed": 11,
        }
    )


def test_a_recipe_for_tracks_trains_a_separator(album, recipe, tmp_path):
    path = training.train(recipe, album, tmp_path, verbose=0)
    assert training.Recipe.from_yaml(tmp_path / "recipe.yaml") == recipe
    separator = inference.load_separator(path)
    keras.utils.set_random_seed(recipe.seed)
    before = training.build_network(recipe).trainable_variables
    for weight, old in zip(separator.networks.trainable_variables, before, strict=True):
        assert np.any(weight.numpy() != old.numpy()), weight.path
    assert separator.source_names == ("bass", "drums")
    mixture = np.random.default_rng(1).normal(size=(1, 701, 2)).astype("float32")
    assert np.isfinite(separator(mixture)).all()


@pytest.mark.parametrize(("given", "segment"), [({}, 1600), ({"segment_samples": 900}, 900)])
def test_the_segment_is_the_excerpt_unless_it_is_said(recipe, given, segment):
    """So that whole songs are separated in blocks of what the network was trained on."""
    sizes = {"features": 4, "blocks": 1, "heads": 1, "head_size": 2, "frame_length": 64}
    named = Named("bs_roformer", {**sizes, "hop_length": 16, **given})
    network = training.build_network(dataclasses.replace(recipe, model=named))
    assert network.facts.segment == segment


HEADS = {
    "estimates": {"loss": PERMUTED, "weight": 0.6},
    "auxiliary_1": {"loss": PERMUTED, "weight": 0.4},
}


@pytest.fixture
def with_heads(recipe):
    """A network that also estimates the waveforms before its last stage."""
    sizes = {"filters": 8, "bottleneck": 4, "heads": 2, "stages": 1, "reach": 9}
    blocks = {"encoder_blocks": 1, "decoder_blocks": 1, "local_kernel_size": 5}
    network = {"name": "sepreformer", "arguments": {**sizes, **blocks, "auxiliary": True}}
    return training.Recipe.from_mapping(
        {
            **yaml.safe_load(recipe.to_yaml()),
            "model": network,
            "heads": HEADS,
            "interchangeable_sources": True,
        }
    )


def test_every_head_compares_its_waveforms_with_the_stems(album, with_heads, tmp_path):
    assert training.Recipe.from_mapping(yaml.safe_load(with_heads.to_yaml())) == with_heads
    held_out = training.validation_audio(with_heads, album)
    mixture, targets = next(iter(training.validation_dataset(with_heads, held_out, tmp_path)))
    assert [*targets] == [*HEADS]
    network = training.build_network(with_heads)
    network.compile(**training.compile_arguments(with_heads, training.distribution(False)))
    loss = network.evaluate(mixture, targets, verbose=0, return_dict=True)["loss"]
    permuted = losses.PermutationInvariantLoss(losses.SISNR())
    apart = {name: float(permuted(targets[name], x)) for name, x in network(mixture).items()}
    assert apart["estimates"] != apart["auxiliary_1"]
    wanted = sum(HEADS[name]["weight"] * value for name, value in apart.items())
    np.testing.assert_allclose(loss, wanted, rtol=1e-5)  # a mean of means rounds


@pytest.mark.parametrize(
    ("heads", "complaint"),
    [
        ({}, "`heads` must be among auxiliary_1, estimates, for `sepreformer`. Received: none"),
        ({"masks": HEADS["estimates"]}, "`heads` must be among auxiliary_1, estimates"),
    ],
)
def test_heads_that_the_network_lacks(with_heads, heads, complaint):
    heads = {name: training.Head(Named(**head["loss"])) for name, head in heads.items()}
    with pytest.raises(ValueError, match=complaint):
        training.build_network(dataclasses.replace(with_heads, heads=heads, loss=Named("SISNR")))


def test_pairs_of_mixture_and_targets(album, recipe, tmp_path):
    """The mixture is the sum of all stems, also of those that are not targets."""
    tracks = training.training_audio(recipe, album)
    stems = data.excerpts(
        tracks, recipe.sources, excerpt_seconds=0.4, batch_size=4, excerpts_per_track=6, seed=11
    )
    dataset = training.training_dataset(recipe, tracks, tmp_path)
    for (mixture, targets), all_stems in zip(dataset, stems, strict=True):
        # a sum of four in float32
        np.testing.assert_allclose(mixture, all_stems.numpy().sum(-1), rtol=0, atol=1e-6)
        np.testing.assert_array_equal(targets, all_stems.numpy()[..., [1, 0]])


def test_validation_is_whole_tracks(album, recipe, tmp_path):
    held_out = training.validation_audio(recipe, album)
    batches = [*training.validation_dataset(recipe, held_out, tmp_path)]
    drums = held_out[0].read_sources(("drums",))[..., 0]
    found = np.concatenate([targets.numpy()[..., 1] for _, targets in batches])
    np.testing.assert_array_equal(found.reshape(-1, 2), drums[: found.size // 2])


def test_polarity_is_flipped_where_asked_for(album, recipe, tmp_path):
    tracks = training.training_audio(recipe, album)
    plain = {"incoherent": 0.0, "gain": (1.0, 1.0), "swap_channels": 0.0}
    pairs = [
        next(iter(training.training_dataset(with_data(recipe, **plain, **more), tracks, tmp_path)))
        for more in ({}, {"flip_polarity": 1.0})
    ]
    np.testing.assert_array_equal(pairs[1][1], -pairs[0][1].numpy())


def test_tempo_and_pitch_are_changed_where_asked_for(album, recipe, tmp_path):
    tracks = training.training_audio(recipe, album)
    plain = {"incoherent": 0.0, "gain": (1.0, 1.0), "swap_channels": 0.0}
    unchanged, still, faster = (
        next(iter(training.training_dataset(with_data(recipe, **plain, **more), tracks, tmp_path)))
        for more in (
            {},
            {"repitch": 1.0, "tempo": (1.0, 1.0), "pitch_semitones": (0.0, 0.0)},
            {"repitch": 1.0, "tempo": (1.1, 1.1), "pitch_semitones": (1.0, 1.0)},
        )
    )
    np.testing.assert_array_equal(still[1], unchanged[1])
    assert faster[1].shape == unchanged[1].shape
    assert not np.allclose(faster[1], unchanged[1], atol=1e-2)


WITH_CONTEXT = training.Named("wave_u_net", {"filters": 4, "depth": 3})
CONTEXT = 119  # samples each side that three halvings with 15 and 5 taps read besides
FITTING_SECONDS = (5 + 200 * 8) / 4000


def test_excerpts_within_their_context(album, recipe, tmp_path):
    """A network without padding trains on the samples around its excerpts, not on zeros."""
    recipe = dataclasses.replace(recipe, model=WITH_CONTEXT)
    recipe = with_data(recipe, excerpt_seconds=FITTING_SECONDS, context_samples=CONTEXT)
    training.train(recipe, album, tmp_path, verbose=0)
    audio = training.validation_audio(recipe, album)
    mixture, targets = next(iter(training.validation_dataset(recipe, audio, tmp_path)))
    stems = audio[0].read_sources(recipe.sources)
    inner = slice(targets.shape[1], 2 * targets.shape[1])  # the second excerpt
    outer = slice(inner.start - CONTEXT, inner.stop + CONTEXT)
    np.testing.assert_array_equal(targets[1], stems[inner][..., [1, 0]])
    np.testing.assert_allclose(mixture[1], stems[outer].sum(axis=-1), rtol=0, atol=1e-6)
    # what is trained gives what the whole network does where neither sees beyond the track
    network = training.build_network(recipe)
    model = training.build_model(recipe, network)
    whole = keras.ops.convert_to_numpy(network(stems.sum(axis=-1)[np.newaxis]))
    first = keras.ops.convert_to_numpy(model(mixture))[0]
    within = slice(2 * CONTEXT, len(first))
    np.testing.assert_allclose(first[within], whole[0, within], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"context_samples": CONTEXT - 1}, f"must be {CONTEXT}, or else .* Received: 118"),
        ({"excerpt_seconds": 0.4}, r"must be of 5 \+ n \* 8 samples .* such as 0\.399250"),
    ],
)
def test_excerpts_that_do_not_suit_the_network(recipe, settings, complaint):
    recipe = dataclasses.replace(recipe, model=WITH_CONTEXT)
    fitting = {"excerpt_seconds": FITTING_SECONDS, "context_samples": CONTEXT}
    recipe = with_data(recipe, **{**fitting, **settings})
    with pytest.raises(ValueError, match=complaint):
        training.build_model(recipe, training.build_network(recipe))


def test_voices_have_nothing_around_them(recipe):
    mixed = training.VoiceSettings(train=(r"speech/(\w+)/\d\.wav",), mixtures_per_epoch=8)
    plain = training.DataSettings(excerpt_seconds=FITTING_SECONDS)
    changes = {"model": WITH_CONTEXT, "voices": mixed, "data": plain}
    recipe = dataclasses.replace(recipe, **changes)
    with pytest.raises(ValueError, match=r"or else `model\.arguments\.context` false"):
        training.build_model(recipe, training.build_network(recipe))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("CumulativeLayerNormalization", layers.CumulativeLayerNormalization),
        ("LayerNormalization", keras.layers.LayerNormalization),
        ({"name": "LayerNormalization", "arguments": {"axis": -1}},
         keras.layers.LayerNormalization),
        (None, layers.GlobalLayerNormalization),
    ],
)  # fmt: skip
def test_a_normalisation_by_its_name(recipe, value, kind):
    named = training.Named("conv_tasnet", {**NETWORK, "normalization": value})
    network = training.build_network(dataclasses.replace(recipe, model=named))
    for layer in (network.get_layer("normalization"), network.get_layer("block_1_1").norm_2):
        assert type(layer) is kind
        assert layer.epsilon == 1e-8  # asteroid's; Keras's is 1e-3


def test_a_normalisation_that_is_none(recipe):
    named = training.Named("conv_tasnet", {**NETWORK, "normalization": "cLN"})
    with pytest.raises(ValueError, match=r"`model\.arguments\.normalization\.name` must be one of"):
        training.build_network(dataclasses.replace(recipe, model=named))


def test_voices_in_any_order(tmp_path):
    rng = np.random.default_rng(0)
    time = np.arange(900)[:, None] / 2000
    for voice, pitch_hz in (("ann", 90), ("bob", 220)):
        path = tmp_path / "speech" / voice / "0.wav"
        path.parent.mkdir(parents=True)
        partials = np.sin(2 * np.pi * pitch_hz * time) + 0.01 * rng.normal(size=time.shape)
        data.write_audio(path, 0.1 * partials, 2000)
    recipe = training.Recipe.from_mapping(
        {
            "model": {"name": "conv_tasnet", "arguments": NETWORK},
            "sources": ["s1", "s2"],
            "targets": ["s1", "s2"],
            "sample_rate_hz": 2000,
            "channels": 1,
            "stft": None,
            "voices": {"train": [r"speech/(\w+)/\d\.wav"], "mixtures_per_epoch": 8},
            "data": {"excerpt_seconds": 0.3},
            "loss": PERMUTED,
            "interchangeable_sources": True,
            "fit": {"batch_size": 4, "epochs": 1, "tensorboard": False, "page": False},
        }
    )
    separator = inference.load_separator(training.train(recipe, tmp_path, tmp_path / "out"))
    assert separator.interchangeable_sources
    assert separator.front_end is None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"stft": training.STFTSettings(128, 32)},
            "unless `stft` is null, as it is for networks of",
        ),
        (
            {"stft": training.STFTSettings(128, 32), "loss": training.Named("SpectrogramLoss")},
            "`stft` must be null, as it reads waveforms",
        ),
        ({"model": training.Named("open_unmix", {"hidden": 4})}, "`stft` must be given"),
    ],
)
def test_a_network_of_the_other_kind_is_refused(recipe, changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        training.build_network(dataclasses.replace(recipe, **changes))
