"""The demo, small: everything it leaves, and that it fails when it should."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import keras_sep_cli
from keras_sep import data, demo, export, training
from keras_sep.demo import Scores


def small():
    return training.Recipe.from_mapping(
        {
            "model": {
                "name": "open_unmix",
                "arguments": {"hidden": 8, "layers": 1, "bidirectional": False},
            },
            "sources": list(data.BAND),
            "targets": list(data.BAND),
            "sample_rate_hz": 4000,
            "stft": {"frame_length": 256, "hop_length": 64},
            "data": {"excerpt_seconds": 0.4, "excerpts_per_track": 32},
            "fit": {
                "batch_size": 8,
                "epochs": 2,
                "learning_rate": 0.01,
                "tensorboard": False,
                "page": False,
            },
        }
    )


def test_demo_leaves_all_it_promises(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # relative paths, as `make demo` gives them
    out, saved, lines = Path("demo"), Path("saved/demo/1"), []
    status = demo.run(
        out, saved, seconds=20, recipe=small(), songs=2, song_seconds=2.0, say=lines.append
    )
    assert (saved / "saved_model.pb").is_file()
    assert (out / "training" / "separator.keras").is_file()
    assert {path.stem for path in (out / "stems").iterdir()} == set(data.BAND)

    content = json.loads((out / "scores.json").read_text())
    assert set(content) == {"mixture", "model", "ideal ratio mask"}
    assert set(content["model"]) == set(data.BAND)
    scores = {
        way: Scores(
            sdr=np.array([stems[name]["sdr"] for name in data.BAND]),
            si_sdr=np.array([stems[name]["si_sdr"] for name in data.BAND]),
        )
        for way, stems in content.items()
    }
    assert status == bool(demo.verdict(data.BAND, scores))

    page = (out / "listen.html").read_text()
    assert page.count('class="lane"') == 1 + 2 * len(data.BAND)
    # each sound's spectrogram, and the mask of each stem
    assert page.count("data:image/png") == 1 + 4 * len(data.BAND)
    assert "<svg" in page
    assert page.index('class="lane"') < page.index("<table")  # the sound first
    assert any("in a process without keras_sep" in line for line in lines)
    # and knows both folders as its own the next time
    demo.require_own(out, out / demo.MARKER)
    demo.require_own(saved, demo.export_marker(saved))


def scores(mixture, model, ideal):
    return {
        way: Scores(np.array(values), np.array(values))
        for way, values in (("mixture", mixture), ("model", model), ("ideal ratio mask", ideal))
    }


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ([5.0, 5.1], ""),
        ([9.0, 0.9], "no better than the mixture: bass"),
        ([5.0, 4.8], "4.9 dB better than the mixture; 5.0 dB wanted"),
        ([float("nan"), 9.0], "no better than the mixture: drums"),
    ],
)
def test_verdict(model, complaint):
    """The ideal mask gains 10 dB over a mixture of 0 dB: 5 dB are wanted, and every stem."""
    offset = 1.0 if complaint.endswith("bass") else 0.0
    said = demo.verdict(("drums", "bass"), scores([0.0, offset], model, [10.0, 10.0 + offset]))
    assert said.endswith(complaint)
    assert bool(said) == bool(complaint)


def test_ideal_ratio_mask_is_that_of_the_formula():
    """Against SciPy's STFT with the same window, away from the ends, where its padding differs."""
    from scipy import signal

    references = np.random.default_rng(3).normal(size=(5003, 2, 3)).astype("float32")
    ours = demo.ideal_ratio_mask(references, small())

    def stft(x):
        return signal.stft(x, window="hann", nperseg=256, noverlap=192, axis=0)[2]

    magnitudes = np.abs(stft(references.astype("float64")))  # (bins, channels, sources, frames)
    mask = magnitudes / magnitudes.sum(axis=2, keepdims=True)
    masked = mask * stft(references.sum(axis=-1).astype("float64"))[:, :, None]
    theirs = signal.istft(masked, window="hann", nperseg=256, noverlap=192, freq_axis=0)[1]
    theirs = np.moveaxis(theirs, -1, 0)
    np.testing.assert_allclose(ours[512:4400], theirs[512:4400], atol=1e-4)


def test_export_of_another_model_is_noticed(tmp_path):
    recipe = dataclasses.replace(small(), targets=("vocals",))
    one, other = (
        training.build_separator(recipe, training.build_network(recipe)) for _ in range(2)
    )
    export.saved_model(one, tmp_path / "1")
    mixture = np.random.default_rng(5).normal(size=(4001, 2)) * 0.1
    with pytest.raises(ValueError, match="differs from the separator by"):
        demo.check_export(other, tmp_path / "1", mixture)


def test_a_second_demo_takes_the_place_of_the_first(tmp_path, monkeypatch):
    out, saved = tmp_path / "demo", tmp_path / "saved" / "1"
    folders = [out / made for made in ("band", "training", "stems")]

    def stop(*args, **kwargs):
        raise ValueError(f"cleared: {[folder.exists() for folder in folders]}")

    demo.clear(out)
    for folder in folders:
        folder.mkdir()
    (out / "mine.txt").touch()
    monkeypatch.setattr(data, "synthetic_band", stop)
    with pytest.raises(ValueError, match=r"cleared: \[False, False, False\]"):
        demo.run(out, saved)
    assert (out / "mine.txt").exists()


@pytest.mark.parametrize("here", ["out", "export"])
def test_a_demo_leaves_alone_what_no_demo_made(tmp_path, capsys, here):
    folders = {"out": tmp_path / "out", "export": tmp_path / "export" / "1"}
    kept = folders[here] / "training" / "keep.txt"
    kept.parent.mkdir(parents=True)
    kept.touch()
    options = [f"--{name}={folder}" for name, folder in folders.items()]
    assert keras_sep_cli.main(["demo", *options]) == 1
    said = capsys.readouterr().err
    assert f"{folders[here]}: exists and contains no earlier demo; choose another folder\n" in said
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
