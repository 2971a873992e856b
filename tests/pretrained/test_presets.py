"""Presets: what the package says of each, from a name to a separator, and the terms of use."""

import errno
import hashlib
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from small_weights import checkpoint, open_unmix

import keras_sep
from keras_sep import Separator, zoo
from keras_sep.pretrained import _convert, _hash, model_file
from keras_sep.pretrained.preset import all_presets

PRESETS = all_presets()


@pytest.fixture
def umx(publish, tmp_path):
    """Publishes small networks in the form of an Open-Unmix preset."""

    def published(name, **change):
        preset = PRESETS[name]
        channels, bins = (1, 513) if name == "umxse" else (2, 2049)
        made = tmp_path / "made.pth"
        band = min(bins, 1487)
        contents = {
            source: checkpoint(open_unmix(n, bins, band, channels), made)
            for n, source in enumerate(preset.sources)
        }
        return publish(name, contents, **change)

    return published


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_says(name):
    preset = PRESETS[name]
    assert preset.network["converter"] in _convert.CONVERTERS
    assert len(preset.description) < 80
    assert len(set(preset.sources)) == len(preset.sources)
    assert preset.trained_on
    assert {"files", "hashes", "settings", "training"} <= set(preset.facts)
    assert re.fullmatch(r"[A-Z][\w.+-]+|not stated|restricted", preset.license.id)
    if not preset.license.commercial_use:
        assert preset.license.words or preset.license.id == "not stated"
    if preset.scores:
        assert set(preset.scores.values) <= {*preset.sources, "all"}
        assert "dB" in preset.scores.definition
    for file in preset.files:
        assert file.address.startswith("https://")
        algorithm, digest = file.hash.split(":")
        assert re.fullmatch(r"[0-9a-f]{8,}", digest)
        named = re.search(r"-([0-9a-f]{8})\.p?th$", file.address)
        if named and algorithm == "sha256":  # as torch.hub and demucs verify them
            assert digest.startswith(named[1])
        assert len(digest) <= 2 * hashlib.new(algorithm).digest_size
        assert _hash.in_words(file.hash)
        assert file.package is None or all(file.members.values())
    for layer in (preset.front_end, preset.post_filter):
        _convert._layer(layer)


def test_they_are_listed():
    assert keras_sep.presets() == {name: preset.description for name, preset in PRESETS.items()}


def test_open_unmix_by_name(umx, publisher):
    name = "umxse"
    umx(name)
    separator = Separator.from_preset(name)
    assert separator.source_names == tuple(PRESETS[name].sources)
    assert separator.sample_rate_hz == PRESETS[name].sample_rate_hz
    assert separator.license == PRESETS[name].terms
    channels = separator.channels
    mixture = np.random.default_rng(0).uniform(-1, 1, (1, 9000, channels)).astype("float32")
    stems = np.asarray(separator(mixture))
    assert np.isfinite(stems).all()
    asked = len(publisher.asked)
    publisher.files.clear()  # from now on without a network
    np.testing.assert_array_equal(np.asarray(Separator.from_preset(name)(mixture)), stems)
    assert len(publisher.asked) == asked == len(separator.source_names)


