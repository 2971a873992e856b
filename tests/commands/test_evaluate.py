"""`keras-sep evaluate` from the outside."""

import io
import json
import os
import shutil
import sys

import numpy as np
import pytest
import scipy.signal
import soundfile
from small_song import RATE, SAMPLES, signal, write_track

import keras_sep
import keras_sep_cli
from keras_sep.commands import evaluate
from keras_sep.data import AudioWriter, read_audio, write_audio


def test_evaluate_writes_what_the_metrics_say(tmp_path, run):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    truth, guess = {}, {}
    for track in ("one", "two"):
        write_track(references / track, ("drums", "mixture", "vocals"))
        for seed, name in enumerate(("drums", "vocals")):
            truth[track, name], _ = read_audio(references / track / f"{name}.wav")
            noisy = truth[track, name] + 0.1 * signal(50 + seed + 7 * len(guess))
            write_audio(estimates / track / f"{name}.wav", noisy, RATE, "float")
            guess[track, name], _ = read_audio(estimates / track / f"{name}.wav")
    out = tmp_path / "scores.json"
    options = ("--references", references, "--estimates", estimates, "--json", out)
    status, table, said = run("evaluate", *options, "--no-bss-eval")
    assert (status, said) == (0, [])
    scores = json.loads(out.read_text())
    for (track, name), estimate in guess.items():
        found = scores["tracks"][track][name]
        assert set(found) == {"si_sdr_db", "sdr_db", "mixture"}
        wanted = keras_sep.metrics.si_sdr(truth[track, name], estimate)
        assert found["si_sdr_db"] == pytest.approx(wanted, abs=1e-9)
        assert any(f"{wanted:.2f}" in line and line.split()[:2] == [track, name] for line in table)
    assert table[-1].startswith("median  mixture as vocals")
    # one track folder by itself, with BSSEval
    options = ("--references", references / "one", "--estimates", estimates / "one", "--json", out)
    assert run("evaluate", *options)[0] == 0
    alone = json.loads(out.read_text())["tracks"]
    assert list(alone) == ["one"]
    assert alone["one"]["drums"]["sdr_db"] == scores["tracks"]["one"]["drums"]["sdr_db"]
    assert set(alone["one"]["drums"]["bss_eval"]) == {"sdr_db", "sir_db", "isr_db", "sar_db"}


def test_evaluate_puts_interchangeable_sources_into_order(tmp_path, run):
    references, estimates = tmp_path / "references" / "one", tmp_path / "estimates" / "one"
    write_track(references, ("s1", "s2"))
    for name, other in (("s1", "s2"), ("s2", "s1")):
        samples, _ = read_audio(references / f"{other}.wav")
        write_audio(estimates / f"{name}.wav", samples + 0.01 * signal(61), RATE, "float")
    options = ("evaluate", "--references", references, "--estimates", estimates, "--no-bss-eval")
    mean_db = {}
    for order in ((), ("--any-order",)):
        assert run(*options, *order, "--json", tmp_path / "scores.json")[0] == 0
        scores = json.loads((tmp_path / "scores.json").read_text())["tracks"]["one"]
        mean_db[order] = np.mean([scores[name]["si_sdr_db"] for name in ("s1", "s2")])
    assert mean_db["--any-order",] > 15
    assert mean_db[()] < 0
    # one of them alone is still looked for among all
    options += ("--any-order", "--sources", "s1", "--json", tmp_path / "scores.json")
    assert run(*options)[0] == 0
    alone = json.loads((tmp_path / "scores.json").read_text())["tracks"]["one"]
    assert alone == {"s1": scores["s1"]}


def test_evaluate_with_a_model_separates_first(model, song, tmp_path, run):
    references = tmp_path / "references"
    write_track(references / "one", ("drums", "vocals", "bass"))
    stems = [read_audio(references / "one" / f"{n}.wav")[0] for n in ("bass", "drums", "vocals")]
    write_audio(tmp_path / "one.wav", np.sum(stems, axis=0), RATE, "float")
    run("separate", tmp_path / "one.wav", "--model", model, "--out", tmp_path, "--format", "float")
    from_files, from_model = tmp_path / "files.json", tmp_path / "model.json"
    options = ("evaluate", "--references", references, "--no-bss-eval", "--json")
    assert run(*options, from_files, "--estimates", tmp_path)[0] == 0
    status, table, said = run(*options, from_model, "--model", model)
    assert status == 0
    assert [line.split()[1] for line in table[2::2]] == ["drums", "vocals"]
    assert f"{model}: no bass, not scored" in said[-1]
    assert from_model.read_text() == from_files.read_text()


