"""Training on mixtures of voices: recipes of the clustering networks, from recordings to stems."""

import dataclasses

import keras
import numpy as np
import pytest
from small_runs import with_fit

from keras_sep import data, inference, layers, losses, ops, training, zoo

RATE = 2000
PATTERN = r"speech/(\w+)/\d\.wav"
SPECTROGRAM = {"name": "SpectrogramLoss", "arguments": {"norm": "l1"}}
PERMUTED = {"name": "PermutationInvariantLoss", "arguments": {"loss": SPECTROGRAM}}
MODELS = {
    "deep_clustering": {
        "target": {"name": "clustering_target", "arguments": {"weighting": "magnitude_ratio"}},
        "loss": "DeepClusteringLoss",
        "post_filter": {"name": "ClusterMasks", "arguments": {"softness": 0.5}},
    },
    "deep_attractor": {
        "target": "deep_attractor_target",
        "loss": "DeepAttractorLoss",
        "post_filter": "AttractorMasks",
    },
    "mask_inference": {"loss": PERMUTED},
    "chimera": {
        "heads": {
            "embeddings": {"target": "clustering_target", "loss": "WhitenedKMeansLoss"},
            "estimates": {
                "target": "phase_sensitive_approximation", "loss": PERMUTED, "weight": 3.0
            },
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three voices with partials of their own, and noise."""
    root = tmp_path_factory.mktemp("voices")
    rng = np.random.default_rng(5)
    time = np.arange(900)[:, None] / RATE
    for voice, pitch_hz in (("ann", 90), ("bob", 220), ("cid", 410)):
        for take in range(3):
            partials = sum(
                np.sin(2 * np.pi * pitch_hz * n * time + rng.uniform(0, 6)) for n in (1, 2)
            )
            path = root / "speech" / voice / f"{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            data.write_audio(path, 0.1 * partials, RATE)
    data.write_audio(root / "noise" / "a.wav", 0.1 * rng.normal(size=(4001, 1)), RATE)
    return root


def recipe(name, **changes):
    return training.Recipe.from_mapping(
        {
            "model": {"name": name, "arguments": {"units": 4, "layers": 1, "dropout": 0.0}},
            "sources": ["s1", "s2"],
            "targets": ["s1", "s2"],
            "sample_rate_hz": RATE,
            "channels": 1,
            "stft": {"frame_length": 64, "hop_length": 32},
            "voices": {"train": [PATTERN], "valid": [PATTERN], "mixtures_per_epoch": 8,
                       "validation_mixtures": 5},
            "data": {"excerpt_seconds": 0.5, "spectrograms": "model"},
            "interchangeable_sources": True,
            "fit": {"batch_size": 4, "epochs": 2, "tensorboard": False, "page": False},
            "seed": 3,
            **changes,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "left_out", "changes", "complaint"),
    [
        ("chimera", "heads", {}, "`heads` must be among embeddings, estimates, for `chimera`"),
        ("chimera", None, {"heads": {"masks": {"target": "clustering_target",
                                               "loss": "DeepClusteringLoss"}}},
         "`heads` must be among embeddings, estimates, for `chimera`. Received: masks"),
        ("mask_inference", None, {"heads": MODELS["chimera"]["heads"]},
         "`heads` must be left out, as it has one output, for `mask_inference`"),
        ("deep_clustering", "post_filter", {},
         "`post_filter` must make stems of embeddings, as `ClusterMasks`.* for `deep_clustering`"),
        ("mask_inference", None, {"post_filter": "ClusterMasks"},
         "`post_filter` must filter estimates, as .* for `mask_inference`"),
        ("mask_inference", None, {"loss": "DeepClusteringLoss", "target": "clustering_target"},
         "`loss` must compare estimates, for this network. Received: DeepClusteringLoss"),
        ("deep_clustering", "target", {"loss": SPECTROGRAM},
         "`loss` must compare embeddings, as .*, for this network. Received: SpectrogramLoss"),
        ("mask_inference", None, {"loss": "PermutationInvariantLoss"},
         "`loss.arguments.loss` must be given: PermutationInvariantLoss wraps another loss"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_a_network(model, left_out, changes, complaint, folder, tmp_path):
    settings = {key: value for key, value in MODELS[model].items() if key != left_out}
    given = recipe(model, **settings | changes)
    with pytest.raises(ValueError, match=complaint):
        training.train(given, folder, tmp_path / "out", verbose=0)
    assert not (tmp_path / "out").exists()


def test_embeddings_have_no_order_of_sources():
    loss = {"name": "PermutationInvariantLoss", "arguments": {"loss": "DeepClusteringLoss"}}
    with pytest.raises(ValueError, match=r"`loss\.arguments\.loss` must compare source by source"):
        recipe("deep_clustering", **MODELS["deep_clustering"] | {"loss": loss})


@pytest.mark.parametrize("model", MODELS)
def test_a_recipe_trains_a_separator(model, folder, tmp_path):
    given = with_fit(recipe(model, **MODELS[model]), page=model == "mask_inference")
    path = training.train(given, folder, tmp_path, verbose=0)
    assert training.Recipe.from_yaml(tmp_path / "recipe.yaml") == given
    separator = inference.load_separator(path)
    keras.utils.set_random_seed(given.seed)
    before = training.build_network(given).trainable_variables
    for weight, old in zip(separator.networks.trainable_variables, before, strict=True):
        assert np.any(weight.numpy() != old.numpy()), weight.path
    assert separator.source_names == ("s1", "s2")
    assert separator.interchangeable_sources
    mixture = np.random.default_rng(1).normal(size=(1, 701, 1)).astype("float32")
    estimates = keras.ops.convert_to_numpy(separator(mixture))
    assert estimates.shape == (1, 701, 1, 2)
    assert np.isfinite(estimates).all()
    if given.fit.page:
        page = (tmp_path / "listen.html").read_text()
        assert "<h2>A mixture of 2 voices</h2>" in page
        assert page.count('class="lane"') == 1 + 2 * 2


def test_the_loss_of_every_head_is_weighed(folder):
    """The value of `fit`'s loss from the heads' own losses, each asked by itself."""
    given = recipe("chimera", **MODELS["chimera"])
    stems = next(iter(training.training_dataset(given, training.training_audio(given, folder), "")))
    network = training.build_network(given)
    model = training.build_model(given, network)
    model.compile(**training.compile_arguments(given, training.distribution(False)))
    found = model.evaluate(stems, verbose=0, return_dict=True)["loss"]
    stft = layers.STFT(64, 32)
    both, mixture = stft(stems), stft(keras.ops.sum(stems, axis=-1))
    outputs = network(ops.magnitude(mixture))
    clustering = losses.WhitenedKMeansLoss()(
        ops.clustering_target(both, mixture), outputs["embeddings"]
    )
    masking = losses.PermutationInvariantLoss(losses.SpectrogramLoss(norm="l1"))(
        ops.phase_sensitive_approximation(both, mixture), outputs["estimates"]
    )
    # the same float32 operations, in another order of the batch's sums
    assert found == pytest.approx(float(clustering) + 3.0 * float(masking), rel=1e-4)


def test_a_source_a_pattern_and_statistics_of_the_mixtures(folder):
    given = training.Recipe.from_mapping(
        {
            "model": {"name": "open_unmix", "arguments": {"hidden": 4, "layers": 1}},
            "sources": ["speech", "noise"],
            "targets": ["speech"],
            "sample_rate_hz": RATE,
            "channels": 1,
            "stft": {"frame_length": 64, "hop_length": 32},
            "voices": {"train": [PATTERN, r"noise/.*"], "mixtures_per_epoch": 6,
                       "level_db": [-3.0, -3.0]},
            "data": {"excerpt_seconds": 0.5, "spectrograms": "model"},
            "fit": {"batch_size": 3},
        }
    )  # fmt: skip
    assert training.input_statistics(recipe("chimera"), [], folder) == (None, None)
    pools = training.training_audio(given, folder)
    assert [sorted(pool) for pool in pools] == [["ann", "bob", "cid"], ["noise/a.wav"]]
    assert training.validation_audio(given, folder) == []
    assert training.validation_dataset(given, [], "") is None
    batches = [batch.numpy() for batch in training.training_dataset(given, pools, "")]
    assert [batch.shape for batch in batches] == [(3, 1000, 1, 2)] * 2
    levels = np.sqrt(np.mean(np.square(batches[0]), axis=(1, 2)))
    np.testing.assert_allclose(20 * np.log10(levels[:, 1] / levels[:, 0]), -3, atol=1e-3)
    mean, scale = training.input_statistics(given, pools, "")
    mixtures = np.concatenate(batches).sum(-1)
    magnitudes = np.asarray(ops.magnitude(ops.stft(mixtures, 64, 32)), np.float64)
    # the fixed mixtures of epoch 0 are those of the first pass; sums in float32
    np.testing.assert_allclose(mean, magnitudes.mean((0, 1, 3)), rtol=1e-5)
    np.testing.assert_allclose(scale, magnitudes.std((0, 1, 3)), rtol=1e-4)


def test_padding_of_mixtures_changes_no_loss(folder):
    """Whole mixtures of unequal lengths, and the same with more silence after them."""
    pools = [data.find_recordings(folder, r"noise/.*"), data.find_recordings(folder, PATTERN)]
    mixtures = [
        dataclasses.replace(mixture, samples=samples)
        for mixture, samples in zip(
            data.draw_mixtures(pools, 3, seed=2), (700, 800, 900), strict=True
        )
    ]
    dataset = data.padded_batches(mixtures, ("s1", "s2"), batch_size=3)
    network = zoo.mask_inference(bins=33, units=4, layers=1)
    model = training.OnDeviceSpectrograms(
        network, layers.STFT(64, 32), (0, 1), ops.magnitude_spectrum_approximation
    )
    model.compile(loss=losses.PermutationInvariantLoss(losses.SpectrogramLoss(norm="l1")))
    values = []
    for more in (40, 400):  # half a frame at least, or the end would be reflected

        def longer(stems, lengths, more=more):
            return ((keras.ops.pad(stems, [(0, 0), (0, more), (0, 0), (0, 0)]), lengths),)

        values.append(model.evaluate(dataset.map(longer), verbose=0))
    assert values[0] == pytest.approx(values[1], rel=1e-5)
    assert values[0] > 0
    with pytest.raises(ValueError, match="Lengths belong to the inputs"):
        model.evaluate(dataset, verbose=0)  # Keras would take the lengths for labels


def test_epochs_of_mixtures(folder):
    """Validation is the same every time and at the voices' own speed; a resumed training goes on
    with the mixtures of its epoch."""
    given = recipe("chimera", voices={
        "train": [PATTERN], "valid": [PATTERN], "mixtures_per_epoch": 4, "validation_mixtures": 4,
    })  # fmt: skip
    faster = dataclasses.replace(
        given, voices=dataclasses.replace(given.voices, speed=((1.5, 1.5),))
    )
    pools = training.training_audio(given, folder)

    def stems(dataset):
        return np.concatenate([batch.numpy() for batch in dataset])

    trained = training.training_dataset(given, pools, "")
    first, second = stems(trained), stems(trained)
    assert not np.array_equal(first, second)
    resumed = training.training_dataset(given, pools, "", epoch=1)
    np.testing.assert_array_equal(stems(resumed), second)
    assert not np.array_equal(stems(training.training_dataset(faster, pools, "")), first)
    held_out = training.validation_dataset(given, pools, "")
    np.testing.assert_array_equal(stems(held_out), stems(held_out))
    np.testing.assert_array_equal(
        stems(training.validation_dataset(faster, pools, "")), stems(held_out)
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"voices": {"train": []}}, "`voices.train` must name recordings"),
        ({"voices": {"train": ["a", "b", "c"]}}, "`voices.train` must contain one entry, or one"),
        ({"data": {}}, '`data.spectrograms` must be "model" where `voices` are mixed'),
        (
            {"data": {"spectrograms": "model", "swap_channels": 0.1}},
            "`data.swap_channels` cannot be combined with `voices`",
        ),
        (
            {"voices": {"train": ["a"], "speed": [[0, 1]]}},
            "`voices.speed` must lie between 0.1 and 10",
        ),
        ({"voices": {"train": ["a"], "level_db": [3, 1]}}, "`voices.level_db` must be [low, high]"),
        (
            {"voices": None, "data": {}, **MODELS["chimera"]},
            '`data.spectrograms` must be "model" where `heads`',
        ),
        ({"model": {"name": "unet", "arguments": {"sources": 3}}}, "`model.arguments.sources`"),
        ({"loss": {"arguments": {}}}, "missing key `loss.name`"),
    ],
)
def test_recipes_that_cannot_be(changes, complaint):
    with pytest.raises(ValueError) as error:
        recipe("chimera", **changes)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"target": "clustering_targe"}, "`target.name` must be one of clustering_target"),
        (
            {"target": {"name": "phase_sensitive_approximation", "arguments": {"weighing": 1}}},
            "`target.arguments`: `phase_sensitive_approximation` takes no `weighing`",
        ),
        ({"loss": {"name": "PermutationInvariantLoss", "arguments": {"loss": "SISDRR"}}},
         "`loss.arguments.loss.name` must be one of"),
        ({"post_filter": "ClusterMask"}, "`post_filter.name` must be one of"),
        ({"heads": {"estimates": {"target": "clustering_target", "loss": "SISDRR"}}},
         "`heads.estimates.loss.name` must be one of"),
    ],
)  # fmt: skip
def test_names_that_do_not_exist(changes, complaint, folder, tmp_path):
    with pytest.raises(ValueError) as error:
        training.train(recipe("mask_inference", **changes), folder, tmp_path)
    assert complaint in str(error.value)
