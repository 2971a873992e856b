"""Validation by the scores of separated songs."""

import dataclasses
import io
import json
import math

import h5py
import keras
import numpy as np
import pytest
import soundfile
from small_runs import SMALL, small_recipe, with_data, with_fit

import keras_sep_cli
from keras_sep import data, metrics, training
from keras_sep.training.score_settings import ScoreSettings
from keras_sep.training.song_scores import NewScores, SongScores


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    root = tmp_path_factory.mktemp("songs")
    return data.synthetic_band(root, train=2, valid=2, test=0, seconds=2.0, sample_rate_hz=4000)


@pytest.fixture(scope="module")
def scored():
    """At half the rate of the songs, with all that has a memory."""
    recipe = small_recipe(
        SMALL, learning_rate=0.01, epochs=5, ema_momentum=0.5,
        patience=9, plateau_patience=1, plateau_cooldown=0, tensorboard=True,
        score={"every": 2}, norms=True,
    )  # fmt: skip
    return dataclasses.replace(recipe, targets=("vocals", "drums"), sample_rate_hz=2000)


class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def unbroken(songs, scored, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken")
    training.train(scored, songs, out, verbose=0)
    return out


def rows(out):
    lines = (out / "log.csv").read_text().splitlines()
    header = lines[0].split(",")
    return [
        {name: float(text) for name, text in zip(header, line.split(","), strict=True) if text}
        for line in lines[1:]
    ]


def state(out):
    with h5py.File(out / "last.weights.h5") as file:
        arrays = {}
        file.visititems(lambda name, item: arrays.update({name: np.array(item)})
                        if isinstance(item, h5py.Dataset) else None)  # fmt: skip
        kept = json.loads(file.attrs["keras_sep_training_state"])
    kept["counters"].pop("clock")
    kept.pop("best_digest")  # Keras writes the date into the separator
    return arrays, kept


def test_the_score_is_that_of_evaluate_for_the_kept_separator(songs, unbroken, tmp_path):
    table = rows(unbroken)
    assert [row["epoch"] for row in table if "val_si_sdr" in row] == [0, 2, 4]
    assert all(row["gradient_norm"] > 0 and row["weight_norm"] > 0 for row in table)
    report = tmp_path / "scores.json"
    options = ["--model", str(unbroken / "separator.keras"), "--no-bss-eval", "--json", str(report)]
    assert keras_sep_cli.main(["evaluate", "--references", str(songs / "valid"), *options]) == 0
    wanted = {
        name: scores["si_sdr_db"]
        for name, scores in json.loads(report.read_text())["median"].items()
    }
    best = max((row for row in table if "val_si_sdr" in row), key=lambda row: row["val_si_sdr"])
    # the average of the weights goes in and out by additions, which round
    for name in ("vocals", "drums"):
        assert best[f"val_si_sdr_{name}"] == pytest.approx(wanted[name], abs=1e-4)
    assert best["val_si_sdr"] == pytest.approx(np.mean([*wanted.values()]), abs=1e-4)
    _, kept = state(unbroken)
    assert kept["monitor"] == "val_si_sdr"
    assert (kept["best"], kept["best_epoch"]) == (best["val_si_sdr"], best["epoch"] + 1)
    assert kept["counters"]["early_stopping"]["best"] == best["val_si_sdr"]


def test_resumed_it_is_the_unbroken_one_to_the_bit(songs, scored, unbroken, tmp_path):
    """Killed after an epoch that was scored; the one after it is not."""
    with pytest.raises(KeyboardInterrupt):
        training.train(scored, songs, tmp_path, callbacks=[Kill()], verbose=0)
    training.train(scored, songs, tmp_path, resume=True, verbose=0)
    (one, one_state), (two, two_state) = state(unbroken), state(tmp_path)
    assert one_state == two_state
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)
    tables = [[{**row, "seconds": 0} for row in rows(out)] for out in (unbroken, tmp_path)]
    assert tables[0] == tables[1]


