"""`fit` from a recipe: what it starts from, and the files it leaves."""

import functools
import io
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest
import soundfile
from small_runs import log, with_data, with_fit

import keras_sep
from keras_sep import data, ops, training, zoo


def test_training_lowers_the_loss_and_leaves_a_separator(album, recipe, tmp_path):
    recipe = with_fit(recipe, page=True)
    path = training.train(recipe, album, tmp_path / "out", verbose=0)
    rows = log(tmp_path / "out")
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3, 4]
    assert rows[-1]["val_loss"] < rows[0]["val_loss"]
    assert list((tmp_path / "out" / "tensorboard").rglob("events*"))
    assert training.Recipe.from_yaml(tmp_path / "out" / "recipe.yaml") == recipe

    separator = keras.saving.load_model(path)
    assert separator.source_names == ("vocals",)
    assert separator.sample_rate_hz == 4000
    assert separator(np.zeros((1, 1009, 2), "float32")).shape == (1, 1009, 2, 1)

    # the page at the end: the validation track in the middle, of at most ten seconds
    page = (tmp_path / "out" / "listen.html").read_text()
    assert page.count('class="lane"') == 3
    (track,) = training.validation_audio(recipe, album)
    assert f"<h2>{track.name}</h2><p>2 s of the data for validation." in page
    vocals = track.read("vocals")
    estimate = separator.separate(track.read_sources(recipe.sources).sum(-1), 4000)["vocals"]
    score = keras_sep.metrics.si_sdr(vocals, estimate)
    assert f"SI-SDR {score:.1f} dB" in page
    assert page.count("<polyline") == 2
    assert page.index("<h2>Scores") < page.index("<h2>Losses")

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    sounds = EventAccumulator(str(tmp_path / "out" / "tensorboard" / "listen"))
    sounds.Reload()
    assert sounds.Tags()["audio"] == ["mixture", "vocals, estimate", "vocals, reference"]
    (logged,) = sounds.Audio("vocals, estimate")
    heard, rate = soundfile.read(io.BytesIO(logged.encoded_audio_string))
    assert rate == 4000
    np.testing.assert_allclose(heard, estimate, atol=2**-15)  # 16 bits


@pytest.mark.fault
def test_a_page_that_cannot_be_written_fails_nothing(album, recipe, single, capsys):
    """The separator is there, and stays what the training is for."""
    recipe = with_fit(recipe, page=True, tensorboard=False)
    ended = training.Checkpoints(single, None, "val_loss", {})
    held_out = training.validation_audio(recipe, album)
    (single / "listen.html").mkdir()
    assert training.result_page(recipe, ended, [], held_out) is None
    (single / "listen.html").rmdir()
    said = capsys.readouterr().err
    assert said.startswith(f"{single}/listen.html: not written (")
    assert said.endswith("the separator is not affected\n")
    assert training.result_page(with_fit(recipe, page=False), ended, [], held_out) is None


def test_a_training_starts_from_the_statistics_of_its_mixtures(
    album, recipe, tmp_path, monkeypatch
):
    """Mean and deviation that NumPy finds in the whole tracks, in the network's first layer.

    The network is made once with weights; what is checked before has shapes alone.
    """
    started, starts = {}, []

    @functools.wraps(zoo.open_unmix)
    def counted(*arguments, mean=None, **others):
        starts.append(mean is not None)
        return zoo_open_unmix(*arguments, mean=mean, **others)

    zoo_open_unmix = zoo.open_unmix
    monkeypatch.setattr(zoo, "open_unmix", counted)

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for weight in self.model.get_layer("vocals_input").trainable_weights:
                started[weight.name] = keras.ops.convert_to_numpy(weight)

    recipe = with_fit(recipe, epochs=1, tensorboard=False)
    # one excerpt a track: the last of several would overlap the one before and count twice
    recipe = with_data(recipe, excerpt_seconds=2.0, excerpts_per_track=2)
    training.train(recipe, album, tmp_path, callbacks=[Look()], verbose=0)
    assert starts == [False, True]
    mixtures = [
        track.read_sources(recipe.sources).sum(-1) for track in data.find_tracks(album, "train")
    ]
    spectra = ops.stft(np.stack(mixtures), 128, 32)
    magnitudes = np.hypot(*(np.asarray(part, np.float64) for part in spectra))
    # spectra in float32 by two transforms
    np.testing.assert_allclose(started["shift"], -magnitudes.mean((0, 1, 3)), rtol=1e-4)
    np.testing.assert_allclose(started["scale"], 1 / magnitudes.std((0, 1, 3)), rtol=1e-4)


