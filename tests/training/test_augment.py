"""Augmentations of the user's own: what they get, where they are called, and what is refused."""

import runpy
import sys
import textwrap

import numpy as np
import pytest
import yaml
from small_runs import SCRIPT, log, small_recipe, with_data

from keras_sep import data, training
from keras_sep.training import Named
from keras_sep.training._augment import build_augment, check_augment
from keras_sep_cli import main

SOURCES = ("drums", "bass", "other", "vocals")
MODULE = """
    from __future__ import annotations

    import functools
    from typing import TYPE_CHECKING

    import numpy as np

    if TYPE_CHECKING:
        import numpy.typing as npt

    called = []

    def faded(stems, rng, sources, sample_rate_hz, lowest=0.5):
        called.append((stems.shape, stems.dtype.name, sources, sample_rate_hz))
        return stems * rng.uniform(lowest, 1.0, len(sources))

    class Turned:
        def __init__(self, source, sources):
            self.place = sources.index(source)

        def __call__(self, stems, rng):
            stems[..., self.place] *= rng.choice([-1, 1])
            return stems

    def annotated(stems: npt.NDArray, rng: np.random.Generator, gain_db=-6) -> npt.NDArray:
        return stems * np.float32(10 ** (gain_db / 20))

    quieter = functools.partial(annotated, gain_db=-20)

    def cut(stems, rng):
        return stems[1:]

    def broken(stems, rng):
        raise RuntimeError("no such room\\nin this house")

    def endless(stems, rng):
        return stems * np.inf
"""


@pytest.fixture
def module(request, tmp_path, monkeypatch):
    """A module of its own for every test: what one allows, the next must not find allowed."""
    name = f"rooms_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield name
    sys.modules.pop(name, None)


def with_augment(module, recipe=None, *names, **arguments):
    named = [Named(f"{module}:{name}", arguments) for name in names]
    return with_data(recipe or small_recipe(), augment=tuple(named))


def half(stems, rng):
    """The first source by a factor that is drawn, in place."""
    stems[..., 0] *= np.float32(rng.uniform())
    return stems


def factors(epoch, count=6, place=1):
    return [np.random.default_rng((3, epoch, index, place)).uniform() for index in range(count)]


@pytest.mark.parametrize("hop_length", [None, 32])
def test_stems_of_an_excerpt_are_varied_last(album, hop_length):
    """After gains and swaps, with a generator of their own for each excerpt of each epoch."""
    tracks = data.find_tracks(album, "train", SOURCES)
    arguments = {
        "excerpt_seconds": 0.1, "batch_size": 6, "excerpts_per_track": 3, "seed": 3,
        "hop_length": hop_length, "context": 64,
    }  # fmt: skip
    plain = data.excerpts(tracks, SOURCES, **arguments)
    varied = data.excerpts(tracks, SOURCES, augment=[half], **arguments)
    for epoch in range(2):
        (before,), (after,) = (np.concatenate([*dataset])[None] for dataset in (plain, varied))
        np.testing.assert_array_equal(after[..., 1:], before[..., 1:])
        expected = before[..., 0] * np.float32(factors(epoch))[:, None, None]
        np.testing.assert_array_equal(after[..., 0], expected)
    resumed = data.excerpts(tracks, SOURCES, augment=[half], first_epoch=1, **arguments)
    np.testing.assert_array_equal(np.concatenate([*resumed]), after)
    held_out = {**arguments, "whole_tracks": True}
    unvaried = data.excerpts(tracks, SOURCES, augment=[half], **held_out)
    for one, other in zip(unvaried, data.excerpts(tracks, SOURCES, **held_out), strict=True):
        np.testing.assert_array_equal(one, other)


