"""`keras-sep report`: a page about a training that has ended, goes on or was interrupted."""

import csv
import json
import re
import shutil
import statistics
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
from small_runs import SMALL, small_recipe

import keras_sep_cli
from keras_sep import data, metrics, training
from keras_sep._folder_lock import only_writer
from keras_sep.inference import load_separator, separate_array
from keras_sep.training._training_state import read_state


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    root = tmp_path_factory.mktemp("songs")
    return data.synthetic_band(root, train=2, valid=2, test=0, seconds=2.0, sample_rate_hz=4000)


class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def killed(songs, tmp_path_factory):
    """Three epochs of five, of which the first and the third are scored."""
    out = tmp_path_factory.mktemp("runs") / "a <run>"
    recipe = small_recipe(SMALL, epochs=5, learning_rate=0.01, score={"every": 2})
    with pytest.raises(KeyboardInterrupt):
        training.train(recipe, songs, out, callbacks=[Kill()], verbose=0)
    return out


@pytest.fixture
def run(killed, tmp_path):
    return shutil.copytree(killed, tmp_path / "a <run>")


def command(*arguments):
    return keras_sep_cli.main(["report", *map(str, arguments)])


def facts(text):
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", text))


def points(text, title):
    """Number of marks of the curves in a section."""
    svg = re.search(f"<h2>{title}</h2>.*?(<svg.*?</svg>)", text, re.DOTALL)[1]
    name = "{http://www.w3.org/2000/svg}polyline"
    return [len(line.get("points").split()) for line in ElementTree.fromstring(svg).iter(name)]


def test_an_interrupted_run(run, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert command(run, "--out", page) == 0
    assert f"report: {page}" in capsys.readouterr().err
    text = page.read_text()
    assert "a &lt;run&gt;: interrupted, epoch 3 of 5; keras-sep train --resume goes on" in text
    assert points(text, "Losses") == [3, 3]
    assert points(text, "Scores") == [2, 2]
    assert points(text, "Learning rate") == [3]
    assert "Excerpts" not in text
    said, state = facts(text), read_state(run / "last.weights.h5")[0]
    assert said["best"] == f"epoch {state.best_epoch}, val_si_sdr {state.best:.6g} dB"
    with (run / "log.csv").open() as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    each = statistics.median(np.diff([0, *seconds]))
    assert said["an epoch"] == f"{each:.3g} s"
    assert said["backend"] == keras.backend.backend()
    assert f"keras {keras.__version__}" in said["packages"]
    assert said["python"].startswith("3.")
    assert "excerpts_per_track: 4" in text  # of the recipe


def test_scores_by_song_are_those_of_the_log(run, songs, tmp_path):
    """Their medians stand in log.csv; what was cut off in the middle of a line is left out."""
    with (run / "song_scores.csv").open() as file:
        rows = [*csv.DictReader(file)]
    assert [int(row["epoch"]) for row in rows] == [0, 0, 2, 2]
    names = {folder.name for folder in (songs / "valid").iterdir()}
    assert {row["song"] for row in rows} == names
    with (run / "log.csv").open() as file:
        logged = {row["epoch"]: row["val_si_sdr_vocals"] for row in csv.DictReader(file)}
    for epoch in ("0", "2"):
        values = [float(row["score_db"]) for row in rows if row["epoch"] == epoch]
        assert np.median(values) == pytest.approx(float(logged[epoch]), abs=1e-4)
    with (run / "song_scores.csv").open("a") as file:
        file.write("4,half")
    with (run / "log.csv").open("a") as file:
        file.write("3,0.1")
    text = training.report(run, tmp_path / "page.html").read_text()
    table = re.search(r"<h2>Scores by song</h2>.*?</table>", text, re.DOTALL)[0]
    cells = re.findall(r'<th scope="row">([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td>', table)
    assert {name for name, *_ in cells} == {f"{name}: vocals" for name in names}
    first = {f"{row['song']}: vocals": float(row["score_db"]) for row in rows[:2]}
    assert all(float(value) == pytest.approx(first[name], abs=0.006) for name, value, _ in cells)


def test_excerpts_are_separated_by_what_is_kept(run, songs, tmp_path):
    page = training.report(run, tmp_path / "page.html", songs)
    text = page.read_text()
    names = sorted(folder.name for folder in (songs / "valid").iterdir())
    assert [name in text for name in names] == [True, True]
    assert text.count('class="lane"') == 2 * 3  # mixture, estimate and reference
    separator = load_separator(run / "best.keras")
    for track in data.find_tracks(songs, "valid", ("drums", "bass", "other", "vocals")):
        mixture = track.read_sources(("drums", "bass", "other", "vocals")).sum(axis=-1)
        estimate = separate_array(separator, mixture, 4000)["vocals"]
        wanted = metrics.si_sdr(track.read("vocals"), estimate)
        found = re.search(rf"{track.name}: vocals</th><td>([^<]+)</td>", text)[1]
        assert float(found) == pytest.approx(wanted, abs=0.006)


def test_a_run_that_goes_on_or_has_ended(run, tmp_path):
    with only_writer(run, "training"):
        assert "going on, epoch 3 of 5." in training.report(run).read_text()
    (run / "best.keras").rename(run / "separator.keras")
    text = training.report(run).read_text()
    assert "ended after 3 epochs of at most 5." in text
    assert facts(text)["separator"].startswith("separator.keras, ")


@pytest.mark.fault
def test_a_run_of_which_little_is_there(run, songs, tmp_path):
    """Before the first epoch, and where files were damaged."""
    for name in ("log.csv", "song_scores.csv", "best.keras"):
        (run / name).unlink()
    (run / "machine.json").write_text('{"half')
    text = training.report(run, tmp_path / "page.html", songs).read_text()
    assert "no epoch is whole yet" in text
    assert "No separator has been saved yet" in text
    assert "<svg" not in text
    assert "Machine" not in text


@pytest.mark.fault
def test_what_cannot_be_reported(run, songs, tmp_path, capsys):
    assert command(tmp_path / "nothing") == 1
    assert command(songs, "--out", tmp_path / "page.html") == 1
    assert command(run, "--out", run / "log.csv") == 1
    (tmp_path / "empty").mkdir()
    assert command(run, "--out", tmp_path / "page.html", "--data", tmp_path / "empty") == 1
    assert command(run, "--songs", "0") == 1
    lines = capsys.readouterr().err.splitlines()
    for line, words in zip(
        lines,
        ("no such folder", "contains no training, as it has no recipe.yaml", "is not a page, and",
         "empty: contains no validation audio", "must be a positive integer"),
        strict=True,
    ):  # fmt: skip
        assert words in line, line
    assert len((run / "log.csv").read_text().splitlines()) == 1 + 3


def test_a_start_is_noted_with_its_machine(killed):
    (start,) = json.loads((killed / "machine.json").read_text())
    assert start["epochs_done"] == 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", start["time"])
