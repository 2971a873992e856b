"""Losses that networks of music are trained with against their published code, live."""

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("msst")

from keras_sep import losses  # noqa: E402
from keras_sep.testing import value_and_gradient  # noqa: E402

RELATIVE = 2e-5  # float32's rounding of sums, ten times what is seen


def of_msst(name):
    """A module of msst by its file, as its packages import what only trainers need."""
    package = importlib.util.find_spec("msst").submodule_search_locations[0]
    path = f"{package}/{name.replace('.', '/')}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def trained_with(monkeypatch):
    """msst's losses, without the packages of those that are not compared here."""
    for package, name in (
        ("auraloss", None),
        ("ml_collections", "ConfigDict"),
        ("torch_log_wmse", "LogWMSE"),
        ("torchaudio", None),
        ("torchaudio.transforms", "AmplitudeToDB"),
    ):
        module = ModuleType(package)
        if name is not None:
            setattr(module, name, object)
        monkeypatch.setitem(sys.modules, package, module)
    return of_msst("utils.losses")


def signals(samples=9001, sources=3):
    """(batch, samples, channels, sources): targets, and estimates that differ far from the ends."""
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=(2, 5, samples, 2, sources)) * [[[0.3, 1.0, 2.0][:sources]]]
    noise *= rng.uniform(0.1, 1.0, size=(5, 1, 1, sources))
    noise[:, :2100], noise[:, -2100:] = 0, 0
    return target.astype("float32"), (target + noise).astype("float32")


def theirs(loss, target, estimate):
    """The value and gradient of (batch, sources, channels, samples), in our axes."""
    x, y = (torch.tensor(a.transpose(0, 3, 2, 1).copy()) for a in (estimate, target))
    x.requires_grad_()
    value = loss(x, y)
    value.backward()
    return value.item(), x.grad.numpy().transpose(0, 3, 2, 1)


def agree(loss, peer, target, estimate):
    value, slope = value_and_gradient(loss)(target, estimate)
    wanted, wanted_slope = theirs(peer, target, estimate)
    assert value == pytest.approx(wanted, rel=RELATIVE)
    # the slope of |x| is a sign, which rounding decides in bins near zero
    assert np.abs(slope - wanted_slope).max() < 2e-3 * np.abs(wanted_slope).max()


def test_the_loss_of_the_roformers():
    """As their network computes it, of its own estimates."""
    torch.manual_seed(0)
    bs_roformer = pytest.importorskip("msst.models.bs_roformer.bs_roformer")
    network = bs_roformer.BSRoformer(
        8, depth=1, stereo=True, num_stems=3, time_transformer_depth=1, freq_transformer_depth=1,
        dim_head=8, heads=1, flash_attn=False,
    ).eval()  # fmt: skip
    target, estimate = signals()
    mixture = torch.tensor(target.sum(-1).transpose(0, 2, 1).copy())
    with torch.inference_mode():
        separated = network(mixture)
        noise = torch.tensor((target - estimate).transpose(0, 3, 2, 1).copy())
        wanted = network(mixture, target=separated + noise)
    y_pred, y_true = (x.numpy().transpose(0, 3, 2, 1) for x in (separated, separated + noise))
    loss = losses.SumOfLosses([losses.WaveformLoss("l1"), losses.ComplexSTFTLoss()])
    assert float(loss(y_true, y_pred)) == pytest.approx(wanted.item(), rel=RELATIVE)


# `torch.stft` warns that there is no window; SCNet has none
@pytest.mark.filterwarnings("ignore:A window was not provided:UserWarning")
def test_the_loss_of_scnet(trained_with):
    sizes = {"n_fft": 256, "hop_length": 64, "win_length": 256, "center": True, "normalized": True}
    loss = losses.ComplexSTFTLoss([256], [64], [256], losses.RMSE(), "rectangular", True)
    agree(loss, lambda x, y: trained_with.spec_rmse_loss(x, y, sizes), *signals())


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("quantile", [0.95, 0.5])
def test_the_loss_of_mdx23c(trained_with, quantile, whole):
    loss = losses.TrimmedMSE(quantile, whole)
    agree(loss, lambda x, y: trained_with.masked_loss(x, y, quantile, whole), *signals())


@pytest.mark.parametrize("epsilon", [1e-3, 1e-6])
def test_the_loss_of_bandit(epsilon):
    ratio = of_msst("models.bandit.core.loss.snr").SignalNoisePNormRatio(p=1, EPS=epsilon)
    window = torch.hann_window(512)

    def spectrum(x):
        pair = torch.stft(
            x.reshape(-1, x.shape[-1]), 512, 128, 512, window, pad_mode="constant",
            return_complex=True,
        )  # fmt: skip
        return pair.reshape(*x.shape[:-1], *pair.shape[1:]) / window.square().sum().sqrt()

    def both(x, y):
        """Their sum over stems, of waveforms and of spectra, is a mean here."""
        stems = [(x[:, i], y[:, i]) for i in range(x.shape[1])]
        return sum(ratio(a, b) + ratio(spectrum(a), spectrum(b)) for a, b in stems) / len(stems)

    one = losses.L1SNR(epsilon)
    of_spectra = losses.ComplexSTFTLoss([512], [128], [512], one, normalized=True)
    agree(losses.SumOfLosses([one, of_spectra]), both, *signals())
