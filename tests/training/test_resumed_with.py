"""What `resume` makes of other recipes, of damaged folders, and of trainings that have ended."""

import dataclasses
import json
import os
import shutil

import h5py
import keras
import numpy as np
import pytest
from small_runs import SMALL, log, small_recipe, with_data, with_fit

from keras_sep import training
from keras_sep.training._training_state import TrainingState, read_state, write_state
from keras_sep.training.resume import MAY_CHANGE, changed_keys, keep_recipe, take_up, why_ended

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def small():
    return small_recipe(patience=30)


@pytest.fixture(scope="module")
def trained(small, album, tmp_path_factory):
    """Two epochs, to be copied."""
    out = tmp_path_factory.mktemp("trained") / "out"
    training.train(small, album, out, verbose=0)
    return out


@pytest.fixture
def out(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "out")


@pytest.fixture(scope="module")
def network(small):
    network = training.build_network(small)
    network.compile(training.build_optimizer(small), loss=training.build_loss(small))
    return network


def taken_up(recipe, network, out):
    """What `train` does before it reads audio, and what it does before it fits."""
    changed_keys(recipe, out)
    _, checkpoints = training.build_callbacks(recipe, out, network, ["a track"])
    take_up(recipe, network, checkpoints)
    return checkpoints


def test_keys_that_may_change_are_taken_up(small, network, out, capsys):
    """Each of the stated list, among them those that were left out before."""
    recipe = with_fit(
        small, epochs=9, patience=None, plateau_patience=3, plateau_factor=0.5, learning_rate=1e-6,
        time_limit_seconds=1e6, clip_norm=1.0, weight_decay=1e-9, batch_size=2, jit=True,
        tensorboard=True,
    )  # fmt: skip
    recipe = with_data(recipe, parallel_calls=3, bad_audio="skip")
    network.compile(training.build_optimizer(recipe), loss=training.build_loss(recipe))
    checkpoints = taken_up(recipe, network, out)
    assert checkpoints.epochs_done == 2
    optimizer, counters = network.optimizer, checkpoints.counters
    assert float(optimizer.learning_rate) == pytest.approx(1e-6)
    assert (optimizer.global_clipnorm, optimizer.l2) == (1.0, 1e-9)
    assert (counters["plateau"].patience, counters["plateau"].factor) == (3, 0.5)
    assert counters["clock"].limit_seconds == 1e6
    assert training.Recipe.from_yaml(out / "recipe.yaml") == recipe
    said = capsys.readouterr().err
    assert "`fit.epochs` was 2 and is 9" in said
    assert "`fit.patience` was 30 and is None" in said
    # each of the list is a key of a recipe
    for name in MAY_CHANGE:
        section, _, key = name.rpartition(".")
        assert hasattr(getattr(recipe, section) if section else recipe, key)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"targets": ("drums",)}, r"`targets` was \['vocals'\] and is \['drums'\]"),
        ({"loss": training.Named("SpectrogramLoss", {"norm": "l1"})}, "`loss.arguments.norm` was"),
        ({"model": training.Named("open_unmix", {**SMALL, "dropout": 0.1})}, "dropout` was None"),
        ({"sources": ("bass", "drums", "other", "vocals")}, "`sources` was"),
        (
            {"license": "CC0"},
            "`license` was None and is 'CC0'",
        ),  # what is saved carries the old one
        ({"seed": 1}, "`seed` was 42 and is 1"),
        ({"sample_rate_hz": 8000}, "`sample_rate_hz` was 4000 and is 8000"),
        ({"stft": training.STFTSettings(64, 16)}, "`stft.hop_length` was 32 and is 16"),
        ({"data": training.DataSettings(excerpt_seconds=0.2)}, "`data.excerpt_seconds` was 0.4"),
        ({"fit": training.FitSettings(precision="mixed_float16")}, "`fit.precision` was 'float32'"),
        ({"post_filter": training.Named("WienerFilter")}, "`post_filter` was None"),
    ],
)
def test_everything_else_is_refused_by_name(small, out, changes, said):
    """Also where `recipe.yaml` was changed by hand: what was trained is in the checkpoint."""
    other = dataclasses.replace(small, **changes)
    (out / "recipe.yaml").write_text(other.to_yaml())
    with pytest.raises(ValueError, match=said):
        changed_keys(other, out)


