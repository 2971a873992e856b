"""`fit` from a recipe: the three places of the STFT, the files it leaves, resuming, mirroring."""

import csv
import dataclasses
import resource
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import soundfile

from keras_sep import data, layers, ops, training

SCRIPT = Path(__file__).resolve().parents[2] / "training" / "train.py"


def log(out):
    with (out / "log.csv").open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def with_fit(recipe, **changes):
    return dataclasses.replace(recipe, fit=dataclasses.replace(recipe.fit, **changes))


def with_data(recipe, **changes):
    return dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, **changes))


def test_training_lowers_the_loss_and_leaves_a_separator(album, recipe, tmp_path):
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


def test_a_training_starts_from_the_statistics_of_its_mixtures(album, recipe, tmp_path):
    """Mean and deviation that NumPy finds in the whole tracks, in the network's first layer."""
    started = {}

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for weight in self.model.get_layer("vocals_input").trainable_weights:
                started[weight.name] = keras.ops.convert_to_numpy(weight)

    recipe = with_fit(recipe, epochs=1, tensorboard=False)
    # one excerpt a track: the last of several would overlap the one before and count twice
    recipe = with_data(recipe, excerpt_seconds=2.0, excerpts_per_track=2)
    training.train(recipe, album, tmp_path, callbacks=[Look()], verbose=0)
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


def test_the_three_places_train_alike(album, recipe, tmp_path):
    """The same excerpts, spectra equal to 1e-6: losses after three epochs agree to 1e-4."""
    recipe = with_fit(recipe, epochs=3)
    losses = {}
    for place in ("pipeline", "cached", "model"):
        training.train(with_data(recipe, spectrograms=place), album, tmp_path / place, verbose=0)
        losses[place] = [(row["loss"], row["val_loss"]) for row in log(tmp_path / place)]
    np.testing.assert_allclose(losses["cached"], losses["pipeline"], rtol=1e-4)
    np.testing.assert_allclose(losses["model"], losses["pipeline"], rtol=1e-4)
    assert any((tmp_path / "cached" / "cache").iterdir())


def test_spectrograms_on_the_device_are_the_pipelines(recipe):
    """One step on stems equals one step of the network on their spectrograms, weights included."""
    recipe = dataclasses.replace(recipe, targets=("vocals", "bass"))
    stems = keras.random.normal((3, 1600, 2, 4), seed=3) * 0.1
    stft = layers.STFT(128, 32)
    magnitude = layers.Magnitude()
    middle = slice(2, -2)  # the frames beyond are there for half a frame of context
    x = magnitude(stft(keras.ops.sum(stems, axis=-1)))[:, middle]
    y = keras.ops.stack(
        [magnitude(stft(stems[..., place]))[:, middle] for place in (3, 1)], axis=-1
    )

    results = []
    for place, batch in (("pipeline", (x, y)), ("model", (stems, None))):
        keras.utils.set_random_seed(5)
        placed = with_data(recipe, spectrograms=place)
        network = training.build_network(placed)
        model = training.build_model(placed, network)
        model.compile(training.build_optimizer(placed), loss=training.build_loss(placed))
        model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
        loss = model.train_on_batch(*batch)
        results.append((loss, network.get_weights()))
    (loss, weights), (loss_on_device, weights_on_device) = results
    np.testing.assert_allclose(loss_on_device, loss, rtol=1e-6)
    for one, other in zip(weights, weights_on_device, strict=True):
        # Adam's first step is the rate times the gradient's sign: where the gradient is zero but
        # for rounding (1e-7) the step may differ, by less than a tenth of the rate
        np.testing.assert_allclose(other, one, atol=0.1 * recipe.fit.learning_rate)


class Seen(keras.losses.Loss):
    """What a loss was asked to compare, batch by batch."""

    def __init__(self):
        super().__init__()
        self.pairs = []

    def call(self, y_true, y_pred):
        self.pairs.append([keras.ops.convert_to_numpy(part) for part in (y_pred, y_true)])
        return keras.ops.mean(y_pred)


