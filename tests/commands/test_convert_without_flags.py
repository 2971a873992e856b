"""`convert` without options: what files, the files beside them and their hashes say."""

import json

import numpy as np
import pytest
from publishers import home, publish, publisher
from small_weights import checkpoint, open_unmix

from keras_sep.inference import load_separator
from keras_sep.pretrained import all_presets, published_files

__all__ = ["home", "publish", "publisher"]  # fixtures


@pytest.fixture
def umx(tmp_path):
    """A function that writes the files of a small Open-Unmix into a folder."""

    def written(*sources, bins=33, name="{}.pth", folder="mine"):
        paths = [tmp_path / folder / name.format(source) for source in sources]
        for n, path in enumerate(paths):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(checkpoint(open_unmix(n, bins, bins, 1), path))
        return paths

    return written


def said_by_front_end(path):
    separator = load_separator(path)
    front = separator.front_end
    return separator.sample_rate_hz, front.frame_length, front.hop_length


def test_an_open_unmix_folder_says_its_rate_and_frames(umx, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    umx("noise", "speech")
    said = {"nfft": 64, "nhop": 32, "sample_rate": 16000.0, "nb_channels": 1}
    (tmp_path / "mine" / "separator.json").write_text(json.dumps(said, indent=4))
    assert run("convert", tmp_path / "mine") == (0, ["mine.keras"], [])
    assert said_by_front_end("mine.keras") == (16000, 64, 32)
    assert load_separator("mine.keras").source_names == ("noise", "speech")


def test_without_a_word_of_the_rate_it_is_asked_for(umx, tmp_path, run):
    paths, out = umx("noise", "speech"), tmp_path / "x.keras"
    status, _, said = run("convert", *paths, "--out", out)
    assert status == 1
    assert "(--sample-rate) must be given for open_unmix: neither noise.pth nor a sep" in said[-1]
    given = ("--sample-rate", 8000, "--with", "hop_length=32", "--sources", "hiss", "voice")
    assert run("convert", *paths, "--out", out, *given)[0] == 0
    assert said_by_front_end(out) == (8000, 64, 32)
    assert load_separator(out).source_names == ("hiss", "voice")


def test_published_files_are_known_by_their_hashes(umx, publish, tmp_path, run, monkeypatch):
    """Whatever they are called: no file says that these are at 16 kHz, nor on which terms."""
    monkeypatch.chdir(tmp_path)
    paths = umx("a", "b", bins=513)
    publish("umxse", dict(zip(("speech", "noise"), (p.read_bytes() for p in paths), strict=True)))
    assert [*published_files(paths[::-1]).files] == ["speech", "noise"]  # as a mean weighs them
    status, lines, said = run("convert", *paths)
    assert (status, lines) == (0, ["umxse.keras"])
    terms = all_presets()["umxse"].terms
    assert said == [f"these are weights of umxse: {terms}"]
    assert said_by_front_end("umxse.keras") == (16000, 1024, 512)
    separator = load_separator("umxse.keras")
    assert (separator.source_names, separator.license) == (("speech", "noise"), terms)
    # one of them alone
    status, lines, _ = run("convert", paths[1], "--out", "one.keras")
    assert status == 0
    one = load_separator("one.keras")
    assert (one.source_names, one.license) == (("noise",), terms)
    assert said_by_front_end("one.keras") == (16000, 1024, 512)


def test_a_sepformer_folder_says_its_rate(tmp_path, run, monkeypatch):
    from converted import GOLDEN

    from keras_sep import convert

    folder = tmp_path / "speaker_pair"
    folder.mkdir()
    state = convert.read_checkpoint(GOLDEN / "sepformer.pth")
    for part in ("encoder", "masknet", "decoder"):
        of_part = {k.partition(".")[2]: v for k, v in state.items() if k.startswith(f"{part}.")}
        (folder / f"{part}.ckpt").write_bytes(checkpoint(of_part, tmp_path / "made.pth"))
    (folder / "hyperparams.yaml").write_text(
        "sample_rate: 8000  # Hz\nnum_spks: 2\nmasknet: !new:os.system\n    K: 12\n    nhead: 2\n"
    )
    monkeypatch.chdir(tmp_path)
    assert run("convert", folder) == (0, ["speaker_pair.keras"], [])
    separator = load_separator("speaker_pair.keras")
    assert separator.sample_rate_hz == 8000
    assert separator.source_names == ("s1", "s2")
    assert separator.interchangeable_sources
    with np.load(GOLDEN / "sepformer.npz") as arrays:
        stems = arrays["stems"]
        np.testing.assert_allclose(
            separator(arrays["mixture"]), stems, rtol=0, atol=1e-5 * np.abs(stems).max()
        )


def test_the_name_of_a_trainers_class_before_all_tensors_is_left_out(umx, tmp_path, run):
    (path,) = umx("noise")
    wrapped = {f"module.{name}": x for name, x in open_unmix(0, 33, 33, 1).items()}
    path.write_bytes(checkpoint(wrapped, tmp_path / "made.pth"))
    out = tmp_path / "x.keras"
    assert run("convert", path, "--sample-rate", 8000, "--out", out)[0] == 0
    assert load_separator(out).source_names == ("noise",)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        ('{"sample_rate": 0}', "`sample_rate` of"),
        ('{"sample_rate": 1e999}', "`sample_rate` of"),
        ('{"nhop": "x"}', "`nhop` of"),
        ('{"nfft": 128}', "must have the length that separator.json beside it says, 128. Rec"),
    ],
)
def test_a_bad_file_beside_is_named(umx, tmp_path, run, content, complaint):
    umx("noise")
    (tmp_path / "mine" / "separator.json").write_text(content)
    status, _, said = run("convert", tmp_path / "mine", "--out", tmp_path / "x.keras")
    assert status == 1
    assert complaint in said[-1]
    assert not (tmp_path / "x.keras").exists()


@pytest.mark.fault
def test_a_folder_of_several_networks_is_not_guessed_at(umx, tmp_path, run):
    umx("noise", "speech")
    (tmp_path / "band.keras").touch()
    status, _, said = run("convert", tmp_path / "mine")
    assert status == 1
    assert "must contain the files of one network" in said[-1]
    assert "Received: noise.pth, speech.pth; name the files themselves" in said[-1]
    status, _, said = run("convert", tmp_path / "band.keras", "--out", tmp_path / "x.keras")
    assert "needs no conversion" in said[-1]
    (tmp_path / "empty").mkdir()
    assert "Received: none" in run("convert", tmp_path / "empty")[2][-1]


@pytest.mark.fault
def test_the_default_name_replaces_nothing(umx, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (path,) = umx("noise")
    (tmp_path / "noise.keras").write_text("mine")
    status, _, said = run("convert", path)
    assert status == 1
    assert "noise.keras: already exists; replace it with --overwrite" in said[-1]
    assert (tmp_path / "noise.keras").read_text() == "mine"
