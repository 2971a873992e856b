"""`keras-sep info`: what files are, and what to do with them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from publishers import home, publish, publisher
from small_song import RATE, SAMPLES, signal
from small_weights import checkpoint, open_unmix

import keras_sep
from keras_sep.data import write_audio

__all__ = ["home", "publish", "publisher"]  # fixtures
CONVERT = Path(__file__).resolve().parents[1] / "convert"


@pytest.fixture
def told(run):
    """The facts of one file, as JSON has them."""

    def told(path):
        status, lines, _ = run("info", path, "--json")
        assert status == 0
        (facts,) = json.loads("\n".join(lines)).values()
        return facts

    return told


def test_a_separator(model, told, run):
    facts = told(model)
    assert facts["kind"] == "a separator"
    assert facts["sources"] == ["vocals", "drums"]
    assert (facts["sample_rate_hz"], facts["channels"]) == (RATE, 2)
    separator = keras_sep.inference.load_separator(model)
    assert facts["parameters"] == sum(np.size(weight) for weight in separator.get_weights())
    assert facts["network"][0].startswith("open_unmix(targets=")
    assert "hidden=6" in facts["network"][0]
    assert "dropout" not in facts["network"][0]  # which is at its default
    assert facts["front_end"] == "STFT(frame_length=64, hop_length=32)"
    assert facts["hears"] == "the whole recording"
    assert facts["next"][0] == f"keras-sep separate song.mp3 --model {model}"
    status, lines, _ = run("info", model)
    assert (status, lines[0]) == (0, f"{model}: a separator")
    assert f"  sample rate  {RATE:,} Hz" in lines


def test_a_separator_of_convolutions_hears_so_far(tmp_path, told):
    network = keras_sep.zoo.conv_tasnet(
        1, filters=4, kernel_size=4, stride=2, bottleneck=3, hidden=3, skip=3, blocks=1, repeats=1,
        normalization=keras_sep.layers.CumulativeLayerNormalization(), causal=True,
    )  # fmt: skip
    separator = keras_sep.Separator(network, 8000, ("speech",), context_samples=800)
    separator.save(tmp_path / "mine.keras")
    facts = told(tmp_path / "mine.keras")
    assert facts["hears"] == "0.1 s on either side"
    assert facts["causal"] is True


def test_published_weights_by_name(told, home):
    facts = told("umxse")
    assert (facts["sources"], facts["sample_rate_hz"]) == (["speech", "noise"], 16000)
    assert facts["licence"].startswith("MIT")
    assert facts["on_this_machine"] is False


@pytest.mark.parametrize(
    ("name", "network", "options"),
    [
        ("published/htdemucs.th", "htdemucs(sources=2, channels=1", ""),
        ("published/conv_tasnet.bin", "conv_tasnet(filters=11", ""),
        ("golden_networks/sepformer.pth", "sepformer", " --sample-rate HZ"),
        ("golden_networks/demucs.pth", "demucs", " --sources NAME NAME --sample-rate HZ"),
    ],
)
def test_a_checkpoint_and_the_command_that_converts_it(told, name, network, options):
    facts = told(CONVERT / name)
    assert "".join(facts["network"]).startswith(network)
    assert facts["next"] == f"keras-sep convert {CONVERT / name}{options}"
    if not options:
        assert facts["sample_rate_hz"] == {"htdemucs.th": 8000, "conv_tasnet.bin": 16000}[name[10:]]


def test_a_published_file_is_known_by_its_hash(told, publish, tmp_path):
    content = checkpoint(open_unmix(0, 513, 513, 1), tmp_path / "renamed.pth")
    publish("umxse", {"speech": b"", "noise": content})
    facts = told(tmp_path / "renamed.pth")
    assert facts["published_as"] == "umxse"
    assert facts["sample_rate_hz"] == 16000
    assert facts["licence"].startswith("MIT")


@pytest.mark.parametrize("audio_format", ["wav24", "flac"])
def test_audio(told, tmp_path, audio_format):
    path = tmp_path / f"song.{'flac' if audio_format == 'flac' else 'wav'}"
    write_audio(path, signal(), RATE, audio_format)
    facts = told(path)
    assert (facts["kind"], facts["samples"], facts["channels"]) == ("audio", SAMPLES, 2)
    assert facts["duration_seconds"] == SAMPLES / RATE
    known = soundfile.info(path)
    assert facts["format"] == f"{known.format}, {known.subtype}"
    assert facts["next"] == f"keras-sep separate {path}"


def test_tags_of_audio(told, tmp_path):
    path = tmp_path / "song.mp3"
    tags = keras_sep.data.audio.AudioTags({"title": "Tuning", "artist": "Someone"})
    with keras_sep.data.AudioWriter(path, 44100, 2, "mp3", tags=tags) as file:
        file.write(signal(samples=44100))
    facts = told(path)
    assert facts["tags"] == {"title": "Tuning", "artist": "Someone"}
    assert (facts["format"], facts["samples"]) == ("MP3", 44100)


def test_a_stem_file(told, tmp_path):
    path, names = tmp_path / "A - B.stem.mp4", ["drums", "bass", "other", "vocals"]
    sound = np.stack([signal(samples=9000)] * 5, axis=-1)  # the mixture first
    with keras_sep.data.AudioWriter(path, 8000, 2, "stem.mp4", stems=names) as file:
        file.write(sound)
    facts = told(path)
    assert facts["kind"].startswith("a stem file")
    assert facts["stems"] == ["mixture", *names]


def test_folders(model, told, tmp_path):
    track = tmp_path / "a track"
    for name in ("vocals", "drums", "mixture"):
        write_audio(track / f"{name}.wav", signal(), RATE)
    assert told(track)["stems"] == ["drums", "vocals"]
    assert told(track)["next"].startswith(f"keras-sep evaluate --references '{track}'")
    assert told(tmp_path)["folders"] == "1: a track"
    preset = tmp_path / "preset"
    preset.mkdir()
    shutil.copy(model, preset / "model.keras")
    assert told(preset)["next"] == f"keras-sep separate song.mp3 --model {preset}"
    served = tmp_path / "served"
    (served / "assets.extra").mkdir(parents=True)
    (served / "saved_model.pb").touch()
    assert "keras-sep export did not write it" in told(served)["sources"]
    said = {"source_names": ["a", "b"], "sample_rate_hz": 8000, "channels": None, "license": None}
    (served / "assets.extra" / "keras_sep.json").write_text(json.dumps(said))
    assert (told(served)["sources"], told(served)["channels"]) == (["a", "b"], "any number")
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.yaml").write_text("model: {name: unet}\ntargets: [a, b]\nfit: {epochs: 15}\n")
    (run / "log.csv").write_text("epoch,loss,val_loss\n0,3.0,4.0\n1,2.0,3.5\n")
    facts = told(run)
    assert (facts["epochs"], facts["ended"]) == ("2 of 15", False)
    assert facts["last_epoch"] == {"epoch": "1", "loss": "2.0", "val_loss": "3.5"}
    assert facts["next"][-1].endswith("--resume")
    shutil.copy(model, run / "separator.keras")
    assert told(run)["ended"] is True


@pytest.mark.fault
def test_what_is_nothing_of_ours_is_one_line(run, tmp_path, song):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("la la la")
    (tmp_path / "bad.pth").write_bytes(b"cos\nsystem\n(S'touch hacked'\ntR.")
    (tmp_path / "bad.keras").write_text("no")
    (tmp_path / "bad.index").write_text("no")
    cut = tmp_path / "cut.wav"
    cut.write_bytes(song.read_bytes()[:1000])
    listed = tmp_path / "listed"
    listed.mkdir()
    (listed / "recipe.yaml").write_text("[1, 2]")
    (listed / "log.csv").write_bytes(bytes(range(256)))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("model: {name: unet}\ntargets: [a, b]\n")
    assert "keras-sep train" in "".join(run("info", recipe)[1][-1:])
    names = ("empty", "notes.txt", "bad.pth", "bad.keras", "bad.index", "cut.wav", "gone.wav")
    status, lines, said = run("info", *(tmp_path / name for name in names), listed, "umxhx", song)
    assert status == 1
    assert len(said) == len(names) + 1
    assert [line for line in lines if ": a" in line] == [
        f"{listed}: a folder of a training",
        f"{song}: audio",
    ]
    for name, line in zip(names, said, strict=False):
        assert str(tmp_path / name) in line
        assert "Traceback" not in line
        assert len(line) < 500
    assert "Did you mean `umxhq`" in said[-1]
    assert said[1].endswith("nor is it a model, a checkpoint or a recipe")