def test_tensorboard_has_the_score_and_the_first_song(songs, scored, unbroken):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(str(unbroken / "tensorboard" / "songs"), {"images": 0, "audio": 0})
    log.Reload()
    names = ["vocals, estimate", "vocals, reference", "drums, estimate", "drums, reference"]
    assert log.Tags()["audio"] == ["mixture", *names]
    assert log.Tags()["images"] == ["mixture", *names, "vocals, mask", "drums, mask"]
    table = [row for row in rows(unbroken) if "val_si_sdr" in row]
    ratios = [row["val_si_sdr"] for row in table]
    better = [i for i, ratio in enumerate(ratios) if ratio > max(ratios[:i], default=-math.inf)]
    epochs = [event.step for event in log.Images("vocals, mask")]
    assert epochs == [table[i]["epoch"] + 1 for i in better]
    first = training.validation_audio(scored, songs)[0]
    heard, rate = soundfile.read(io.BytesIO(log.Audio("drums, reference")[0].encoded_audio_string))
    truth, _ = data.read_audio(first.stems["drums"])
    assert rate == 4000
    np.testing.assert_allclose(heard, truth, atol=2**-15)  # 16 bits
    assert log.Images("mixture")[0].encoded_image_string[1:4] == b"PNG"


class Halves:
    """A separator whose first estimate is the mixture plus an echo, and the other silent."""

    source_names, sample_rate_hz, channels = ("bass", "drums"), 4000, 2
    interchangeable_sources, networks = False, None

    def __init__(self, silent=("drums",)):
        self.silent = silent

    def __call__(self, waveform, training=False):
        echo = 0.5 * keras.ops.roll(waveform, 3, axis=1)
        stems = {"bass": waveform + echo, "drums": echo}
        parts = [stems[n] * (n not in self.silent) for n in self.source_names]
        return keras.ops.stack(parts, axis=-1)


def test_silence_has_no_score(songs, tmp_path):
    (first, _) = data.find_tracks(songs, "valid", sample_rate_hz=4000, channels=2)
    scores = SongScores(Halves(), [first], ("drums", "bass", "other", "vocals"), ScoreSettings())
    scores.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    logs = {"loss": 1.0}
    scores.on_epoch_end(0, logs)
    NewScores(scores).on_epoch_end(0, logs)
    mixture = first.read_mixture()
    wanted = metrics.si_sdr(first.read("bass"), mixture + 0.5 * np.roll(mixture, 3, axis=0))
    assert logs == {"loss": 1.0, "val_si_sdr_bass": pytest.approx(wanted, abs=1e-4)}
    assert scores.state == {"last": -math.inf, "best": -math.inf}

    sdr = SongScores(Halves(), [first], scores.sources, ScoreSettings("sdr"))
    sdr.set_model(scores.model)
    sdr.on_epoch_end(0, logs)
    assert logs["val_sdr_drums"] == 0.0
    assert logs["val_sdr"] == pytest.approx(logs["val_sdr_bass"] / 2)
    before = dict(logs)
    logs["loss"] = math.nan
    sdr.on_epoch_end(1, logs)
    NewScores(sdr).on_epoch_end(1, logs)
    before.pop("val_sdr")
    assert logs.keys() == before.keys()

    # a target that is silent in all songs
    for name in ("bass", "drums", "other", "vocals"):
        audio, rate = data.read_audio(first.stems[name])
        data.write_audio(tmp_path / "a" / f"{name}.wav", audio * (name != "bass"), rate, "float")
    (quiet,) = data.find_tracks(tmp_path, sample_rate_hz=4000, channels=2)
    scores.songs = [quiet]
    with pytest.raises(ValueError, match="Received: silence in bass"):
        scores.scores()
    scores.songs = [quiet, first]  # is not scored in the one
    assert scores.scores()["bass"] == pytest.approx(wanted, abs=1e-4)


def test_what_a_score_needs(songs, scored, tmp_path):
    no_valid = with_data(scored, validation=())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train").symlink_to(songs / "train")
    with pytest.raises(ValueError, match=r"`fit\.score` must have validation audio"):
        training.train(no_valid, tmp_path / "data", tmp_path / "out", verbose=0)
    with pytest.raises(ValueError, match=r"`fit\.score\.metric` must be one of si_sdr, sdr"):
        with_fit(scored, score=ScoreSettings("sir"))
    for songs_wanted in (0, True, "some"):
        with pytest.raises(ValueError, match=r"`fit\.score\.songs` must be all, or a whole number"):
            ScoreSettings(songs=songs_wanted)