@pytest.mark.parametrize("frame_length", [128, 512])  # a small and a large part of the excerpt
def test_the_model_sees_the_spectrograms_of_the_pipeline(album, recipe, tmp_path, frame_length):
    """Excerpt for excerpt, those at a track's ends too, where the pipeline reflects."""
    recipe = dataclasses.replace(
        recipe, targets=("vocals", "bass"), stft=training.STFTSettings(frame_length, 32)
    )
    on_device = with_data(recipe, spectrograms="model")
    mixture = keras.Input((None, recipe.bins, 2))
    model = training.build_model(on_device, keras.Model(mixture, keras.layers.Identity()(mixture)))
    tracks = training.training_audio(recipe, album)
    for make, settings in (
        (training.training_dataset, {"epoch": 3}),
        (training.validation_dataset, {}),  # whole tracks, and so both ends
    ):
        seen = Seen()
        model.compile(loss=seen, run_eagerly=True)
        model.evaluate(make(on_device, tracks, tmp_path, **settings), verbose=0)
        expected = [[*batch] for batch in make(recipe, tracks, tmp_path, **settings)]
        assert len(seen.pairs) == len(expected) == 3
        for found, wanted in zip(seen.pairs, expected, strict=True):
            for one, other in zip(found, wanted, strict=True):
                # float32 sums of up to 512 terms, by two transforms
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-6 * np.max(other))


def test_context_is_whole_hops(album, recipe):
    network = training.build_network(recipe)
    with pytest.raises(ValueError, match=r"multiple of the hop.*context=33, hop_length=32"):
        training.OnDeviceSpectrograms(network, layers.STFT(128, 32), (0,), None, context=33)
    tracks = training.training_audio(recipe, album)
    for wrong in ({"hop_length": 0}, {"context": -1}):
        with pytest.raises(ValueError, match="`hop_length` must be at least 1, and `context` at"):
            data.excerpts(tracks, recipe.sources, **wrong)


@pytest.mark.parametrize("place", ["pipeline", "model"])
def test_the_reader_of_the_recipe_is_used(album, recipe, tmp_path, monkeypatch, place):
    monkeypatch.setitem(sys.modules, "tensorflow_io", None)  # not there, wherever this runs
    recipe = with_data(recipe, spectrograms=place, reader="tfio")
    tracks = training.training_audio(recipe, album)
    with pytest.raises(ImportError, match=r'reader="tfio" needs tensorflow-io'):
        training.training_dataset(recipe, tracks, tmp_path)


def start(recipe, album, out, *arguments):
    out.parent.mkdir(exist_ok=True)
    path = out.with_suffix(".yaml")
    path.write_text(recipe.to_yaml())
    command = [sys.executable, SCRIPT, path, "--data", album, "--out", out, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process):
    _, complaint = process.communicate(timeout=500)
    assert process.returncode == 0, complaint
    return complaint


def test_killed_training_goes_on_as_if_nothing_happened(album, recipe, tmp_path):
    """SIGKILL in the middle: epochs, losses, rates and the separator equal an unbroken training."""
    recipe = with_fit(recipe, epochs=24, tensorboard=False)
    killed = start(recipe, album, tmp_path / "killed")
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and killed.poll() is None:
        path = tmp_path / "killed" / "log.csv"
        if path.is_file() and len(path.read_text().splitlines()) > 5:
            break
        time.sleep(0.02)
    killed.kill()
    killed.communicate()
    done = len(log(tmp_path / "killed"))
    assert 4 <= done < 24  # killed in the middle, not at the end
    training.train(recipe, album, tmp_path / "killed", resume=True, verbose=0)

    training.train(recipe, album, tmp_path / "unbroken", verbose=0)
    resumed, unbroken = log(tmp_path / "killed"), log(tmp_path / "unbroken")
    assert [row["epoch"] for row in resumed] == list(range(24))
    # the plateau callback has lowered the rate on both sides of the kill, by its own counters
    assert unbroken[done]["learning_rate"] != unbroken[-1]["learning_rate"]
    for name in ("loss", "val_loss", "learning_rate"):
        np.testing.assert_allclose(
            [row[name] for row in resumed],
            [row[name] for row in unbroken],
            rtol=2e-3,  # threads add in another order each run, and the epochs amplify it
            err_msg=name,
        )
    stems = [
        keras.saving.load_model(tmp_path / out / "separator.keras")(
            keras.random.normal((1, 2000, 2), seed=1)
        )
        for out in ("killed", "unbroken")
    ]
    np.testing.assert_allclose(stems[0], stems[1], atol=5e-3)


