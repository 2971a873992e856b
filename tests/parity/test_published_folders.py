"""Folders as openunmix and speechbrain write them, read without a word besides."""

import json

import numpy as np
import peer as umx
import pytest
from speechbrain_peer import sepformer, torch
from waveform_parity import check_waveforms, randomised

# isort: split
from openunmix import utils

import keras_sep_cli
from keras_sep.inference import load_separator


@pytest.mark.parametrize("targets", [["speech", "noise"], ["speech"]])
def test_open_unmix(tmp_path, monkeypatch, targets):
    """What `train.py` of openunmix leaves: per target .json, .pth and .chkpnt, and one for all."""
    folder = tmp_path / "run"
    folder.mkdir()
    said = {"nfft": 64, "nhop": 32, "nb_channels": 1, "hidden_size": 6}
    (folder / "separator.json").write_text(json.dumps({**said, "sample_rate": 16000.0}, indent=4))
    for seed, target in enumerate(targets):
        network = umx.random_network(seed, nb_bins=33, nb_channels=1, hidden_size=6, max_bin=20)
        (folder / f"{target}.json").write_text(json.dumps({"args": said, "best_epoch": 3}))
        torch.save(network.state_dict(), folder / f"{target}.pth")
        content = {"epoch": 3, "state_dict": network.state_dict(), "optimizer": {}}
        torch.save(content, folder / f"{target}.chkpnt")
    peer = utils.load_separator(str(folder), targets=targets, residual=len(targets) == 1)
    peer.freeze()
    monkeypatch.chdir(tmp_path)
    assert keras_sep_cli.main(["convert", "run"]) == 0
    wiener = 1 if len(targets) == 1 else None  # as `separate --wiener 1`
    ours = load_separator("run.keras", wiener)
    assert ours.sample_rate_hz == peer.sample_rate == 16000
    x = np.random.default_rng(1).normal(size=(1, 20_000, 1)).astype("float32")
    theirs = peer.to_dict(peer(torch.from_numpy(x).permute(0, 2, 1).contiguous()))
    found = dict(zip(ours.source_names, np.moveaxis(np.asarray(ours(x)), -1, 0), strict=True))
    assert found.keys() == theirs.keys() == {*targets, "residual" if wiener else targets[-1]}
    for name, wanted in theirs.items():
        wanted = wanted.permute(0, 2, 1).numpy()
        # the filter amplifies rounding where frames are few
        assert np.abs(found[name] - wanted).max() < 1e-3 * np.abs(wanted).max()


def test_speechbrain(tmp_path, monkeypatch):
    peer = randomised(sepformer(filters=13, kernel_size=10, bottleneck=8, chunk_length=12, blocks=1,
                                layers=1, heads=2, hidden=11))  # fmt: skip
    folder = tmp_path / "sepformer-mine"
    folder.mkdir()
    for name in ("masknet", "encoder", "decoder"):
        torch.save(getattr(peer, name).state_dict(), folder / f"{name}.ckpt")
    # lines of the published file, with other numbers
    (folder / "hyperparams.yaml").write_text(
        "# Inference\nsample_rate: 8000\nnum_spks: 2\n\n"
        "SBtfintra: !new:speechbrain.lobes.models.dual_path.SBTransformerBlock\n"
        "  num_layers: 1\n  d_model: 8\n  nhead: 2\n  d_ffn: 11\n"
        "MaskNet: !new:speechbrain.lobes.models.dual_path.Dual_Path_Model\n"
        "  num_spks: !ref <num_spks>\n  K: 12\n"
    )
    monkeypatch.chdir(tmp_path)
    assert keras_sep_cli.main(["convert", "sepformer-mine"]) == 0
    separator = load_separator("sepformer-mine.keras")
    assert separator.sample_rate_hz == 8000
    assert (separator.source_names, separator.interchangeable_sources) == (("s1", "s2"), True)
    check_waveforms(separator, peer, samples=10 + 5 * 60)
