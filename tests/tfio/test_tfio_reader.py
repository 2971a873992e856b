"""The tensorflow-io reader gives what the soundfile reader gives, on every format.

Run by `make test-tfio` in an environment with TensorFlow 2.17 and tensorflow-io.
"""

import numpy as np
import pytest
import soundfile
import tensorflow as tf

import keras_sep
from keras_sep import data, training

pytest.importorskip("tensorflow_io")

RATE_HZ = 11025
SOURCES = ("drums", "vocals")


@pytest.fixture(
    params=[
        ("wav", "PCM_16"),
        ("wav", "PCM_24"),
        ("wav", "FLOAT"),
        ("flac", "PCM_16"),
        ("flac", "PCM_24"),
        ("ogg", "VORBIS"),
        ("mp3", "MPEG_LAYER_III"),
    ],
    ids="-".join,
)
def tracks(request, tmp_path):
    suffix, subtype = request.param
    rng = np.random.default_rng(3)
    for number, samples in enumerate((22051, 17393)):
        folder = tmp_path / "train" / f"track {number}"
        folder.mkdir(parents=True)
        for source in SOURCES:
            noise = 0.1 * rng.standard_normal((samples, 2))
            soundfile.write(folder / f"{source}.{suffix}", noise, RATE_HZ, subtype=subtype)
    return data.find_tracks(tmp_path, "train", SOURCES)


def both(make):
    """The batches of one pass with either reader."""
    return [
        [tf.nest.map_structure(lambda part: part.numpy(), batch) for batch in make(reader)]
        for reader in ("soundfile", "tfio")
    ]


# PCM is exact; Vorbis and MP3 are decoded by other code, in float32: the largest difference here is
# 2e-6 of full scale, and a decoder of full accuracy (ISO/IEC 11172-4) may be 6e-5 off.
TOLERANCE = 5e-6


def test_excerpts_are_those_of_soundfile(tracks):
    ours, theirs = both(
        lambda reader: data.excerpts(
            tracks,
            SOURCES,
            excerpt_seconds=0.31,
            batch_size=3,
            excerpts_per_track=3,
            reader=reader,
        )
    )
    assert len(theirs) == 2
    assert theirs[0].shape == (3, 3418, 2, 2)
    assert np.abs(theirs[0]).max() > 0.1
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(other, one, atol=TOLERANCE, rtol=0)


def test_spectrograms_of_whole_tracks_reflect_at_the_ends(tracks):
    ours, theirs = both(
        lambda reader: data.spectrogram_dataset(
            tracks,
            SOURCES,
            ("vocals",),
            frame_length=512,
            hop_length=128,
            excerpt_seconds=0.7,
            batch_size=2,
            whole_tracks=True,
            reader=reader,
        )
    )
    for one, other in zip(ours, theirs, strict=True):
        for part, counterpart in zip(one, other, strict=True):
            # a bin sums 256 windowed samples
            np.testing.assert_allclose(counterpart, part, atol=256 * TOLERANCE, rtol=0)


def test_a_recipe_asks_for_the_reader(tracks, tmp_path):
    """Fed to the model with what is around each excerpt."""

    def make(reader):
        recipe = training.Recipe.from_mapping(
            {
                "model": "open_unmix",
                "sources": list(SOURCES),
                "targets": ["vocals"],
                "sample_rate_hz": RATE_HZ,
                "stft": {"frame_length": 512, "hop_length": 128},
                "data": {"excerpt_seconds": 0.7, "excerpts_per_track": 2, "reader": reader,
                         "spectrograms": "model"},
                "fit": {"batch_size": 2},
            }
        )  # fmt: skip
        return training.training_dataset(recipe, tracks, tmp_path)

    ours, theirs = both(make)
    assert theirs[0].shape == (2, 60 * 128 + 512, 2, 2)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(other, one, atol=TOLERANCE, rtol=0)


def test_accompaniment_is_summed_and_mono_copied(tmp_path):
    rng = np.random.default_rng(3)
    folder = tmp_path / "song"
    folder.mkdir()
    for name, channels in (("vocals", 2), ("drums", 2), ("bass", 1)):
        noise = 0.1 * rng.standard_normal((5003, channels))
        soundfile.write(folder / f"{name}.wav", noise, RATE_HZ)
    tracks = data.find_tracks(tmp_path, None, ("vocals", "accompaniment"))
    ours, theirs = both(
        lambda reader: data.excerpts(
            tracks,
            ("vocals", "accompaniment"),
            excerpt_seconds=0.1,
            batch_size=2,
            excerpts_per_track=2,
            reader=reader,
        )
    )
    np.testing.assert_allclose(theirs[0], ours[0], atol=TOLERANCE)


def test_another_rate_is_named(tmp_path):
    folder = tmp_path / "song"
    folder.mkdir()
    soundfile.write(folder / "vocals.wav", np.zeros((5003, 2)), 8000)
    tracks = data.find_tracks(tmp_path, None, ("vocals",), sample_rate_hz=RATE_HZ)
    dataset = data.excerpts(tracks, ("vocals",), excerpt_seconds=0.1, batch_size=1, reader="tfio")
    with pytest.raises(tf.errors.OpError, match=r"vocals\.wav: is at 8000 Hz, wanted 11025 Hz"):
        next(iter(dataset))


def test_the_package_works_with_this_tensorflow():
    """TensorFlow 2.17 is the lower bound in pyproject.toml: one step of training."""
    assert tf.__version__.startswith("2.17")
    network = keras_sep.zoo.open_unmix(("vocals",), bins=65, channels=2, hidden=8)
    network.compile("adam", loss=keras_sep.losses.SpectrogramLoss(norm="l2"))
    spectrogram = np.random.default_rng(0).random((2, 7, 65, 2)).astype("float32")
    loss = network.train_on_batch(spectrogram, spectrogram[..., None])
    assert np.isfinite(loss)