def test_evaluate_with_a_model_of_other_sources(model, tmp_path, run):
    """The model is named, not the folder that its stems were in for a moment."""
    write_track(tmp_path / "references" / "one", ("s1", "s2"))
    options = ("--references", tmp_path / "references", "--model", model)
    status, _, said = run("evaluate", *options)
    assert status == 1
    assert f"{model}: has drums, vocals, and none of s1, s2" in "\n".join(said)
    status, _, said = run("evaluate", *options, "--sources", "s1")
    assert status == 1
    assert f"{model}: has no stem `s1`" in "\n".join(said)


def test_evaluate_with_a_model_separates_as_it_is_told(model, tmp_path, run):
    references = tmp_path / "references"
    write_track(references / "one", ("drums", "mixture", "vocals"))
    mixture, options = references / "one" / "mixture.wav", ("--model", model, "--shifts", 2)
    options += ("--block-seconds", 0.1, "--context-seconds", 0.02)
    run("separate", mixture, *options, "--out", tmp_path, "--format", "float")
    scores = {}
    for name, by in {
        "files": ("--estimates", tmp_path),
        "model": options,
        "default": ("--model", model),
    }.items():
        scores[name] = tmp_path / f"{name}.json"
        command = ("evaluate", "--references", references, "--no-bss-eval", "--json", scores[name])
        assert run(*command, *by)[0] == 0
    assert scores["model"].read_text() == scores["files"].read_text()
    command = ("evaluate", "--references", references, "--estimates", tmp_path, "--shifts", 2)
    status, _, said = run(*command)
    assert status == 1
    assert "--wiener, --shifts and the blocks are for --model" in said[-1]
    assert scores["model"].read_text() != scores["default"].read_text()


def test_evaluate_keeps_the_stems_of_one_track_at_a_time(model, tmp_path, run, monkeypatch):
    references, temporary = tmp_path / "references", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    for track in ("one", "three", "two"):
        write_track(references / track, ("drums", "vocals"))
    score, seen = evaluate.score, []

    def watched(folder, estimates, *args, **kwargs):
        seen.append(estimates)
        assert [path for path in seen if path.exists()] == [estimates]
        if folder.name == "three":
            raise ValueError("out of tune")
        return score(folder, estimates, *args, **kwargs)

    monkeypatch.setattr(evaluate, "score", watched)
    options = ("--references", references, "--model", model, "--no-bss-eval")
    status, table, _ = run("evaluate", *options)
    assert status == 1
    assert [line.split()[0] for line in table[2:10:2]] == ["one", "one", "two", "two"]
    assert len(seen) == 3
    assert list(temporary.iterdir()) == []


def test_evaluate_where_the_track_is_the_working_folder(model, tmp_path, run, monkeypatch):
    write_track(tmp_path / "one", ("drums", "vocals"))
    monkeypatch.chdir(tmp_path / "one")
    status, table, _ = run("evaluate", "--references", ".", "--model", model, "--no-bss-eval")
    assert status == 0
    assert [line.split()[:2] for line in table[2:6:2]] == [["one", "drums"], ["one", "vocals"]]


