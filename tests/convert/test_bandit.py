"""BandIt: settings of MSST beside its weights, and bands that the tensors tell or do not."""

import keras
import numpy as np
import pytest
from converted import GOLDEN, golden, write_safetensors

from keras_sep import convert

SETTINGS = """
name: MultiMaskMultiSourceBandSplitRNN
audio: {chunk_size: 264600, num_channels: 1, sample_rate: 48000}
model: {in_channel: 1, stems: [effects, speech], band_specs: musical, n_bands: 5, fs: 8000,
        rnn_type: GRU, hop_length: 8, pad_mode: constant, hidden_activation: Tanh, power: null}
training: {instruments: [sfx, dialogue], target_instrument: null}
"""
SETTINGS_OF_2 = """
cls: Bandit
audio: {chunk_size: 384000, num_channels: 1, sample_rate: 48000}
kwargs: {in_channels: 1, stems: [speech], band_type: musical, n_bands: 5, fs: 8000, n_fft: 32,
         rnn_type: GRU, hop_length: 8, pad_mode: reflect, use_freq_weights: true, center: true}
training: {instruments: [dialogue, rest], target_instrument: dialogue}
"""


def test_settings_beside_the_weights(tmp_path):
    """The order of the sources is that of the file, too."""
    settings = tmp_path / "config.yaml"
    settings.write_text(SETTINGS)
    separator = convert.from_checkpoint([GOLDEN / "bandit.pth", settings])
    assert separator.source_names == ("sfx", "dialogue")
    assert separator.sample_rate_hz == 48000
    assert separator.networks.facts.segment == 264600
    _, mixture, stems = golden("bandit")
    ours = keras.ops.convert_to_numpy(separator.networks(mixture))
    np.testing.assert_allclose(ours[..., ::-1], stems, rtol=0, atol=1e-5 * np.abs(stems).max())


def test_settings_of_version_2(tmp_path):
    """They stand at `kwargs`, with other names; the last source may be the rest."""
    state, mixture, _ = golden("bandit")
    second = {}
    for name, tensor in state.items():
        bare = name.removeprefix("bsrnn.")
        if bare.startswith("band_split"):
            bare = bare.replace(".fc.", ".combined.1.").replace(".norm.", ".combined.0.")
            if not bare.endswith("combined.1.bias"):
                tensor = interleaved(tensor)
        if "mask_estim.effects" not in bare:
            second[bare.replace("seqband.1.", "seqband.2.")] = tensor
    weights = tmp_path / "model.safetensors"
    write_safetensors(weights, second)
    settings = tmp_path / "config.yaml"
    settings.write_text(SETTINGS_OF_2)
    separator = convert.from_checkpoint(weights)
    assert separator.source_names == ("dialogue", "rest")
    ours = keras.ops.convert_to_numpy(separator.networks(mixture))
    # mirrored ends, as the file says, are not those of the golden estimate
    first = convert.bandit(state, channels=1, hop_length=8, padding="reflect")
    speech = keras.ops.convert_to_numpy(first(mixture))[..., 0]
    np.testing.assert_allclose(ours[..., 0], speech, atol=1e-6)
    np.testing.assert_allclose(ours.sum(-1), mixture, atol=1e-6)


def interleaved(tensor):
    """Real and imaginary parts of a bin side by side, which version 1 has one after the other."""
    return tensor.reshape(*tensor.shape[:-1], 2, -1).swapaxes(-1, -2).reshape(tensor.shape)


def test_shares_are_those_of_the_file():
    """The bands' masks are weighted by them, as in the authors' networks with bands of mel."""
    state, mixture, _ = golden("bandit")
    equal = convert.bandit(state, channels=1, hop_length=8)
    assert equal.facts.arguments["shares"] is None
    rng = np.random.default_rng(3)
    bins, numbers = [], {}
    for band, (first, stop) in enumerate(equal.facts.arguments["bands"]):
        bins += range(first, stop)
        numbers[band] = rng.uniform(0.1, 3, stop - first)
    for name in state:
        if "freq_weights" in name:
            state[name] = numbers[int(name.rpartition("/")[2])]
    network = convert.bandit(state, channels=1, hop_length=8)
    spectra = []
    for each in (equal, network):
        inner = keras.Model(each.input, each.get_layer("masks").output)
        spectra.append(keras.ops.convert_to_numpy(inner(mixture)[0]))
    usual, found = spectra
    # a bin that one band alone holds has a mask of as many times the size
    alone = [bin for bin in range(17) if bins.count(bin) == 1]
    shares = np.concatenate(list(numbers.values()))[[bins.index(bin) for bin in alone]]
    wanted = usual[:, :, alone] * shares[:, None, None]
    assert np.abs(wanted).max() > 1e-3
    np.testing.assert_allclose(found[:, :, alone], wanted, rtol=1e-4, atol=1e-7)
    given = convert.bandit(state, channels=1, hop_length=8, shares=[1.0] * len(bins))
    assert given.facts.arguments["shares"] == [1.0] * len(bins)
    state["bsrnn.mask_estim.effects.freq_weights/2"] = np.ones(6)
    with pytest.raises(ValueError, match=r"must be those of every source"):
        convert.bandit(state, channels=1, hop_length=8)


@pytest.mark.fault
def test_bands_and_sources_that_do_not_fit():
    state, _, _ = golden("bandit")
    with pytest.raises(ValueError, match=r"`bands` must be given where .* of 32 bins"):
        convert.bandit(state, frame_length=64)
    bands = [(n, n + 1) for n in range(17)]
    with pytest.raises(ValueError, match=r"must have shape .* Received: shape"):
        convert.bandit(state, bands=[*bands[:4], (4, 17)])
    with pytest.raises(ValueError, match=r"`stems` must be speech, effects, in any order"):
        convert.bandit(state, stems=["speech"])
