"""Whole recordings at other rates beside `openunmix.predict.separate` and asteroid's `separate`."""

import math
import sys
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import peer as umx
import pytest
import soundfile

pytest.importorskip("asteroid_filterbanks")
from peer import torch
from publishers import home, publish, publisher
from stand_ins import stand_ins
from waveform_parity import randomised

# isort: split
import openunmix
import openunmix.predict
from asteroid.models.dprnn_tasnet import DPRNNTasNet
from asteroid.separate import separate
from test_pretrained import saved

from keras_sep import Separator
from keras_sep.data import read_resampled
from keras_sep.inference import CompiledSeparator, separate_file

__all__ = ["home", "publish", "publisher", "stand_ins"]  # fixtures


class SincResampler:
    """`torchaudio.transforms.Resample` with its defaults, from its documentation's formula.

    PyPI's torchaudio does not load beside the CPU build of torch.
    """

    zeros, rolloff = 6, 0.99

    def __init__(self, orig_freq, new_freq, resampling_method):
        assert resampling_method == "sinc_interpolation"
        ratio = Fraction(int(new_freq), int(orig_freq))  # one is a tensor
        self.old, self.new = ratio.denominator, ratio.numerator
        cutoff = min(self.old, self.new) * self.rolloff
        self.reach = math.ceil(self.zeros * self.old / cutoff)
        samples = np.arange(-self.reach, self.reach + self.old) / self.old
        times = (samples - np.arange(self.new)[:, None] / self.new) * cutoff
        times = times.clip(-self.zeros, self.zeros)
        window = np.cos(times * np.pi / self.zeros / 2) ** 2
        self.kernels = torch.tensor(np.sinc(times) * window * cutoff / self.old)[:, None]

    def to(self, device):
        return self

    def __call__(self, audio):
        x = torch.nn.functional.pad(audio.double(), (self.reach, self.reach + self.old))
        rows = torch.nn.functional.conv1d(x.flatten(0, 1)[:, None], self.kernels, stride=self.old)
        samples = math.ceil(self.new * audio.shape[-1] / self.old)
        return rows.transpose(1, 2).reshape(*audio.shape[:-1], -1)[..., :samples].to(audio.dtype)


def difference_db(one, other):
    assert one.shape == other.shape
    return 10 * np.log10(((one - other) ** 2).sum() / (other**2).sum())


@pytest.fixture
def music(shared_audio):
    """A stereo signal of a second, which may be taken for one of any rate."""
    path = shared_audio / "musdb_clips" / "The Mountaineering Club - Mallory" / "mixture.mp3"
    return read_resampled(path, 44100)[10 * 44100 : 11 * 44100]


def test_open_unmix_at_another_rate(publish, monkeypatch, tmp_path, music):
    made = umx.model.OpenUnmix.__init__
    monkeypatch.setattr(
        umx.model.OpenUnmix,
        "__init__",
        lambda self, **sizes: made(self, **(sizes | {"hidden_size": 6})),
    )
    peer = openunmix.umxhq(pretrained=False)
    for seed, network in enumerate(peer.target_models.values()):
        umx.randomised(network, seed)
    peer.freeze()
    files = {role: saved(network.state_dict()) for role, network in peer.target_models.items()}
    publish("umxhq", files)
    separator = CompiledSeparator(Separator.from_preset("umxhq"))
    monkeypatch.setattr(
        sys.modules["torchaudio"],
        "transforms",
        SimpleNamespace(Resample=SincResampler),
        raising=False,
    )
    path = tmp_path / "song.wav"
    soundfile.write(path, music, 48000, subtype="FLOAT")
    with pytest.warns(UserWarning, match="resample to model sample rate"):
        stems = openunmix.predict.separate(
            torch.from_numpy(music.T.copy()), 48000, separator=peer, wiener_win_len=300
        )
    ours = separator(read_resampled(path, 44100))
    for n, name in enumerate(separator.separator.source_names):
        # torchaudio's filter has six zero crossings: see the tone below
        assert difference_db(ours[..., n], stems[name][0].T.numpy()) < -40


def test_the_resampling_that_differs(tmp_path):
    """Of a tone, which is known at every rate, ours keeps more than a filter of six zeros does."""
    tone = np.sin(2 * np.pi * 997 * np.arange(48000) / 48000).astype("float32")[:, None]
    exact = np.sin(2 * np.pi * 997 * np.arange(44100) / 44100)[:, None]
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone, 48000, subtype="FLOAT")
    inner = slice(1000, -1000)
    ours = read_resampled(path, 44100)[inner]
    theirs = SincResampler(48000, 44100, "sinc_interpolation")(torch.from_numpy(tone.T[None]))
    assert difference_db(ours, exact[inner]) < -110
    assert -80 < difference_db(theirs[0].T.numpy()[inner], exact[inner]) < -40


@pytest.fixture
def speech_network(publish):
    torch.manual_seed(3)
    network = randomised(
        DPRNNTasNet(2, n_filters=12, kernel_size=8, stride=4, bn_chan=6, hid_size=5, chunk_size=50,
                    hop_size=25, n_repeats=1, sample_rate=8000)
    )  # fmt: skip
    publish("dprnn_tasnet_wham", {None: saved(network.serialize())})
    return network, Separator.from_preset("dprnn_tasnet_wham", accept_license=True)


def level(mixture, stems):
    """The factor that asteroid puts on all stems: equal sums of absolute values."""
    return np.abs(mixture).sum() / np.abs(stems).sum()


def test_asteroid_on_an_array(speech_network, music):
    network, separator = speech_network
    mono = music[:8000, :1]
    theirs = separate(network, mono.T[None].copy())[0].T[:, None]
    ours = CompiledSeparator(separator)(mono)
    assert difference_db(level(mono, ours) * ours, theirs) < -100


def below_3_khz(x):
    """Of signals at 16 kHz, samples last."""
    spectrum = np.fft.rfft(x)
    spectrum[..., np.fft.rfftfreq(x.shape[-1], 1 / 16000) > 3000] = 0
    return np.fft.irfft(spectrum, x.shape[-1])


def test_asteroid_on_a_file_of_another_rate(speech_network, music, tmp_path):
    network, separator = speech_network
    path = tmp_path / "talk.wav"
    soundfile.write(path, below_3_khz(music[:, 0]), 16000, subtype="FLOAT")
    separate(network, str(path), resample=True)
    paths = separate_file(separator, path, tmp_path / "stems", "float")
    ours = np.stack([soundfile.read(paths[name])[0] for name in separator.source_names])
    theirs = np.stack([soundfile.read(tmp_path / f"talk_est{n}.wav")[0] for n in (1, 2)])
    # the filters differ where they fall off, below half of 8000 Hz
    ours, theirs = below_3_khz(ours), below_3_khz(theirs)
    gain = (ours * theirs).sum() / (ours**2).sum()
    assert difference_db(gain * ours, theirs) < -40