@pytest.mark.fault
def test_a_window_as_long_as_a_recipe_may_be_is_read_back(small, network, tmp_path):
    window = np.random.default_rng(0).random(2**13)
    recipe = dataclasses.replace(small, stft=training.STFTSettings(2**13, 2**11, window))
    state = TrainingState(epochs_done=1, best=1.0, counters={})
    write_state(tmp_path / "last.weights.h5", network, state, recipe.to_yaml())
    assert changed_keys(recipe, tmp_path) == {}
    keep_recipe(recipe, tmp_path)
    assert training.Recipe.from_yaml(tmp_path / "recipe.yaml") == recipe


@pytest.mark.fault
def test_a_recipe_that_could_not_be_read_back_is_refused(small, tmp_path):
    window = np.random.default_rng(0).random(12_000)
    recipe = dataclasses.replace(small, stft=training.STFTSettings(12_000, 3000, window))
    with pytest.raises(ValueError, match=r"^the recipe must be at most 256 KiB .*`stft.window`"):
        training.train(recipe, tmp_path / "no audio", tmp_path / "out", verbose=0)
    assert not (tmp_path / "out" / "recipe.yaml").exists()


def attributes(**changes):
    """A damage that sets or removes attributes of the checkpoint."""

    def damage(out):
        with h5py.File(out / "last.weights.h5", "a") as file:
            for name, value in changes.items():
                if value is None:
                    del file.attrs[name]
                else:
                    file.attrs[name] = value

    return damage


def state(**changes):
    """A damage that changes the state, of a time when there was no checksum."""

    def damage(out):
        with h5py.File(out / "last.weights.h5", "a") as file:
            values = json.loads(file.attrs["keras_sep_training_state"])
            file.attrs["keras_sep_training_state"] = json.dumps({**values, **changes})
            del file.attrs["keras_sep_checksum"]

    return damage


def cut(name, share):
    def damage(out):
        content = (out / name).read_bytes()
        (out / name).write_bytes(content[: int(len(content) * share)])

    return damage


def flipped(out):
    """One bit of one number."""
    places = []

    def note(_, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "f":
            places.append(item.id.get_offset())

    with h5py.File(out / "last.weights.h5") as file:
        file.visititems(note)
    content = bytearray((out / "last.weights.h5").read_bytes())
    content[places[-1]] ^= 1
    (out / "last.weights.h5").write_bytes(content)


def no_weights(out):
    with h5py.File(out / "last.weights.h5", "a") as file:
        del file["layers"], file.attrs["keras_sep_checksum"]


def a_folder(name):
    def damage(out):
        (out / name).unlink()
        (out / name).mkdir()

    return damage


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (attributes(keras_sep_training_state=None), "last.weights.h5"),
        (attributes(keras_sep_training_state="{}"), "last.weights.h5"),
        (attributes(keras_sep_training_state=7), "last.weights.h5"),
        (attributes(keras_sep_checksum="0"), "last.weights.h5"),
        (state(epochs_done=-3), "last.weights.h5"),
        (state(epochs_done="two"), "last.weights.h5"),
        (state(best=None), "last.weights.h5"),
        (state(counters=[1]), "last.weights.h5"),
        (state(counters={"clock": {"seconds": "x"}}), "last.weights.h5"),
        (state(counters={"early_stopping": {"wait": "x"}}), "last.weights.h5"),
        (state(seeds=[[1, 2]] * 9), "last.weights.h5"),
        (cut("last.weights.h5", 0), "last.weights.h5"),
        (cut("last.weights.h5", 0.5), "last.weights.h5"),
        (flipped, "last.weights.h5"),
        (no_weights, "last.weights.h5"),
        (a_folder("last.weights.h5"), "last.weights.h5"),
        (a_folder("log.csv"), "log.csv"),
        (lambda out: (out / "log.csv").write_bytes(b"epoch,loss\n0,\xff\n"), "log.csv"),
        (lambda out: (out / "log.csv").write_text("0,1.0\n1,2.0\n"), "log.csv"),
        (lambda out: (out / "log.csv").write_text("epoch\n" + "x" * 200_000), "log.csv"),
    ],
)
def test_what_is_damaged_is_named_in_one_line(small, network, out, damage, name):
    damage(out)
    with pytest.raises(ValueError, match=f"^[^\n]*{name}: [^\n]*$"):
        taken_up(small, network, out)


