"""Catalogues elsewhere, of tracks with their stems, with other models, from the command line."""

import json
import os

import numpy as np
import pytest

pytest.importorskip("apache_beam", reason="the extra `beam` is not installed")

import apache_beam as beam
from catalogue import RATE, SOURCES, noise, rows, run, separate, separator
from store import Shelf

from keras_sep.beam import Separate
from keras_sep.beam.__main__ import main
from keras_sep.data import read_audio, write_audio
from keras_sep.inference import separate_file


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.keras"
    separator().save(path)
    return path


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "songs" / "song.wav"
    path.parent.mkdir()
    write_audio(path, noise(5, 901), RATE)
    return path


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(Shelf, "root", str(tmp_path / "shelf"))
    return tmp_path / "shelf"


def test_songs_and_stems_in_a_store(model, song, shelf, tmp_path):
    names = ["rock/song [live]*.wav", "rock/song.gz.wav"]
    for seed, name in enumerate(names):
        (shelf / "songs" / name).parent.mkdir(parents=True, exist_ok=True)
        write_audio(shelf / "songs" / name, noise(seed, 800 + seed), RATE)
    (shelf / "model.keras").write_bytes(model.read_bytes())
    paths = [f"shelf://songs/{name}" for name in names]
    paths += ["shelf://songs/none.wav", "unknown://songs/song.wav"]
    out = "shelf://stems/all"
    for _ in range(2):  # the second time, nothing is left to do
        separate(paths, "shelf://model.keras", out, roots="shelf://songs")
        there = shelf / "stems" / "all"
        assert set(rows(there, "manifest")) == {type(song)(path) for path in paths[:2]}
        problems = [row["problem"] for row in rows(there, "failures").values()]
        assert len(problems) == 2
        assert any("apache-beam[gcp]" in problem for problem in problems)
        for name in names:
            folder = there / name.removesuffix(".wav")
            stems = separate_file(
                separator(), shelf / "songs" / name, tmp_path / "alone", overwrite=True
            )
            for stem, path in stems.items():
                np.testing.assert_array_equal(
                    read_audio(folder / f"{stem}.wav")[0], read_audio(path)[0]
                )
        assert len([path for path in there.rglob("*") if path.is_file()]) == 2 * 3 + 2


def test_a_full_store_holds_no_half_of_a_file(model, song, shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(Shelf, "most_bytes", 2000)  # an entry, but no stem
    separate([song], model, "shelf://stems")
    assert {path.name for path in (shelf / "stems").rglob("*") if path.is_file()} == {
        "separation.json",
        "manifest.jsonl",
        "failures.jsonl",
    }
    assert "No space left" in rows(shelf / "stems", "failures")[song]["problem"]
    monkeypatch.setattr(Shelf, "most_bytes", None)
    separate([song], model, "shelf://stems")
    assert (shelf / "stems" / "song" / "drums.wav").is_file()


def test_scores_of_a_mixture_beside_its_stems(model, tmp_path):
    track = tmp_path / "songs" / "track"
    track.mkdir(parents=True)
    truth = {name: noise(seed, 1301) for seed, name in enumerate(SOURCES)}
    for name, samples in {**truth, "mixture": sum(truth.values())}.items():
        write_audio(track / f"{name}.wav", samples, RATE, "float")
    options = {"scores": True, "audio_format": "float"}
    manifest, _ = run([track / "mixture.wav"], model, tmp_path / "out", **options)
    row = manifest[track / "mixture.wav"]
    assert row["folder"] == "track"
    for name, samples in truth.items():
        estimate = read_audio(tmp_path / "out" / "track" / f"{name}.wav")[0].astype("float64")
        error = np.sum((estimate - samples) ** 2)
        expected = 10 * np.log10(np.sum(samples.astype("float64") ** 2) / error)
        assert row["scores"][name]["sdr_db"] == pytest.approx(expected, abs=1e-6)  # both in float64


def test_stems_of_something_else_stay(model, song, tmp_path):
    out = tmp_path / "out"
    (before,) = run([song], model, out)[0].values()
    os.utime(song, (1, 1))  # as a copy of it has
    manifest, failures = run([song], model, out)
    assert ([*manifest.values()], failures) == ([before], {})
    _, failures = run([song], model, out, clip="clamp")
    assert "made with another clip; replace them with overwrite=True" in failures[song]["problem"]
    write_audio(song, noise(6, 901), RATE)
    _, failures = run([song], model, out)
    assert "of the file as it was before" in failures[song]["problem"]
    (after,) = run([song], model, out, overwrite=True)[0].values()
    assert after["input_sha256"] != before["input_sha256"]
    (out / "song" / "separation.json").unlink()
    _, failures = run([song], model, out)
    assert "of which nothing is known" in failures[song]["problem"]


def test_what_is_no_path_of_a_file_fails_alone(model, song, tmp_path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    given = ["", "/", "a\0b.wav", str(tmp_path / "circle" / "song.wav"), 3, str(song)]
    with beam.Pipeline("FnApiRunner", argv=[]) as pipeline:
        _ = pipeline | beam.Create(given) | Separate(model, tmp_path / "out")
    assert list(rows(tmp_path / "out", "manifest")) == [song]
    lines = (tmp_path / "out" / "failures.jsonl").read_text().splitlines()
    problems = {row["input"]: row["problem"] for row in map(json.loads, lines)}
    assert set(problems) == {*given[:4], "3"}
    assert "must be text, bytes" in problems["3"]
    assert "loop" in problems[given[3]]
    assert all("must name a file" in problems[path] for path in given[:3])


def test_a_model_that_is_none_fails_the_pipeline(song, tmp_path):
    with pytest.raises(Exception, match=r"none\.keras: cannot be read"):
        run([song], tmp_path / "none.keras", tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"audio_format": "wma"}, "`audio_format` must be one of"),
        ({"clip": "no"}, "`clip` must be one of rescale, clamp"),
        ({"bit_rate_kbps": 128}, "bit_rate_kbps"),
        ({"shards": 0}, "shards"),
        ({"threads": 0}, "threads"),
    ],
)
def test_wrong_settings_are_refused_before_anything_runs(options, said):
    with pytest.raises(ValueError, match=said):
        Separate("m.keras", "out", **options)


def test_from_the_command_line(model, song, tmp_path, capsys):
    folder = song.parent
    (folder / "more").mkdir()
    write_audio(folder / "more" / "other.flac", noise(7, 700), RATE, "flac")
    listed = tmp_path / "listed.txt"
    listed.write_bytes(os.fsencode(folder / "caf") + b"\xe9.wav\n" + os.fsencode(song) + b"\n")
    given = [folder, f"{folder}/mo*/*.flac", "--list", listed, "--model", model]
    out = tmp_path / "out"
    options = [
        "--out",
        out,
        "--stems",
        "vocals",
        "no_vocals",
        "--shards",
        "2",
        "--",
        "--job_name=x",
    ]
    assert main([*map(str, [*given, *options])]) == 1
    assert "2 separated, 0 skipped, 1 failed" in capsys.readouterr().err
    assert {path.name for path in out.glob("*.jsonl")} == {
        f"{name}-0000{number}-of-00002.jsonl"
        for name in ("manifest", "failures")
        for number in (0, 1)
    }
    written = {row["folder"]: tuple(row["outputs"]) for row in rows(out, "manifest").values()}
    assert written == dict.fromkeys(("song", "more/other"), ("vocals", "no_vocals"))
    (failed,) = rows(out, "failures")
    assert failed.name == "caf\udce9.wav"