def test_a_cut_conversion_leaves_nothing_and_is_repeated(umx, home, monkeypatch):
    umx("umxse")
    save = Separator.save
    monkeypatch.setattr(Separator, "save", lambda self, path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Separator.from_preset("umxse")
    assert not list((home / "models").glob("*.keras"))

    def full(self, path):
        path.write_bytes(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Separator, "save", full)
    with pytest.raises(ValueError, match=r"\.keras: not written \(No space left on device\)"):
        Separator.from_preset("umxse")
    assert [path.name for path in (home / "models").iterdir()] == []
    monkeypatch.setattr(Separator, "save", save)
    assert Separator.from_preset("umxse").sample_rate_hz == 16000


@pytest.mark.fault
def test_a_file_that_is_no_checkpoint_is_named(publish, home):
    publish("umxhq", dict.fromkeys(PRESETS["umxhq"].sources, b"\x80\x02cos\nsystem\n"))
    with pytest.raises(ValueError, match=r"vocals-b62c91ce.pth' must be a state dict of PyTorch"):
        Separator.from_preset("umxhq")
    assert not list((home / "models").glob("*.keras"))


@pytest.mark.fault
def test_a_network_of_another_form_is_refused(publish, tmp_path):
    made = checkpoint(open_unmix(0, 11, 7, 2), tmp_path / "made.pth")
    publish("umxhq", dict.fromkeys(PRESETS["umxhq"].sources, made))
    with pytest.raises(ValueError, match="`front_end` must give the 11 bins"):
        Separator.from_preset("umxhq")


def test_terms_that_forbid_commercial_use_are_accepted_once(umx, publisher):
    umx("umxse", license=PRESETS["umxl"].license)
    with pytest.raises(ValueError) as error:
        model_file("umxse")
    text = str(error.value)
    assert text.startswith(
        'umxse: the terms of its weights forbid commercial use (CC-BY-NC-SA-4.0). Its author: "'
    )
    assert text.endswith(
        f" ({PRESETS['umxl'].license.source}). To accept them, give --accept-license (in Python "
        "`Separator.from_preset('umxse', accept_license=True)`)"
    )
    assert not publisher.asked
    separator = Separator.from_preset("umxse", accept_license=True)
    assert "no commercial use" in separator.license
    assert Separator.from_preset("umxse").license == separator.license


def test_a_folder_to_hand_on(umx, tmp_path, monkeypatch):
    umx("umxse")
    separator = Separator.from_preset("umxse")
    separator.save_to_preset(tmp_path / "mine")
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "library_name: keras_sep" in card
    assert separator.license in card
    again = Separator.from_preset(tmp_path / "mine")
    assert again.license == separator.license
    mixture = np.random.default_rng(0).uniform(-1, 1, (1, 3000, 1)).astype("float32")
    np.testing.assert_array_equal(np.asarray(again(mixture)), np.asarray(separator(mixture)))
    assert Separator.from_preset(tmp_path / "mine" / "model.keras").license == again.license
    separator.save_to_preset(tmp_path / "umxl")  # a folder, though it has a preset's name
    monkeypatch.chdir(tmp_path)
    for folder in ("./umxl", Path("umxl")):
        assert Separator.from_preset(folder).license == again.license


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("umxhx", "No published model is called 'umxhx'. Did you mean `umxhq`?"),
        ("gone.keras", "gone.keras: no such model file"),
        ("hf://user/repository", "pip install 'keras_sep[hub]'"),
        (None, "A preset must be a name, a path or 'hf://user/repository'. Received: None"),
        (["umxhq"], "'hf://user/repository'. Received: ['umxhq']"),
    ],
)
@pytest.mark.fault
def test_what_is_not_there(home, given, words, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ValueError) as error:
        Separator.from_preset(given)
    assert words in str(error.value)


def test_a_repository_on_hugging_face(umx, tmp_path, monkeypatch):
    umx("umxse")
    Separator.from_preset("umxse").save_to_preset(tmp_path / "repository")
    asked = []

    class Hub:
        @staticmethod
        def hf_hub_download(repository, name, revision):
            asked.append((repository, revision))
            return str(tmp_path / "repository" / name)

    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    assert Separator.from_preset("hf://user/name@v1").source_names == ("speech", "noise")
    assert asked == [("user/name", "v1")]


@pytest.mark.fault
def test_a_repository_that_is_not_there(monkeypatch):
    class Hub:
        @staticmethod
        def hf_hub_download(*_, **__):
            raise OSError("404 Client Error.\n\nRepository Not Found\n" + "for url " * 100)

    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    with pytest.raises(ValueError) as error:
        Separator.from_preset("hf://user/name")
    text = str(error.value)
    assert "there (404 Client Error. Repository Not Found for url" in text
    assert len(text) < 300