def test_evaluate_goes_on_when_a_track_is_bad(tmp_path, run):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    for track, samples, rate in (
        ("good", SAMPLES, RATE),
        ("longer", SAMPLES + RATE + 1, RATE),
        ("faster", SAMPLES, RATE + 1),
    ):
        write_track(references / track, ("vocals", "drums"))
        write_track(estimates / track, ("vocals",), samples, rate)
    write_track(references / "lost", ("vocals", "drums"))
    write_track(references / "other", ("vocals", "drums"))
    write_track(estimates / "other", ("bass",))
    options = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    status, table, said = run("evaluate", *options)
    assert status == 1
    assert [line.split()[0] for line in table[2::2]] == ["good"]
    lines = "\n".join(said)
    assert f"{estimates / 'longer' / 'vocals.wav'}: {SAMPLES + RATE + 1} samples, but " in lines
    assert f"{estimates / 'faster' / 'vocals.wav'}: {RATE + 1} Hz, but " in lines
    assert f"{estimates / 'lost'}: no such folder of estimates" in lines
    assert f"{estimates / 'other'}: has bass, and none of drums, vocals" in lines
    assert "5 tracks: 1 done, 4 failed" in said
    # a stem that is asked for must be there
    status, _, said = run("evaluate", *options, "--sources", "vocals", "drums")
    assert f"{estimates / 'good'}: has no stem `drums`" in "\n".join(said)
    status, _, said = run("evaluate", "--references", tmp_path / "no", "--estimates", estimates)
    assert (status, said) == (1, [f"keras-sep evaluate: {tmp_path / 'no'}: no such folder"])
    os.mkfifo(tmp_path / "pipe")
    status, _, said = run("evaluate", "--references", tmp_path / "pipe", "--estimates", estimates)
    assert (status, said) == (1, [f"keras-sep evaluate: {tmp_path / 'pipe'}: not a folder"])


@pytest.mark.parametrize("song", ["one", "mixture", "a song of mine"])
def test_evaluate_takes_the_folder_that_separate_made(tmp_path, run, song):
    references, out = tmp_path / "one", tmp_path / "out"
    write_track(references, ("drums", "vocals"))
    write_track(out / song, ("drums", "vocals"))
    given = ("--references", references, "--estimates", out, "--no-bss-eval")
    status, table, said = run("evaluate", *given)
    assert (status, said) == (0, [])
    assert [line.split()[:2] for line in table[2::2]] == [["one", "drums"], ["one", "vocals"]]


@pytest.mark.parametrize("audio_format", ["mp3", "ogg", "opus", "m4a"])
def test_lossy_estimates_line_up_with_their_references(tmp_path, run, audio_format):
    """The delay of a codec would cost tens of decibels."""
    rate, samples = 44100, 44100
    for seed, name in enumerate(("vocals", "drums")):
        noise = np.random.default_rng(seed).standard_normal((samples, 2))
        tone = 0.1 * scipy.signal.sosfilt(
            scipy.signal.butter(4, 4000, output="sos", fs=rate), noise, axis=0
        )
        write_audio(tmp_path / "references" / f"{name}.wav", tone, rate, "float")
        write_audio(tmp_path / "out" / f"{name}.{audio_format}", tone, rate, audio_format)
    given = ("--references", tmp_path / "references", "--estimates", tmp_path / "out")
    status, table, _ = run("evaluate", *given, "--no-bss-eval")
    assert status == 0
    assert all(float(line.split()[2]) > 15 for line in table[2::2])


@pytest.mark.fault
@pytest.mark.parametrize("more", [17, -17, RATE])
def test_evaluate_pads_and_cuts_an_estimate_and_says_by_how_much(tmp_path, run, more):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    write_track(references, ("vocals", "drums"), 2 * SAMPLES)
    true, _ = soundfile.read(references / "vocals.wav")
    noisy = np.pad(true, ((0, max(0, more)), (0, 0)))[: len(true) + more] + 0.01
    write_audio(estimates / "vocals.wav", noisy, RATE, "float")
    options = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    status, table, said = run("evaluate", *options)
    assert status == 0
    what = f"{more} samples cut at its end" if more > 0 else f"zero-padded by {-more} samples"
    assert f"{estimates / 'vocals.wav'}: {what}, to the length of {references}" in said[-1]
    compared = np.pad(noisy, ((0, max(0, -more)), (0, 0)))[: len(true)]
    sdr = 10 * np.log10(np.sum(true**2) / np.sum((true - compared) ** 2))
    assert float(table[2].split()[3]) == pytest.approx(sdr, abs=0.01)


@pytest.mark.fault
def test_evaluate_passes_over_what_lies_beside_the_tracks(tmp_path, run):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    for track in ("one", "two", "broken"):
        write_track(references / track, ("vocals", "drums"))
        write_track(estimates / track, ("vocals",))
    write_track(references, ("preview",))
    shutil.copy(references / "broken" / "drums.wav", references / "broken" / "drums.flac")
    options = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    status, table, said = run("evaluate", *options)
    assert status == 1  # of the folder that has its drums twice
    assert [line.split()[0] for line in table[2::2]] == ["one", "two", "median"]
    assert f"{references}: a folder of track folders; not looked at: preview.wav" in said
    assert any(line.startswith(str(references / "broken")) for line in said)


