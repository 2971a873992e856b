"""What networks say of themselves, measured from outside."""

import functools
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_sep import Separator, _keras, layers, zoo
from keras_sep.testing import numpy

SMALL = {"channels": 1, "sources": 2}
SPEECH = {"bins": 5, "units": 3, "layers": 1, "dropout": 0.0}
FRAMES_ALONE = keras.layers.LayerNormalization
MASKS = {"filters": 7, "kernel_size": 6, "stride": 2, "bottleneck": 5}
BANDS = {"features": 4, "blocks": 1, "heads": 2, "head_size": 4, "frame_length": 32,
         "hop_length": 8}  # fmt: skip
BAND_SPLIT = {"frame_length": 32, "hop_length": 8, "bins": 16, "subbands": 2, "filters": 4,
              "depth": 1, "blocks": 1, "heads": 2, "head_size": 4}  # fmt: skip
HYBRID = {"filters": 4, "frame_length": 64, "norm_starts": 2}
PLAIN = {
    "filters": 2,
    "depth": 2,
    "normalize": False,
    "encoder_branches": False,
    "norm_starts": 2,
    "channels": 1,
    "sources": 1,
    "kernel_size": 8,
    "stride": 4,
}

# the smallest of each kind
NETWORKS = {
    "bandit": lambda: zoo.bandit(
        channels=1, bands=((0, 3), (2, 9)), features=4, blocks=1, units=3, hidden=5,
        frame_length=16, hop_length=4,
    ),
    "bs_roformer": lambda: zoo.bs_roformer(**BANDS),
    "chimera": lambda: zoo.chimera(**SPEECH),
    "chimera forwards": lambda: zoo.chimera(**SPEECH, bidirectional=False),
    "conv_tasnet": lambda: zoo.conv_tasnet(**MASKS, hidden=6, skip=5, blocks=2, repeats=2),
    "conv_tasnet of frames alone": lambda: zoo.conv_tasnet(
        **MASKS, hidden=6, skip=5, blocks=2, repeats=2, normalization=FRAMES_ALONE()
    ),
    "conv_tasnet causal": lambda: zoo.conv_tasnet(
        **MASKS, hidden=6, skip=None, blocks=2, repeats=1, causal=True
    ),
    "conv_tasnet causal of frames alone": lambda: zoo.conv_tasnet(
        **{**MASKS, "kernel_size": 8, "stride": 8}, hidden=6, skip=5, taps=2, blocks=3, repeats=1,
        causal=True, normalization=FRAMES_ALONE(),
    ),
    "deep_attractor": lambda: zoo.deep_attractor(**SPEECH, bidirectional=False),
    "deep_attractor anchored": lambda: zoo.deep_attractor(**SPEECH, anchors=3, bidirectional=False),
    "deep_clustering": lambda: zoo.deep_clustering(**SPEECH),
    "demucs": lambda: zoo.demucs(filters=4, depth=2),
    "demucs at its rate": lambda: zoo.demucs(filters=4, depth=2, resample=False),
    "demucs of odd strides": lambda: zoo.demucs(filters=4, depth=2, kernel_size=9, stride=3),
    "demucs without norms": lambda: zoo.demucs(**PLAIN),
    "demucs without norms at its rate": lambda: zoo.demucs(
        **{**PLAIN, "kernel_size": 7, "stride": 3, "context": 2}, resample=False
    ),
    "dprnn_tasnet": lambda: zoo.dprnn_tasnet(**MASKS, units=3, chunk_length=10, blocks=1),
    "dprnn_tasnet forwards": lambda: zoo.dprnn_tasnet(
        **MASKS, units=3, chunk_length=10, blocks=1, bidirectional=False,
        normalization=FRAMES_ALONE(),
    ),
    "dtln": lambda: zoo.dtln(frame_length=6, hop_length=3, filters=7, units=3, layers=1),
    "dtln of logarithms": lambda: zoo.dtln(
        frame_length=9, hop_length=3, filters=7, units=3, layers=1, log_magnitude=True
    ),
    "hs_tasnet": lambda: zoo.hs_tasnet(
        channels=1, frame_length=6, hop_length=3, filters=7, units=3, layers=1
    ),
    "hs_tasnet of complex spectra": lambda: zoo.hs_tasnet(
        channels=1, frame_length=12, hop_length=3, filters=7, units=3, summed=True,
        complex_spectrum=True, normalize=True,
    ),
    "hdemucs": lambda: zoo.hdemucs(**HYBRID, depth=2),
    "hdemucs below the meeting": lambda: zoo.hdemucs(**HYBRID, depth=3),
    "htdemucs": lambda: zoo.htdemucs(
        filters=8, frame_length=256, depth=2, blocks=1, position_weight=0.0
    ),
    "htdemucs of segments": lambda: zoo.htdemucs(
        filters=8, frame_length=256, depth=2, blocks=1, position_weight=0.0, segment_samples=700
    ),
    "mel_band_roformer": lambda: zoo.mel_band_roformer(**BANDS, bands=5),
    "mask_inference": lambda: zoo.mask_inference(**SPEECH),
    "moises_light": lambda: zoo.moises_light(**BAND_SPLIT),
    "open_unmix": lambda: zoo.open_unmix(bins=5, channels=1, hidden=4, layers=1),
    "open_unmix forwards": lambda: zoo.open_unmix(
        bins=5, channels=1, hidden=4, layers=1, bidirectional=False
    ),
    # blocks read the spectrum of features along time, which turns as the mixture moves
    "scnet": lambda: zoo.scnet(filters=(4,), frame_length=64, hop_length=16, blocks=0),
    "sepformer": lambda: zoo.sepformer(
        **{**MASKS, "bottleneck": 4}, chunk_length=10, blocks=1, layers=1, heads=2, hidden=4,
        positions=False,
    ),
    "sepreformer": lambda: zoo.sepreformer(
        filters=7, kernel_size=6, stride=3, bottleneck=4, stages=1, encoder_blocks=1,
        decoder_blocks=1, heads=2, local_kernel_size=3,
    ),
    "spleeter_unet": lambda: zoo.spleeter_unet(
        bins=5, channels=1, bandwidth_bins=4, filters=(3, 4), window_frames=64
    ),
    "spleeter_unet of short windows": lambda: zoo.spleeter_unet(
        bins=5, channels=1, bandwidth_bins=4, filters=(3, 4), window_frames=8, hop_frames=3
    ),
    "sudorm_rf": lambda: zoo.sudorm_rf(filters=6, kernel_size=6, bottleneck=5, blocks=1, depth=3),
    "sudorm_rf improved": lambda: zoo.sudorm_rf(
        filters=6, kernel_size=6, bottleneck=5, blocks=1, depth=2, improved=True
    ),
    "tasnet": lambda: zoo.tasnet(filters=7, kernel_size=6, stride=3, units=3, layers=1),
    "tasnet causal": lambda: zoo.tasnet(
        filters=7, kernel_size=6, stride=3, units=3, layers=1, causal=True
    ),
    "tfc_tdf": lambda: zoo.tfc_tdf(
        frame_length=32, hop_length=8, bins=16, subbands=2, filters=3, growth=1, depth=1, blocks=1
    ),
    "tf_gridnet": lambda: zoo.tf_gridnet(
        features=4, blocks=1, units=3, heads=2, query_size=3, frame_length=8, hop_length=4
    ),
    "tf_locoformer": lambda: zoo.tf_locoformer(
        features=4, blocks=1, heads=2, head_size=2, hidden=3, groups=2, frame_length=8,
        hop_length=4,
    ),
    "unet": lambda: zoo.unet(bins=5, filters=(3, 4), window_frames=8),
    "wave_u_net": lambda: zoo.wave_u_net(
        **SMALL, filters=3, depth=3, down_kernel_size=5, up_kernel_size=3
    ),
    "wave_u_net padded": lambda: zoo.wave_u_net(
        **SMALL, filters=3, depth=3, down_kernel_size=5, up_kernel_size=3, context=False
    ),
    "wavenet": lambda: zoo.wavenet(
        **SMALL, filters=3, skip=3, blocks=3, stacks=2, head_filters=(3, 3)
    ),
    "wavenet causal": lambda: zoo.wavenet(
        **SMALL, filters=3, skip=3, blocks=3, stacks=2, head_filters=(3, 3), causal=True
    ),
}  # fmt: skip