@pytest.mark.fault
def test_a_hostile_repository_is_read_as_any_file(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ValueError, match=r"not a model that can be loaded"):
        Separator.from_preset(tmp_path)


PEERS = Path(__file__).parents[1] / "convert" / "published"


def test_a_file_that_says_how_its_network_is_built(publish):
    publish("conv_tasnet_libri2mix", {None: (PEERS / "conv_tasnet.bin").read_bytes()})
    separator = Separator.from_preset("conv_tasnet_libri2mix")
    assert separator.interchangeable_sources
    with np.load(PEERS / "conv_tasnet.npz") as peer:
        stems = np.asarray(separator(peer["mixture"]))
        np.testing.assert_allclose(stems, peer["stems"], atol=1e-5 * np.abs(peer["stems"]).max())


def test_a_bag_goes_through_a_folder_and_a_repository(publish, tmp_path, monkeypatch):
    content = (PEERS / "htdemucs.th").read_bytes()
    roles = [file.role for file in PRESETS["mdx_extra"].files]
    weights = [[1, 0], [0, 1], [1, 3], [2, 0]]
    network = {"converter": "mean_of_checkpoints", "model": "htdemucs", "weights": weights}
    sources, rate = ["speech", "rest"], 8000
    publish("mdx_extra", dict.fromkeys(roles, content),
            network=network, sources=sources, sample_rate_hz=rate)  # fmt: skip
    bag = Separator.from_preset("mdx_extra", accept_license=True)
    assert list(bag.networks) == roles
    bag.save_to_preset(tmp_path / "pushed")

    class Hub:
        @staticmethod
        def hf_hub_download(repository, name, revision):
            return str(tmp_path / "pushed" / name)

    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    with np.load(PEERS / "htdemucs.npz") as peer:
        mixture, stems = peer["mixture"], peer["stems"]
    again = Separator.from_preset("hf://user/bag")
    assert again.mean_of_networks.given == weights
    assert again.license == bag.license
    np.testing.assert_array_equal(again(mixture), bag(mixture))
    # a mean of equal networks is one of them
    np.testing.assert_allclose(again(mixture), stems, atol=1e-4 * np.abs(stems).max())


@pytest.mark.fault
def test_a_file_of_other_sources_is_refused(publish, home):
    publish("htdemucs", {None: (PEERS / "htdemucs.th").read_bytes()})
    with pytest.raises(ValueError, match=r"htdemucs: its sources must be drums.*: speech, rest"):
        Separator.from_preset("htdemucs", accept_license=True)
    assert not list((home / "models").glob("*.keras"))


def test_the_network_alone(umx):
    umx("umxse")
    network = zoo.open_unmix(weights="umxse")
    assert network.facts.builder == "open_unmix"
    assert network.facts.arguments["bandwidth_bins"] == 513
    again = Separator.from_preset("umxse").networks
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    targets = ("speech", "noise")
    assert zoo.open_unmix(targets, weights="umxse", layers=3, name=network.name).count_params()
    for builder, given, words in (
        (zoo.open_unmix, {"hidden": 512}, "`hidden` is 4 for weights='umxse': leave it out"),
        (
            zoo.open_unmix,
            {"variant": "umxl"},
            "`targets` is ['speech', 'noise'] for weights='umxse'",
        ),
        (zoo.open_unmix, {"mean": np.ones(513)}, "`mean` is None for weights='umxse': leave it"),
        (zoo.conv_tasnet, {}, "must be those of a conv_tasnet. Received: weights='umxse', of a op"),
        (zoo.open_unmix, {"weights": "umxsx"}, "published model is called 'umxsx'. Did you mean"),
        (zoo.open_unmix, {"weights": "umxl"}, "Separator.from_preset('umxl', accept_license=True)"),
    ):
        with pytest.raises(ValueError) as error:
            builder(**{"weights": "umxse"} | given)
        assert words in str(error.value)
    with pytest.raises(TypeError, match="unexpected keyword argument 'hiden'"):
        zoo.open_unmix(weights="umxse", hiden=4)