def test_best_epoch_is_kept(album, recipe, tmp_path):
    """A rate that wrecks the network after the first epoch: the separator is the first epoch's."""

    class Wreck(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 100.0

    recipe = with_fit(recipe, epochs=3, plateau_patience=None, clip_norm=None)
    path = training.train(recipe, album, tmp_path, callbacks=[Wreck()], verbose=0)
    losses = [row["val_loss"] for row in log(tmp_path)]
    assert min(losses) == losses[0]
    network = keras.saving.load_model(path).networks
    network.compile(loss=training.build_loss(recipe))
    held_out = training.validation_dataset(recipe, training.validation_audio(recipe, album), None)
    # the same sums in another order: float32
    np.testing.assert_allclose(network.evaluate(held_out, verbose=0), losses[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("precision", "place"), [("mixed_bfloat16", "pipeline"), ("mixed_float16", "model")]
)
def test_half_precision(album, recipe, single, tmp_path, precision, place):
    """It trains nearly as float32 does, and leaves a float32 separator."""
    recipe = with_data(recipe, spectrograms=place)
    recipe = with_fit(recipe, epochs=4, tensorboard=False)
    half, found = with_fit(recipe, precision=precision), set()

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            network = getattr(self.model, "network", self.model)
            found.update(layer.dtype_policy.name for layer in network.layers if layer.weights)

    path = training.train(half, album, tmp_path / "half", callbacks=[Look()], verbose=0)
    assert found == {precision}
    assert keras.config.dtype_policy().name == "float32"

    losses = [[row["val_loss"] for row in log(folder)] for folder in (tmp_path / "half", single)]
    assert losses[0][-1] < losses[0][0]
    # three digits a rounding, over a dozen steps of Adam
    np.testing.assert_allclose(losses[0], losses[1], rtol=0.05)

    network = keras.saving.load_model(path).networks
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    network.compile(loss=training.build_loss(recipe))
    held_out = training.validation_audio(recipe, album)
    spectra = training.validation_dataset(
        with_data(recipe, spectrograms="pipeline"), held_out, None
    )
    # the best epoch's weights, now in float32
    assert network.evaluate(spectra, verbose=0) == pytest.approx(min(losses[0]), rel=0.02)


@pytest.mark.parametrize("place", ["pipeline", "model"])
def test_the_separator_is_kept_without_the_optimizer(album, recipe, tmp_path, place):
    path = training.train(
        with_fit(with_data(recipe, spectrograms=place), epochs=1), album, tmp_path, verbose=0
    )
    for kept in (path, tmp_path / "best.keras"):
        with zipfile.ZipFile(kept) as archive:
            weights = io.BytesIO(archive.read("model.weights.h5"))
        names: list[str] = []
        with h5py.File(weights) as file:
            file.visit(names.append)
        assert any("layers" in name for name in names)
        assert not any("optimizer" in name for name in names)


@pytest.mark.parametrize("place", ["pipeline", "model"])
def test_the_reader_of_the_recipe_is_used(album, recipe, tmp_path, monkeypatch, place):
    monkeypatch.setitem(sys.modules, "tensorflow_io", None)  # not there, wherever this runs
    recipe = with_data(recipe, spectrograms=place, reader="tfio")
    tracks = training.training_audio(recipe, album)
    with pytest.raises(ImportError, match=r'reader="tfio" needs tensorflow-io'):
        training.training_dataset(recipe, tracks, tmp_path)


def test_tracks_named_in_the_recipe(album, recipe):
    wanted = data.find_tracks(album, "train")[1].name
    tracks = training.training_audio(with_data(recipe, tracks=(wanted,)), album)
    assert [track.name for track in tracks] == [wanted]
    with pytest.raises(ValueError, match="train: has no track nobody"):
        training.training_audio(with_data(recipe, tracks=("nobody",)), album)