def test_early_stopping_and_finished_trainings(album, recipe, tmp_path):
    """Patience survives in the checkpoint; a finished training does not train again."""
    recipe = with_fit(
        recipe, epochs=9, patience=2, plateau_patience=None, learning_rate=1e-30, tensorboard=False
    )
    # batch normalisation's statistics still move: freeze them so that nothing can improve
    recipe = with_data(recipe, incoherent=0.0)

    class Frozen(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = 1.0

    train_epochs = []

    class Count(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            train_epochs.append(epoch)

    network = training.build_network(recipe)
    network.compile(training.build_optimizer(recipe), loss=training.build_loss(recipe))
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    tracks = training.training_audio(recipe, album)
    callbacks, checkpoints = training.build_callbacks(recipe, tmp_path, network, validated=True)
    network.fit(
        training.training_dataset(recipe, tracks, tmp_path),
        epochs=9, callbacks=[Frozen(), *callbacks, Count()], shuffle=False, verbose=0,
    )  # fmt: skip
    assert train_epochs == [0, 1, 2]
    assert checkpoints.finished
    path = training.train(recipe, album, tmp_path, resume=True, verbose=0)
    assert path.is_file()
    assert len(log(tmp_path)) == 3


def test_time_limit_counts_across_resumes(album, recipe, tmp_path):
    """The clock stops training; here with the spectrograms on the device."""
    recipe = with_data(recipe, spectrograms="model")
    recipe = with_fit(recipe, epochs=10_000, time_limit_seconds=0.5, tensorboard=False)
    recipe = with_fit(recipe, plateau_patience=None, final_learning_rate=1e-5)
    path = training.train(recipe, album, tmp_path, verbose=0)
    assert keras.saving.load_model(path).source_names == ("vocals",)
    rows = log(tmp_path)
    assert rows[-1]["seconds"] >= 0.5
    assert all(row["seconds"] < 0.5 for row in rows[:-1])
    training.train(recipe, album, tmp_path, resume=True, verbose=0)
    assert log(tmp_path) == rows


MIRRORED = """
import runpy, sys
import tensorflow as tf
from keras_sep import training

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy
tf.distribute.MirroredStrategy = lambda: strategy(["CPU:0", "CPU:1"])  # it would look for GPUs
assert training.distribution(mirrored=True).num_replicas_in_sync == 2
script, album, folder = sys.argv[1:]

def run(out, *more):
    sys.argv = [script, folder + "/recipe.yaml", "--data", album, "--out", folder + out,
                "--strategy", "mirrored", *more]
    runpy.run_path(script, run_name="__main__")

run("/pipeline", "--epochs", "1")
sys.path.insert(0, folder)
import twins
training.training_dataset = twins.twins
run("/two")
"""

# Batches whose halves are the same, and so have the same statistics in batch normalisation, which
# each device takes of its own half.
TWINS = """
import numpy as np
import tensorflow as tf
from keras_sep.training import datasets

dataset = datasets.training_dataset

def twins(*arguments, **settings):
    parts = (np.stack(part) for part in zip(*dataset(*arguments, **settings)))
    twice = tuple(np.concatenate([part[:, :2]] * 2, axis=1) for part in parts)
    return tf.data.Dataset.from_tensor_slices(twice)  # fixed: TensorFlow would batch anew
"""


def test_mirrored_equals_one_device(album, recipe, tmp_path, monkeypatch):
    """The script on two logical CPU devices that share the batch: the losses of one device."""
    recipe = with_fit(recipe, epochs=3, tensorboard=False)
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml())
    (tmp_path / "twins.py").write_text(TWINS)
    command = [sys.executable, "-c", MIRRORED, str(SCRIPT), str(album), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr

    # the pipeline itself: 12 excerpts of two tracks, four a step
    (row,) = log(tmp_path / "pipeline")
    assert np.isfinite([row["loss"], row["val_loss"]]).all()
    with h5py.File(tmp_path / "pipeline" / "last.weights.h5") as file:
        assert file["optimizer/vars/0"][()] == 3  # the optimiser's count of its steps

    monkeypatch.syspath_prepend(tmp_path)
    import twins

    monkeypatch.setattr(training.datasets, "training_dataset", twins.twins)
    training.train(recipe, album, tmp_path / "one", verbose=0)
    two, one = log(tmp_path / "two"), log(tmp_path / "one")
    assert two[-1]["val_loss"] < two[0]["val_loss"]
    for name in ("loss", "val_loss"):
        # gradients of two halves added in float32, nine steps of Adam
        np.testing.assert_allclose(
            [row[name] for row in two], [row[name] for row in one], rtol=1e-4, err_msg=name
        )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model": training.Named("closed_unmix")}, "`model.name` must be one of .*open_unmix"),
        ({"model": training.Named("open_unmix", {"hiden": 3})}, "`model.arguments`: .*hiden"),
        ({"loss": training.Named("SpectrogramLos")}, "`loss.name` must be one of SISDR"),
        (
            {"target": training.Named("stft")},
            "`target.name` must be one of clustering_target, deep",
        ),
    ],
)
def test_names_that_do_not_exist(album, recipe, tmp_path, changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        training.train(dataclasses.replace(recipe, **changes), album, tmp_path)


def test_folders_are_not_overwritten(album, recipe, tmp_path):
    (tmp_path / "last.weights.h5").touch()
    with pytest.raises(ValueError, match="holds a training; resume it or choose another folder"):
        training.train(recipe, album, tmp_path)
    with pytest.raises(ValueError, match="holds no training to resume"):
        training.train(recipe, album, tmp_path / "empty", resume=True)


@pytest.mark.parametrize(("loss", "name"), [(1.0, "best.keras"), (3.0, "last.weights.h5")])
def test_a_full_disk_leaves_the_checkpoints_that_were_there(recipe, tmp_path, loss, name):
    """The kernel refuses to let any file grow past 9000 bytes, as a full disk would."""
    network = training.build_network(recipe)
    network.compile(training.build_optimizer(recipe), loss=training.build_loss(recipe))
    network.optimizer.build(network.trainable_variables)
    separator = training.build_separator(recipe, network)
    checkpoints = training.Checkpoints(tmp_path, separator, "loss", {})
    checkpoints.set_model(network)
    checkpoints.on_epoch_end(0, {"loss": 2.0})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(before) == ["best.keras", "last.weights.h5"]

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, hard))
    try:
        with pytest.raises(ValueError) as refused:
            checkpoints.on_epoch_end(1, {"loss": loss})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(refused.value) == f"{tmp_path / name}: not written (File too large)"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_checkpoint_that_is_none(recipe, tmp_path):
    path = tmp_path / "last.weights.h5"
    checkpoints = training.Checkpoints(tmp_path, training.build_network(recipe), "loss", {})
    path.write_bytes(b"half a")
    with pytest.raises(ValueError, match=r"last\.weights\.h5: is no checkpoint of a training"):
        checkpoints.restore(None)
    with h5py.File(path, "w"):
        pass
    with pytest.raises(ValueError, match=r"last\.weights\.h5: is no checkpoint of a training"):
        checkpoints.restore(None)


