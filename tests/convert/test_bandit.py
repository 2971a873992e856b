"""BandIt: settings of MSST beside its weights, and bands that the tensors tell or do not."""

import keras
import numpy as np
import pytest
from converted import GOLDEN, golden

from keras_sep import convert, ops

SETTINGS = """
name: MultiMaskMultiSourceBandSplitRNN
audio: {chunk_size: 264600, num_channels: 1, sample_rate: 48000}
model: {in_channel: 1, stems: [effects, speech], band_specs: musical, n_bands: 5, fs: 8000,
        rnn_type: GRU, hop_length: 8, pad_mode: constant, hidden_activation: Tanh, power: null}
training: {instruments: [sfx, dialogue], target_instrument: null}
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
        second[bare.replace("seqband.1.", "seqband.2.")] = tensor
    assert convert.recognise(second) == "bandit"
    network = convert.bandit(
        second, channels=1, hop_length=8, padding="reflect", difference=True,
    )  # fmt: skip
    ours = keras.ops.convert_to_numpy(network(mixture))
    np.testing.assert_allclose(ours.sum(-1), mixture, atol=1e-5)


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
    assert len(ops.musical_bands(5, 17)) == 5
