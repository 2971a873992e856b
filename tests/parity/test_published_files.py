"""Files as asteroid, demucs and speechbrain publish them, with more in them than tensors."""

import sys
from fractions import Fraction
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("asteroid_filterbanks")
pytest.importorskip("demucs")
if find_spec("speechbrain") is None:  # importing it would import its trainers
    pytest.skip("speechbrain is not installed", allow_module_level=True)
import asteroid_peer
from demucs_peer import HTDemucs

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet
from demucs import states
from speechbrain_peer import sepformer, torch
from waveform_parity import check_waveforms, randomised

import keras_sep_cli
from keras_sep import convert
from keras_sep.inference import load_separator

BOTH_FORMATS = pytest.mark.parametrize("archive", [True, False])


def check(path, state):
    tensors = convert.read_checkpoint(path)
    assert list(tensors) == list(state)
    for name, tensor in state.items():
        assert tensors[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(tensors[name], tensor.numpy())
    return tensors


@BOTH_FORMATS
def test_asteroid(tmp_path, monkeypatch, capsys, archive):
    # not installed, or not imported as a whole: `serialize` writes the versions of both
    trainer = ModuleType("pytorch_lightning")
    monkeypatch.setattr(trainer, "__version__", "2.0.0", raising=False)
    monkeypatch.setitem(sys.modules, trainer.__name__, trainer)
    monkeypatch.setattr(asteroid_peer._package, "__version__", "0.7.0", raising=False)
    peer = ConvTasNet(2, n_blocks=2, n_repeats=1, bn_chan=5, hid_chan=7, skip_chan=3, n_filters=11)
    content = peer.serialize() | {"optimizer": torch.optim.Adam(peer.parameters()).state_dict()}
    versions = content["infos"]["software_versions"]
    assert type(versions["torch_version"]) is not str  # a class of PyTorch's own
    path = tmp_path / "pytorch_model.bin"
    torch.save(content, path, _use_new_zipfile_serialization=archive)
    network = convert.conv_tasnet(check(path, peer.state_dict()), blocks=2)
    check_waveforms(network, peer.eval(), samples=16 + 8 * 50)
    out = tmp_path / "out.keras"
    options = ["--sample-rate", "8000", "--out", str(out)]  # which it does not say by default
    assert keras_sep_cli.main(["convert", str(path), *options]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    separator = load_separator(out)
    assert (separator.source_names, separator.interchangeable_sources) == (("s1", "s2"), True)
    check_waveforms(separator, peer, samples=16 + 8 * 50)


@BOTH_FORMATS
def test_demucs(tmp_path, monkeypatch, archive):
    # what reads the settings of a training is not installed: here they are a dict as they are
    settings = ModuleType("omegaconf")
    settings.OmegaConf = SimpleNamespace(to_container=lambda given, resolve: given)
    monkeypatch.setitem(sys.modules, settings.__name__, settings)
    peer = HTDemucs(["a", "b"], channels=8, nfft=512, depth=2, t_layers=1, t_heads=4,
                    segment=Fraction(39, 5))  # fmt: skip
    content = states.serialize_model(peer, {"optim": {"lr": 3e-4, "betas": (0.9, Fraction(1, 2))}})
    assert content["kwargs"]["segment"] == Fraction(39, 5)
    if archive:
        states.save_with_checksum(content, tmp_path / "model.th")
    else:
        torch.save(content, tmp_path / "model-0.th", _use_new_zipfile_serialization=False)
    (path,) = tmp_path.glob("model-*.th")
    tensors = check(path, content["state"])
    assert {tensor.dtype.name for tensor in tensors.values()} == {"float16"}
    convert.htdemucs(tensors, heads=4)


def test_speechbrain(tmp_path, capsys):
    peer = randomised(sepformer(filters=13, kernel_size=10, bottleneck=8, chunk_length=12, blocks=1,
                                layers=1, heads=2, hidden=11))  # fmt: skip
    parts = [tmp_path / f"{name}.ckpt" for name in ("masknet", "encoder", "decoder")]
    for path in parts:
        torch.save(getattr(peer, path.stem).state_dict(), path)
    out = tmp_path / "sepformer.keras"
    options = ["--model", "sepformer", "--sources", "s1", "s2", "--sample-rate", "8000"]
    options += ["--with", "chunk_length=12", "heads=2", "--out", str(out)]
    assert keras_sep_cli.main(["convert", *map(str, parts), *options]) == 0
    assert capsys.readouterr().out.splitlines() == [str(out)]
    check_waveforms(load_separator(out), peer, samples=10 + 5 * 60)