# networks whose stride is more than one of their arguments, in other sizes
STRIDES = {
    "bandit": lambda: zoo.bandit(
        channels=1, bands=((0, 3), (2, 9)), features=4, blocks=1, units=3, hidden=5,
        frame_length=16, hop_length=6,
    ),
    "bs_roformer": lambda: zoo.bs_roformer(
        **BANDS | {"frame_length": 24, "hop_length": 6}, fft_length=32
    ),
    "moises_light": lambda: zoo.moises_light(
        **BAND_SPLIT | {"depth": 2, "hop_length": 6}, encoder_convolutions=1
    ),
    "scnet": lambda: zoo.scnet(
        filters=(4, 5), frame_length=64, hop_length=24, blocks=0, strides=(1, 2, 3)
    ),
    "sepreformer": lambda: zoo.sepreformer(
        filters=7, kernel_size=4, stride=2, bottleneck=4, stages=2, encoder_blocks=1,
        decoder_blocks=1, heads=2, local_kernel_size=3,
    ),
    "tf_gridnet": lambda: zoo.tf_gridnet(
        features=4, blocks=1, units=3, heads=2, query_size=3, kernel_size=4, stride=3,
        frame_length=8, hop_length=4,
    ),
    "tf_gridnet, kernels side by side": lambda: zoo.tf_gridnet(
        features=4, blocks=1, units=3, heads=2, query_size=3, kernel_size=2, stride=2,
        frame_length=8, hop_length=4,
    ),
    "tf_locoformer": lambda: zoo.tf_locoformer(
        features=4, blocks=1, heads=2, head_size=2, hidden=3, groups=2, frame_length=12,
        hop_length=3,
    ),
    "tfc_tdf": lambda: zoo.tfc_tdf(
        frame_length=32, hop_length=4, bins=16, subbands=1, filters=3, growth=1, depth=2, blocks=1,
        strides=(3, 2), bottleneck=2,
    ),
}  # fmt: skip