def test_the_script_says_in_one_line_what_cannot_be_read(recipe, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "band/train")

    path = tmp_path / "recipe.yaml"
    path.write_text(recipe.to_yaml())
    monkeypatch.setattr(training, "training_audio", refuse)
    arguments = ["train.py", path, "--data", "band", "--out", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", [str(argument) for argument in arguments])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert stopped.value.code == "train.py: [Errno 13] Permission denied: 'band/train'"


def test_tracks_named_in_the_recipe(album, recipe):
    wanted = data.find_tracks(album, "train")[1].name
    tracks = training.training_audio(with_data(recipe, tracks=(wanted,)), album)
    assert [track.name for track in tracks] == [wanted]
    with pytest.raises(ValueError, match=r"`data\.tracks` names what is not there: nobody"):
        training.training_audio(with_data(recipe, tracks=("nobody",)), album)


def broken(album, folder, damage):
    """A copy of the album with one stem of each track damaged."""
    shutil.copytree(album, folder)
    for path in folder.glob("train/*/vocals.wav"):
        damage(path)
    return folder


def with_a_nan(path):
    samples, sample_rate_hz = data.read_audio(path)
    samples[4001] = np.nan
    soundfile.write(path, samples, sample_rate_hz, subtype="FLOAT")


def cut_short(path):
    """FLAC under a WAV's name: the header promises what the file no longer holds."""
    samples, sample_rate_hz = data.read_audio(path)
    soundfile.write(path, samples, sample_rate_hz, format="FLAC")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


@pytest.mark.parametrize("damage", [with_a_nan, cut_short])
@pytest.mark.parametrize("place", ["pipeline", "cached", "model"])
def test_bad_audio_is_named_in_one_line(album, recipe, tmp_path, damage, place):
    root = broken(album, tmp_path / "broken", damage)
    with pytest.raises(ValueError, match=r"song \d+/vocals\.wav: ") as error:
        training.train(with_data(recipe, spectrograms=place), root, tmp_path / "out", verbose=0)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(root))