def elsewhere(out):
    """Weights that are a link to another file's."""
    with h5py.File(out / "last.weights.h5", "a") as file:
        del file["optimizer/vars/1"]
        file["optimizer/vars/1"] = h5py.ExternalLink("/etc/other.h5", "x")


def packed(out):
    """Weights that are many of few bytes."""
    with h5py.File(out / "last.weights.h5", "a") as file:
        file.create_dataset("more", shape=(1000, 1000), chunks=True, compression="gzip")


def words_of_another(out):
    """A recipe in another file."""
    (out / "secret").write_bytes(b"model: open_unmix" * 3)
    with h5py.File(out / "last.weights.h5", "a") as file:
        del file["keras_sep_recipe"]
        other = [(str(out / "secret"), 0, 51)]
        file.create_dataset("keras_sep_recipe", (1,), "S51", external=other)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (elsewhere, "a ExternalLink at 'optimizer/vars/1' in HDF5"),
        (packed, "numbers that are packed or missing at 'more' in HDF5"),
        (words_of_another, "numbers of another file at 'keras_sep_recipe' in HDF5"),
    ],
)
def test_weights_that_are_not_in_the_file_are_never_read(out, damage, what):
    damage(out)
    with pytest.raises(
        ValueError, match=rf"^[^\n]*last.weights.h5: not a training checkpoint .*\({what}\)"
    ):
        read_state(out / "last.weights.h5")


@pytest.mark.fault
@pytest.mark.parametrize("name", ["separator.keras", "best.keras", "log.csv", "recipe.yaml"])
def test_a_folder_in_the_place_of_a_file_is_found_at_the_start(small, tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=f"{name}: must become a file.* Received: a folder$"):
        training.train(small, tmp_path / "no audio", tmp_path, verbose=0)


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "\n\n",
        "{log}\n\n",
        "{log}" + "9" * 5000 + ",1,1,1,1\n",
        "{log}epoch 2 was the best\n",
        "{log}9,1,1,1,1\n",
        "\ufeff{log}",
    ],
)
def test_a_log_edited_by_hand_goes_on(small, network, out, lines, capsys):
    before = log(out)
    text = (out / "log.csv").read_text()
    (out / "log.csv").write_text(lines.format(log=text), encoding="utf-8")
    checkpoints = taken_up(small, network, out)
    assert ("log.csv: is missing or empty" in capsys.readouterr().err) == (not lines.strip())
    checkpoints.log.set_model(network)
    checkpoints.log.on_epoch_end(2, {"loss": 1.0, "val_loss": 2.0, "seconds": 3.0})
    rows = log(out)
    assert rows[:-1] == (before if "{log}" in lines else [])
    assert rows[-1]["val_loss"] == 2.0


def test_a_log_that_was_deleted_is_missed(small, network, out, capsys):
    (out / "log.csv").unlink()
    taken_up(small, network, out)
    said = capsys.readouterr().err.splitlines()
    assert said == [f"{out}/log.csv: is missing or empty; the rows of earlier epochs are lost"]