def test_every_builder_is_here():
    assert {name.split()[0] for name in NETWORKS} == set(zoo.__all__)


@functools.cache
def built(name):
    return off_zero(NETWORKS[name])


def off_zero(build):
    keras.utils.set_random_seed(17)
    network = build()
    rng = np.random.default_rng(19)
    for weight in network.weights:  # nothing that starts from zero hides what it is multiplied with
        if not keras.ops.convert_to_numpy(weight).any():
            weight.assign(rng.uniform(0.1, 0.3, weight.shape))
    return network


@pytest.fixture(params=NETWORKS)
def network(request):
    return built(request.param)


def returned(network, inputs):
    """All outputs as (batch, time, everything else)."""
    outputs = keras.tree.flatten(network(inputs, training=False))
    return np.concatenate([numpy(x).reshape(*x.shape[:2], -1) for x in outputs], axis=-1)


def noise(network, *shape):
    shape = (*shape, *network.input_shape[2:])
    return np.random.default_rng(23).uniform(0.1, 1.0, shape).astype("float32")


def touched(network, steps, at):
    """The first and the last time step that depend on each of these."""
    inputs = np.repeat(noise(network, 1, steps), len(at), axis=0)
    inputs[np.arange(len(at)), at] = np.nan
    nan = np.isnan(returned(network, inputs)).any(-1)
    return nan.argmax(1), steps - 1 - nan[:, ::-1].argmax(1)


def test_context_is_what_nan_reaches(network):
    """A NaN at one time step spreads to all that depend on it, and to nothing else."""
    facts = network.facts
    reach = max(side or 0 for side in facts.context)
    phases = 3 if None in facts.context else facts.stride  # of an input within a stride
    steps = 2 * reach + max(phases, 4 * facts.stride) + 8
    at = reach + np.arange(phases)
    first, last = touched(network, steps, at)
    for side, found in zip(facts.context, ((last - at).max(), (at - first).max()), strict=True):
        if side is None:
            assert found >= min(steps - 1 - at.max(), at.min())  # an end of the input
        else:
            assert found == side
    if facts.context[0] is None:
        assert (last == steps - 1).all()
    if facts.context[1] is None:
        assert (first == 0).all()


def test_context_where_the_crop_of_some_lengths_lies_one_later():
    network = zoo.demucs(**{**PLAIN, "kernel_size": 6, "stride": 3})
    before, after = network.facts.context
    at = before + np.arange(9)
    both = [touched(network, steps, at) for steps in (2 * before + 40, 2 * before + 41)]
    assert max((last - at).max() for _, last in both) == before
    assert max((at - first).max() for first, _ in both) == after
    assert len({(last - at).max() for _, last in both}) == 2


@pytest.mark.parametrize("name", STRIDES)
def test_stride_of_other_sizes(name):
    test_stride_is_what_the_output_moves_with(off_zero(STRIDES[name]))