# Keras's CSVLogger leaves its file to the garbage collector when `fit` raises
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_bad_audio_met_in_the_middle_of_fit(album, recipe, tmp_path):
    """It was whole when the statistics were taken."""
    root = broken(album, tmp_path / "album", lambda path: None)

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                for path in root.glob("train/*/vocals.wav"):
                    with_a_nan(path)

    with pytest.raises(ValueError, match=r"^[^\n]*vocals\.wav: sample 4001 is NaN or infinite$"):
        training.train(recipe, root, tmp_path / "out", callbacks=[Spoil()], verbose=0)


def test_the_script_names_bad_audio_in_one_line(album, recipe, tmp_path):
    root = broken(album, tmp_path / "broken", with_a_nan)
    process = start(recipe, root, tmp_path / "out")
    _, complaint = process.communicate(timeout=500)
    assert process.returncode == 1
    assert "Traceback" not in complaint
    assert "InvalidArgument" not in complaint
    assert complaint.splitlines()[-1].startswith(f"train.py: {root}/train/song")
    assert complaint.endswith("vocals.wav: sample 4001 is NaN or infinite\n")


# Keras warns of what it could not load before it raises
@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_a_recipe_that_does_not_fit_leaves_the_old_one(album, recipe, tmp_path):
    recipe = with_fit(recipe, epochs=1, tensorboard=False)
    training.train(recipe, album, tmp_path, verbose=0)
    kept = (tmp_path / "recipe.yaml").read_text()
    wider = training.Named("open_unmix", {**recipe.model.arguments, "hidden": 8})
    with pytest.raises(ValueError, match="is of another model than the recipe's"):
        training.train(dataclasses.replace(recipe, model=wider), album, tmp_path, resume=True)
    assert (tmp_path / "recipe.yaml").read_text() == kept
    longer = with_fit(recipe, epochs=2)
    training.train(longer, album, tmp_path, resume=True, verbose=0)
    assert training.Recipe.from_yaml(tmp_path / "recipe.yaml") == longer