def test_a_cosine_left_out_leaves_no_rate_of_its_own(small, network, out):
    annealed = with_fit(small, final_learning_rate=1e-7)
    (out / "recipe.yaml").write_text(annealed.to_yaml())
    with h5py.File(out / "last.weights.h5", "a") as file:
        del file["keras_sep_recipe"], file.attrs["keras_sep_checksum"]
        rate = file["optimizer/vars/1"]
        assert rate[()] == pytest.approx(small.fit.learning_rate)
        rate[...] = 1e-7
    taken_up(small, network, out)
    assert float(network.optimizer.learning_rate) == pytest.approx(small.fit.learning_rate)


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("damage", [os.remove, lambda path: path.write_bytes(b"half a")])
def test_a_best_that_is_gone_is_made_again(small, network, out, capsys, final, damage):
    damage(out / "best.keras")
    if not final:
        (out / "separator.keras").unlink()
    checkpoints = taken_up(small, network, out)
    assert keras.saving.load_model(out / "best.keras").source_names == ("vocals",)
    said = capsys.readouterr().err
    place = (
        "separator.keras takes its place"
        if final
        else "continuing with the separator after epoch 2"
    )
    assert f"best.keras: is missing or damaged; {place}" in said
    if not final:
        assert checkpoints.best == pytest.approx(log(out)[1]["val_loss"])


@pytest.mark.fault
def test_a_best_that_is_gone_is_not_claimed_by_an_older_separator(small, network, out, capsys):
    """As after a training that went on, improved, and was killed."""
    (out / "separator.keras").write_bytes((out / "best.keras").read_bytes() + b" ")
    (out / "best.keras").unlink()
    checkpoints = taken_up(small, network, out)
    assert "continuing with the separator after epoch 2" in capsys.readouterr().err
    last = pytest.approx(log(out)[1]["val_loss"])
    assert (checkpoints.best, checkpoints.best_epoch) == (last, 2)
    again = taken_up(small, network, out)  # what was said holds for the next one, too
    assert (again.best, again.best_epoch) == (last, 2)
    assert not capsys.readouterr().err


def test_a_checkpoint_of_an_older_version(small, network, out, capsys):
    """Without seeds, checksum and recipe."""
    with h5py.File(out / "last.weights.h5", "a") as file:
        values = json.loads(file.attrs["keras_sep_training_state"])
        old = {name: values[name] for name in ("best", "epochs_done", "counters")}
        file.attrs["keras_sep_training_state"] = json.dumps({**old, "finished": False})
        del file.attrs["keras_sep_checksum"], file["keras_sep_recipe"]
    assert taken_up(small, network, out).epochs_done == 2
    assert "dropout draws other numbers" in capsys.readouterr().err


def test_trainings_that_have_ended_go_on_with_more_of_either(small, network, out):
    """Epochs, patience or time; without more of them the reason is said."""
    checkpoints = taken_up(small, network, out)
    of = why_ended
    assert of(small, checkpoints).startswith("already finished at epoch 2 of 2; raise `fit.epochs`")
    longer = with_fit(small, epochs=9)
    assert of(longer, checkpoints) is None
    checkpoints.counters["early_stopping"].wait = 30
    assert "30 epochs had not improved; raise `fit.patience`" in of(longer, checkpoints)
    assert of(with_fit(longer, patience=31), checkpoints) is None
    assert of(with_fit(longer, patience=None), checkpoints) is None
    limited = with_fit(longer, patience=None, time_limit_seconds=1e-9)
    assert "are used up; raise `fit.time_limit_seconds`" in of(limited, checkpoints)


def test_another_kind_of_validation_is_refused(small, network, out):
    _, checkpoints = training.build_callbacks(small, out, network)
    with pytest.raises(ValueError, match="was trained by its val_loss, not by its loss"):
        checkpoints.restore(network)


def test_a_finished_training_says_so(small, album, out, capsys):
    before = (out / "log.csv").read_bytes()
    training.train(small, album, out, resume=True)
    said = capsys.readouterr().err
    assert "already finished at epoch 2 of 2" in said
    assert "training on 2 tracks, 4.0 s" in said
    assert f"validating on 1 track, 2.0 s, {album}/valid" in said
    assert "network: open_unmix for vocals" in said
    assert f"--model {out}/separator.keras --out stems" in said
    assert (out / "log.csv").read_bytes() == before
    assert read_state(out / "last.weights.h5")[0].epochs_done == 2