def test_spectrograms_are_of_the_varied_stems(album):
    tracks = data.find_tracks(album, "train", SOURCES)
    arguments = {
        "targets": ("vocals", "drums"), "frame_length": 64, "hop_length": 32,
        "excerpt_seconds": 0.1, "batch_size": 6, "excerpts_per_track": 3, "seed": 3,
    }  # fmt: skip

    def alone(stems, rng):
        stems[..., 1:3] = 0  # what is not a target
        return half(stems, rng)

    ((_, before),) = data.spectrogram_dataset(tracks, SOURCES, **arguments)
    ((mixture, after),) = data.spectrogram_dataset(tracks, SOURCES, augment=[alone], **arguments)
    gains = np.stack([np.ones(6), factors(0)], axis=-1)[:, None, None, None]
    # a product before the transform or after it: float32
    np.testing.assert_allclose(after, before * gains, rtol=1e-4, atol=1e-5)
    assert np.all(mixture.numpy() <= np.sum(after, -1) + 1e-4)  # the magnitude of their sum
    assert np.max(mixture) > np.max(after) / 2


def test_mixtures_of_recordings_are_varied_but_where_they_are_fixed(album):
    pools = [data.find_recordings(album, r"train/(.*)/vocals.wav")] * 2
    arguments = {"excerpt_seconds": 0.1, "batch_size": 6, "mixtures_per_epoch": 6, "seed": 3}
    (before,) = data.mixed_excerpts(pools, **arguments)
    (after,) = data.mixed_excerpts(pools, augment=[half], **arguments)
    expected = before[..., 0] * np.float32(factors(0))[:, None, None]
    np.testing.assert_array_equal(after[..., 0], expected)
    (fixed,) = data.mixed_excerpts(pools, augment=[half], fixed=True, **arguments)
    np.testing.assert_array_equal(fixed, before)


def test_those_of_this_package_go_by_their_names(album, tmp_path):
    """The recipe gives them its rate and sources; what they draw follows from seed and excerpt."""
    mapping = [
        {"name": "LowPass", "arguments": {"cutoff_hz": [500, 500], "probability": 1}},
        {"name": "Codec", "arguments": {"only": ["vocals"], "probability": 1.0}},
        "Noise",
    ]
    recipe = small_recipe()
    values = {**yaml.safe_load(recipe.to_yaml())}
    values["data"]["augment"] = mapping
    recipe = training.Recipe.from_mapping(values)
    low_pass, codec, noise = build_augment(recipe)
    assert (low_pass.sample_rate_hz, codec.sources, noise.only) == (4000, SOURCES, ())
    tracks = training.training_audio(recipe, album)
    first, second = (
        [*training.training_dataset(recipe, tracks, tmp_path, epoch=3)] for _ in range(2)
    )
    plain = [*training.training_dataset(small_recipe(), tracks, tmp_path, epoch=3)]
    for one, other, unvaried in zip(first, second, plain, strict=True):
        for part, again in zip(one, other, strict=True):
            np.testing.assert_array_equal(part, again)
        high = one[0][:, :, 20:]  # bins from 1250 Hz
        assert np.mean(high) < 0.5 * np.mean(unvaried[0][:, :, 20:])
    with pytest.raises(ValueError, match=r"`Codec` takes no `codex`. Did you mean `?codecs"):
        build_augment(with_data(recipe, augment=(Named("Codec", {"codex": ["mp3"]}),)))


@pytest.mark.parametrize("name", ["annotated", "quieter"])
def test_any_function_will_do(module, name, tmp_path, monkeypatch):
    """Annotated for type checkers alone, with arguments given, of another kind of number."""
    monkeypatch.syspath_prepend(tmp_path)
    training.allow(module)
    recipe = with_augment(module, None, name, gain_db=-3.5)
    (function,) = build_augment(recipe)
    stems = np.ones((5, 2, 4), "float32")
    varied = function(stems, np.random.default_rng(0))
    np.testing.assert_allclose(varied, 10 ** (-3.5 / 20) * stems, rtol=1e-6)
    with pytest.raises(ValueError, match=r"takes no `gain`"):
        build_augment(with_augment(module, None, name, gain=2))


