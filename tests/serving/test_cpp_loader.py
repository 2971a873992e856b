"""An exported separator run by a C++ program, without Python, gives Python's numbers.

The program goes through the SavedModel loader that TensorFlow Serving links, here from the
library in the tensorflow wheel.
"""

import json
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_sep

SOURCES = ("vocals", "drums")


@pytest.fixture(scope="module")
def loader(tmp_path_factory):
    """The program, compiled against the headers and libraries of the tensorflow wheel."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is needed to compile tests/serving/loader.cc")
    program = tmp_path_factory.mktemp("loader") / "loader"
    folder = tf.sysconfig.get_lib()
    subprocess.run(
        [
            compiler,
            Path(__file__).with_name("loader.cc"),
            *("-o", program),
            "-w",  # TensorFlow's headers warn, and they are not ours
            *tf.sysconfig.get_compile_flags(),
            # the linker sees no direct use of some libraries that hold the kernels
            "-Wl,--no-as-needed",
            f"-L{folder}",
            "-l:libtensorflow_cc.so.2",
            "-l:libtensorflow_framework.so.2",
            f"-Wl,-rpath,{folder}",
        ],
        check=True,
        timeout=400,
    )
    return program


@pytest.fixture(scope="module")
def separator():
    keras.utils.set_random_seed(3)
    network = keras_sep.zoo.open_unmix(
        targets=SOURCES, bins=257, channels=2, hidden=26, layers=1, bandwidth_bins=211
    )
    return keras_sep.Separator(
        network,
        sample_rate_hz=44100,
        source_names=SOURCES,
        front_end=keras_sep.layers.STFT(512, 128),
        post_filter=keras_sep.layers.WienerFilter(iterations=1, window_frames=37),
    )


@pytest.fixture(scope="module")
def folder(separator, tmp_path_factory):
    return keras_sep.export.saved_model(separator, tmp_path_factory.mktemp("models") / "band" / "1")


def run(loader, folder, waveform, tmp_path, *chunk):
    """The stems the program writes, each (batch, samples, channels)."""
    waveform.astype("float32").tofile(tmp_path / "waveform.f32")
    answer = subprocess.run(
        [
            loader,
            folder,
            *map(str, waveform.shape),
            tmp_path / "waveform.f32",
            tmp_path,
            *map(str, chunk),
        ],
        check=True,
        timeout=300,
        capture_output=True,
        text=True,
    )
    shape = "[" + ",".join(map(str, waveform.shape)) + "]"
    assert sorted(answer.stdout.splitlines()) == sorted(f"{name} {shape}" for name in SOURCES)
    return {
        name: np.fromfile(tmp_path / f"{name}.f32", "float32").reshape(waveform.shape)
        for name in SOURCES
    }


def compare(stems, expected):
    for index, name in enumerate(SOURCES):
        assert expected[..., index].std() > 1e-3  # something to compare
        # the same operations in another order: a Wiener filter magnifies their rounding, on some
        # processors to 1.4e-5 of samples up to 1
        np.testing.assert_allclose(stems[name], expected[..., index], rtol=0, atol=4e-5)


@pytest.mark.parametrize(("batch", "samples"), [(1, 6007), (2, 9973)])
def test_the_program_gives_pythons_stems(loader, folder, separator, tmp_path, batch, samples):
    # decaying partials over noise, in the range of audio
    generator = np.random.default_rng(17)
    time = np.arange(samples)[:, None] / 44100
    pitch = generator.uniform(80, 900, (batch, 1, 2))
    waveform = 0.3 * np.sin(2 * np.pi * pitch * time) * np.exp(-3 * time)
    waveform += 0.02 * generator.normal(size=waveform.shape)
    waveform = waveform.astype("float32")
    # as a graph: the Wiener filter divides by small numbers, which amplifies another rounding
    expected = separator.predict(waveform, verbose=0)
    compare(run(loader, folder, waveform, tmp_path), expected)


def test_the_program_gives_pythons_stems_of_real_music(
    loader, folder, separator, tmp_path, shared_audio
):
    clip = shared_audio / "musdb_clips" / "Music Delta - 80s Rock" / "mixture.flac"
    waveform, rate = keras_sep.data.read_audio(clip, start=44100, samples=44111)
    assert rate == separator.sample_rate_hz
    expected = separator.predict(waveform[None], verbose=0)
    compare(run(loader, folder, waveform[None], tmp_path), expected)


SMALL = {"bins": 33, "units": 5, "layers": 1}
FRAMES = {"frame_length": 64, "hop_length": 16}
BLOCK = {"sources": 2, "channels": 1, "features": 6, "blocks": 1}
HEADS = {"heads": 2, "head_size": 4}


def complex_masks():
    """A network from the complex spectrum to complex masks, trained a little."""
    pair = [keras.Input((None, 33, 1), name=part) for part in ("real", "imag")]
    x = keras.layers.Dense(4)(keras.layers.Concatenate()(pair))
    x = keras.layers.Reshape((-1, 33, 1, 2, 2))(x)
    facts = keras_sep.zoo.Facts("spectrum", "masks", context=(0, 0))
    network = keras_sep.zoo.Network(pair, [x[..., 0], x[..., 1]], facts=facts)
    separator = keras_sep.Separator(network, 8000, SOURCES, keras_sep.layers.STFT(64, 16))
    separator.compile("adam", keras_sep.losses.WaveformLoss())
    mixture = np.random.default_rng(29).normal(size=(4, 300, 1))
    stems = np.stack([0.7 * mixture, 0.3 * mixture], axis=-1)
    separator.fit(mixture, stems, epochs=2, verbose=0)
    return network


ZOO = {
    "mask_inference": lambda: (keras_sep.zoo.mask_inference(**SMALL), None),
    "deep_clustering": lambda: (
        keras_sep.zoo.deep_clustering(**SMALL), keras_sep.layers.ClusterMasks(sources=2)
    ),
    "chimera": lambda: (keras_sep.zoo.chimera(**SMALL), None),
    "deep_attractor": lambda: (
        keras_sep.zoo.deep_attractor(**SMALL), keras_sep.layers.AttractorMasks(sources=2)
    ),
    "deep_attractor, anchored": lambda: (keras_sep.zoo.deep_attractor(**SMALL, anchors=4), None),
    "complex masks": lambda: (complex_masks(), None),
    "unet": lambda: (
        keras_sep.zoo.unet(SOURCES, bins=33, filters=(3, 5), window_frames=16), None
    ),
    "conv_tasnet": lambda: (
        keras_sep.zoo.conv_tasnet(filters=7, bottleneck=5, hidden=6, skip=5, blocks=2, repeats=1),
        None,
    ),
    "bandit": lambda: (
        keras_sep.zoo.bandit(
            **BLOCK, **FRAMES, bands=keras_sep.ops.musical_bands(5, bins=33), units=3, hidden=6
        ),
        None,
    ),
    "bs_roformer": lambda: (keras_sep.zoo.bs_roformer(**BLOCK, **FRAMES, **HEADS), None),
    "mel_band_roformer": lambda: (
        keras_sep.zoo.mel_band_roformer(**BLOCK, **FRAMES, **HEADS, bands=7), None
    ),
    "moises_light": lambda: (
        keras_sep.zoo.moises_light(
            2, channels=1, **FRAMES, **HEADS, bins=32, subbands=2, filters=4, depth=1, blocks=1
        ),
        None,
    ),
    "scnet": lambda: (
        keras_sep.zoo.scnet(
            2, channels=1, filters=(4, 8), frame_length=256, hop_length=64, blocks=2
        ),
        None,
    ),
    "tf_gridnet": lambda: (
        keras_sep.zoo.tf_gridnet(**BLOCK, **FRAMES, units=5, heads=2, query_size=3), None
    ),
    "tf_locoformer": lambda: (
        keras_sep.zoo.tf_locoformer(**BLOCK, **FRAMES, **HEADS, hidden=5, groups=2), None
    ),
    "tfc_tdf": lambda: (
        keras_sep.zoo.tfc_tdf(
            2, channels=1, **FRAMES, bins=32, filters=3, growth=2, depth=1, blocks=1
        ),
        None,
    ),
    "demucs": lambda: (
        keras_sep.zoo.demucs(2, channels=1, filters=4, depth=2, norm_starts=1, compression=1), None
    ),
    "hdemucs": lambda: (
        keras_sep.zoo.hdemucs(
            2, channels=1, filters=4, frame_length=64, depth=3, norm_starts=2, attention_starts=2,
            recurrent_starts=2, compression=2,
        ),
        None,
    ),
    "htdemucs": lambda: (
        keras_sep.zoo.htdemucs(
            2, channels=1, filters=4, frame_length=128, depth=1, compression=2, blocks=2, heads=2
        ),
        None,
    ),
    "dprnn_tasnet": lambda: (
        keras_sep.zoo.dprnn_tasnet(filters=7, bottleneck=5, units=6, chunk_length=10, blocks=2),
        None,
    ),
    "tasnet": lambda: (keras_sep.zoo.tasnet(filters=7, kernel_size=8, stride=8, units=6), None),
    "tasnet, causal": lambda: (
        keras_sep.zoo.tasnet(filters=7, kernel_size=8, stride=4, units=6, causal=True), None
    ),
    "sepformer": lambda: (
        keras_sep.zoo.sepformer(
            filters=7, bottleneck=8, chunk_length=10, blocks=1, layers=1, heads=2, hidden=6
        ),
        None,
    ),
    "sepreformer": lambda: (
        keras_sep.zoo.sepreformer(
            filters=7, bottleneck=8, stages=1, encoder_blocks=1, decoder_blocks=1, heads=2
        ),
        None,
    ),
    "sudorm_rf": lambda: (
        keras_sep.zoo.sudorm_rf(filters=8, bottleneck=5, blocks=2, depth=3), None
    ),
    "sudorm_rf, improved": lambda: (
        keras_sep.zoo.sudorm_rf(filters=8, bottleneck=5, blocks=2, depth=3, improved=True), None
    ),
    "wave_u_net": lambda: (
        keras_sep.zoo.wave_u_net(
            channels=1, filters=3, depth=3, down_kernel_size=7, learned_upsampling=True
        ),
        None,
    ),
    "wave_u_net, same": lambda: (
        keras_sep.zoo.wave_u_net(channels=1, filters=3, depth=3, context=False), None
    ),
    "wavenet": lambda: (
        keras_sep.zoo.wavenet(2, filters=5, skip=6, blocks=4, stacks=2, head_filters=(8, 7)), None
    ),
}  # fmt: skip


@pytest.mark.parametrize("model", ZOO)
def test_the_program_gives_the_stems_of_the_zoo(loader, tmp_path, model):
    """Windows, clustering and attractors are in the graph: nothing is left to Python."""
    keras.utils.set_random_seed(13)
    network, post_filter = ZOO[model]()
    front_end = None if network.facts.reads == "waveform" else keras_sep.layers.STFT(64, 16)
    separator = keras_sep.Separator(network, 8000, SOURCES, front_end, post_filter)
    folder = keras_sep.export.saved_model(separator, tmp_path / "model" / "1")
    noise = np.random.default_rng(19).normal(size=(2, 1601, 2))
    waveform = 0.1 * np.cumsum(noise, axis=1)[..., :1].astype("float32")
    compare(run(loader, folder, waveform, tmp_path), separator(waveform).numpy())


STREAMS = {
    "conv_tasnet": lambda: keras_sep.zoo.conv_tasnet(
        filters=12, kernel_size=10, stride=5, bottleneck=6, hidden=8, blocks=3, repeats=2,
        causal=True,
    ),
    "hs_tasnet": lambda: keras_sep.zoo.hs_tasnet(2, 1, **FRAMES, filters=7, units=5, layers=1),
    "mask_inference": lambda: keras_sep.zoo.mask_inference(**SMALL, bidirectional=False),
    "open_unmix": lambda: keras_sep.zoo.open_unmix(
        targets=["vocals", "guitar"], bins=33, channels=1, hidden=8, layers=2, bidirectional=False
    ),
}  # fmt: skip


@pytest.mark.parametrize("model", STREAMS)
def test_the_program_gives_the_stems_of_a_stream(loader, tmp_path, model):
    keras.utils.set_random_seed(13)
    network = STREAMS[model]()
    front_end = None if network.facts.reads == "waveform" else keras_sep.layers.STFT(64, 16)
    separator = keras_sep.Separator(network, 8000, SOURCES, front_end)
    folder = keras_sep.export.saved_model(separator, tmp_path / "model" / "1")
    extra = json.loads((folder / "assets.extra" / "keras_sep.json").read_text())
    stride, latency = extra["stream"]["stride"], extra["stream"]["latency"]
    noise = np.random.default_rng(19).normal(size=(2, 100 * stride, 1))
    waveform = 0.1 * np.cumsum(noise, axis=1).astype("float32")
    stems = run(loader, folder, waveform, tmp_path, 7 * stride)
    whole = separator(waveform).numpy()[:, : waveform.shape[1] - latency]
    compare({name: stem[:, latency:] for name, stem in stems.items()}, whole)


def test_the_program_names_a_folder_that_holds_no_model(loader, tmp_path):
    np.zeros((1, 3, 2), "float32").tofile(tmp_path / "waveform.f32")
    answer = subprocess.run(
        [loader, tmp_path, "1", "3", "2", tmp_path / "waveform.f32", tmp_path],
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert "loading: " in answer.stderr
    assert str(tmp_path) in answer.stderr