def test_stride_is_what_the_output_moves_with(network):
    """Some signal between zeros, moved by the stride, and by a part of it."""
    stride = network.facts.stride
    quiet, loud = 60 + 12 * stride, 20 + 3 * stride
    parts = [stride // prime for prime in (2, 3, 5, 7) if stride % prime == 0]
    shifts = [0, stride, *parts]
    inputs = np.zeros((len(shifts), 2 * quiet + loud, *network.input_shape[2:]), "float32")
    signal = noise(network, loud)
    for example, shift in zip(inputs, shifts, strict=True):
        example[quiet + shift : quiet + shift + loud] = signal
    here, *moved = returned(network, inputs)
    middle = slice(quiet - 10, quiet + loud + 10)
    errors = [
        np.abs(there[middle.start + shift : middle.stop + shift] - here[middle]).max()
        for there, shift in zip(moved, shifts[1:], strict=True)
    ]
    # recurrent layers and running means have not forgotten the beginning to the last bit
    assert errors[0] < 5e-3 * np.abs(here).max()
    assert all(error > 4 * errors[0] for error in errors[1:])


@pytest.mark.parametrize("name", zoo.__all__)
def test_facts_are_in_the_file_in_a_clone_and_within_other_models(name, tmp_path):
    network = built(name)
    facts = network.facts
    assert facts.builder in zoo.__all__
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    outer = keras.Model(network.input, network(network.input))
    outer.save(tmp_path / "outer.keras")
    inner = keras.saving.load_model(tmp_path / "outer.keras").layers[-1]
    for other in (loaded, keras.models.clone_model(network), inner):
        assert type(other) is zoo.Network
        assert other.facts == facts
        assert other.supports_masking == network.supports_masking
    assert (loaded.unpadded is None) == (network.unpadded is None)


def test_builder_and_arguments_make_the_same_network(network):
    facts = network.facts
    again = getattr(zoo, facts.builder)(**facts.arguments)
    assert again.facts == facts
    assert [w.shape for w in again.weights] == [w.shape for w in network.weights]
    again.set_weights(network.get_weights())
    inputs = noise(network, 1, 40)
    np.testing.assert_array_equal(returned(again, inputs), returned(network, inputs))


def test_a_separator_knows_what_its_networks_do():
    network = NETWORKS["unet"]()
    front_end = layers.STFT(8, 2)
    separator = Separator(network, 8000, ("vocals",), front_end)
    assert separator.stride_samples == 2 * 4
    assert separator.context_samples == 2 * 7 + 7
    wiener = separator.with_post_filter(layers.WienerFilter(residual=True))
    assert wiener.context_samples is None
    assert wiener.source_names == ("vocals", "residual")
    assert wiener.with_post_filter(None).source_names == ("vocals",)
    assert separator.segment_samples is None
    segments = Separator(NETWORKS["htdemucs of segments"](), 8000, tuple("abcd"))
    assert segments.segment_samples == 700


def test_facts_are_shown(capsys):
    network = NETWORKS["conv_tasnet causal"]()
    said = "waveform to waveforms, stride 2, causal, context all before and 5 samples after"
    assert repr(network) == f"<Network conv_tasnet: {said}>"
    network.summary()
    assert said in capsys.readouterr().out


def test_statistics_are_not_kept():
    network = zoo.open_unmix(bins=5, hidden=4, layers=1, mean=np.ones(5), scale=np.ones(5))
    assert network.facts.arguments["mean"] is None


def test_a_network_of_ones_own():
    mixture = keras.Input((None, 1))
    outputs = keras.layers.Dense(2)(mixture)[:, :, None]
    assert zoo.Network(mixture, outputs).facts is None
    facts = zoo.Facts("waveform", "waveforms", context=(0, 0))
    network = zoo.Network(mixture, outputs, facts=facts)
    assert keras.models.clone_model(network).facts == facts
    assert Separator(network, 8000, ("a", "b")).context_samples == 0
    nameless = zoo.Network(mixture, network(mixture), name="outer")
    assert nameless.facts is None


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"reads": "waveforms"}, "`reads` of a network's facts must be one of"),
        ({"returns": {"a": "b"}}, "`returns` of a network's facts must be one of"),
        ({"stride": 0}, "must be a positive integer. Received: 0"),
        ({"stride": True}, "must be a positive integer. Received: True"),
        ({"context": (1,)}, "must be a pair of non-negative integers or None"),
        ({"context": (1, -1)}, "must be a pair of non-negative integers or None"),
        ({"lengths": (5, 0)}, "must be a pair of integers, the second positive"),
        ({"causal": 1}, "must be True or False. Received: 1"),
    ],
)
def test_facts_that_cannot_be(wrong, text):
    with pytest.raises(ValueError) as error:
        zoo.Facts(**{"reads": "waveform", "returns": "waveforms", **wrong})
    assert text in str(error.value)


@pytest.mark.parametrize("name", zoo.__all__)
def test_cards_show_the_facts_of_the_published_size(name):
    card = Path(__file__).parents[2] / "zoo" / f"{name}.md"
    with keras.StatelessScope(initialize_variables=False), _keras.forgotten_variables():
        facts = getattr(zoo, name)().facts
    assert f"- **Facts**: {facts}." in card.read_text(encoding="utf-8")