@pytest.mark.fault
@pytest.mark.parametrize("name", ["\u7d46", "\x1b]0;owned\x07", os.fsdecode(b"\xe4")])
def test_scores_are_kept_whatever_becomes_of_the_table(tmp_path, run, monkeypatch, name):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    for folder in (references, estimates):
        write_track(folder / name, ("vocals", "drums"))
    scores, ascii_bytes = tmp_path / "scores.json", io.BytesIO()
    options = ["--references", references, "--estimates", estimates, "--no-bss-eval"]
    command = ["evaluate", *map(str, options), "--json", str(scores)]
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(ascii_bytes, "ascii"))
    assert keras_sep_cli.main(command) == 0
    printed = ascii_bytes.getvalue().decode("ascii")
    assert "\x1b" not in printed
    assert "vocals" in printed
    assert list(json.loads(scores.read_text("utf-8"))["tracks"]) == [name]

    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    scores.unlink()
    monkeypatch.setattr(sys, "stdout", Gone())
    assert keras_sep_cli.main(command) == 128 + 13
    assert list(json.loads(scores.read_text("utf-8"))["tracks"]) == [name]


@pytest.mark.fault
def test_floats_of_a_killed_evaluation_go_with_the_next_one(model, tmp_path, run, monkeypatch):
    scratch = tmp_path / "scratch"
    abandoned = scratch / ".unfinished-1"
    abandoned.mkdir(parents=True)
    (abandoned / "spool").write_bytes(bytes(100))
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    write_track(tmp_path / "references" / ("n" * 255), ("vocals", "drums"))
    options = ("--references", tmp_path / "references", "--model", model, "--no-bss-eval")
    assert run("evaluate", *options)[0] == 0
    assert list(scratch.iterdir()) == []


def test_stem_files_are_references(tmp_path, run):
    """Each is a track, whose estimates lie in a folder of its name."""
    names = ("drums", "bass", "other", "vocals")
    stems = [signal(seed, samples=SAMPLES) for seed in range(4)]
    sound = np.stack([np.sum(stems, axis=0), *stems], axis=-1)
    file = tmp_path / "references" / "A - B.stem.mp4"
    with AudioWriter(file, 8000, sound.shape[1], "stem.mp4", stems=names) as writer:
        writer.write(sound)
    for name in names:
        array, _ = read_audio(file / name)
        write_audio(tmp_path / "out" / "A - B" / f"{name}.wav", 0.5 * array, 8000, "float")
    for references in (file.parent, file):
        options = ("--references", references, "--estimates", tmp_path / "out")
        status, table, _ = run("evaluate", *options, "--no-bss-eval", "--sources", "drums")
        assert status == 0
        # half of the true stem: no error but for its scale, which SDR counts as 20 lg 2
        (row,) = [line for line in table if line.startswith("A - B") and " as " not in line]
        assert row.split()[-1] == "6.02"


def test_stem_files_are_estimates(tmp_path, run):
    """As `separate --format stem.mp4` writes them, by themselves and in a folder of their name."""
    names = ("drums", "bass", "other", "vocals")
    write_track(tmp_path / "references" / "song", names, rate=8000)
    arrays = [read_audio(tmp_path / f"references/song/{name}.wav")[0] for name in names]
    file = tmp_path / "out" / "song" / "song.stem.mp4"
    with AudioWriter(file, 8000, arrays[0].shape[1], "stem.mp4", stems=names) as writer:
        writer.write(np.stack([sum(arrays), *arrays], axis=-1))
    tables = []
    for estimates in (file, file.parent, tmp_path / "out"):
        options = ("--references", tmp_path / "references/song", "--estimates", estimates)
        status, table, said = run("evaluate", *options, "--no-bss-eval")
        assert (status, said) == (0, [])
        tables.append(table)
    options = ("--references", tmp_path / "references", "--estimates", tmp_path / "out")
    tables.append(run("evaluate", *options, "--no-bss-eval")[1])
    assert tables[1:3] == tables[:2]
    assert tables[3][: len(tables[0])] == tables[0]
    assert {name for name in names if any(f"  {name}  " in row for row in tables[0])} == {*names}