def test_without_any_no_noise_is_made(monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", None)
    check_augment(small_recipe())


def test_a_recipe_trains_with_them_and_goes_on_alike(module, album, tmp_path, monkeypatch):
    """The command at once, and the script in two goes."""
    recipe = with_augment(module, None, "faded", lowest=0.25)
    turned = Named(f"{module}:Turned", {"source": "vocals"})
    recipe = with_data(recipe, augment=(*recipe.data.augment, turned))
    (tmp_path / "mine.yaml").write_text(recipe.to_yaml())
    assert training.Recipe.from_yaml(tmp_path / "mine.yaml") == recipe
    arguments = ["mine.yaml", "--data", str(album), "--import", module, "--out"]
    assert main(["train", *arguments, "whole"]) == 0
    shape, kind, sources, sample_rate_hz = sys.modules[module].called[-1]
    # 51 frames of 64 samples, 32 apart
    assert (shape, kind, sources, sample_rate_hz) == ((1664, 2, 4), "float32", SOURCES, 4000)
    for more in (["--epochs", "1"], ["--resume"]):
        monkeypatch.setattr(sys, "argv", ["train.py", *arguments, "parts", *more])
        runpy.run_path(str(SCRIPT), run_name="__main__")
    whole, parts = log(tmp_path / "whole"), log(tmp_path / "parts")
    assert [row["loss"] for row in parts] == [row["loss"] for row in whole]
    assert len(whole) == 2


@pytest.mark.fault
@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("cut", {}, "the augmentation cut must return finite samples of shape (1600, 2, 4). Rec"),
        ("broken", {}, "`data.augment`: the augmentation broken fails: no such room in this house"),
        ("endless", {}, "Received: NaN or infinity"),
        ("faded", {"lowst": 1}, "`data.augment.arguments`: `faded` takes no `lowst`. Did you mean"),
        ("faded", {"lowest": "x"}, "`data.augment.arguments.lowest` must be a number"),
        ("Turned", {"source": "harp"}, "`data.augment.arguments`: "),
        ("nothing", {}, "`data.augment.name`: module"),
    ],
)
def test_what_cannot_vary_stems_is_said_before_audio_is_read(
    module, tmp_path, monkeypatch, name, arguments, complaint
):
    monkeypatch.syspath_prepend(str(tmp_path))
    training.allow(module)
    recipe = with_augment(module, None, name, **arguments)
    with pytest.raises(ValueError) as error:
        training.train(recipe, tmp_path / "no audio", tmp_path / "out")
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.fault
def test_a_recipe_alone_runs_none(module, tmp_path):
    recipe = with_augment(module, None, "faded")
    with pytest.raises(ValueError, match=f"say so: give --import {module}"):
        training.train(recipe, tmp_path / "no audio", tmp_path / "out")
    assert module not in sys.modules
    for name, complaint in (
        ("Codecs", r"`data.augment.name` must be one of Codec, Compression.*you mean `?Codec"),
        ("SourceAugmentation", r"`data.augment.name` must be one of Codec, Compression"),
        ("my package:gain", r"`data.augment.name` must be a name, or package.module"),
    ):
        with pytest.raises(ValueError, match=complaint):
            training.train(with_data(recipe, augment=(Named(name),)), tmp_path, tmp_path / "out")


@pytest.mark.fault
def test_spectra_that_are_kept_cannot_be_varied(album, tmp_path):
    named = [{"name": "mine:reverb"}]
    with pytest.raises(ValueError, match=r"`data.augment` must be left out with spectrograms that"):
        training.DataSettings(spectrograms="cached", augment=(Named("mine:reverb"),))
    values = {"model": "open_unmix", "sources": ["a"], "targets": ["a"]}
    with pytest.raises(ValueError, match=r"`data.augment` must be left out"):
        training.Recipe.from_mapping(
            {**values, "data": {"augment": named, "spectrograms": "cached"}}
        )
    tracks = data.find_tracks(album, "train", SOURCES)
    with pytest.raises(ValueError, match="`augment` must be empty with a `cache`"):
        data.spectrogram_dataset(
            tracks, SOURCES, augment=[half], cache=data.SpectrogramCache(tmp_path)
        )


@pytest.mark.fault
def test_one_that_fails_in_the_middle_is_named_in_one_line(album, tmp_path):
    tracks = data.find_tracks(album, "train", SOURCES)

    def late(stems, rng):
        raise KeyError("room")

    dataset = data.excerpts(tracks, SOURCES, excerpt_seconds=0.1, batch_size=1, augment=[late])
    said = "^the augmentation late fails: 'room'"
    with pytest.raises(ValueError, match=said), data.plain_errors():
        next(iter(dataset))
