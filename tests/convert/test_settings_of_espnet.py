"""The `config.yaml` of espnet beside weights: what it says, and what is refused."""

import keras
import numpy as np
import pytest
from converted import golden, write_safetensors

from keras_sep import convert

pytestmark = pytest.mark.fault
# as the authors publish them, without the sections on the training
LOCOFORMER = """
optim: adamw
optim_conf: {lr: 0.001, eps: 1.0e-08, weight_decay: 0.01}
model_conf: {normalize_variance: true}
num_spk: 2
sample_rate: 8000
encoder: stft
encoder_conf: {n_fft: 32, hop_length: 8}
separator: tflocoformer
separator_conf:
  {num_spk: 2, n_layers: 1, emb_dim: 6, norm_type: rmsgroupnorm, num_groups: 3, tf_order: ft,
   n_heads: 2, flash_attention: false, ffn_type: [swiglu_conv1d, swiglu_conv1d],
   ffn_hidden_dim: [5, 5], conv1d_kernel: 4, conv1d_shift: 1, dropout: 0.0, eps: 1.0e-05}
decoder: stft
decoder_conf: {n_fft: 32, hop_length: 8}
"""
GRIDNET = """
sample_rate: 8000
encoder: same
separator: tfgridnetv2
separator_conf:
  {n_srcs: 2, n_fft: 16, stride: 8, window: hann, n_imics: 1, attn_approx_qk_dim: 16, emb_hs: 1,
   activation: prelu, eps: 1.0e-5}
decoder: same
"""
SETTINGS = {"tf_locoformer": LOCOFORMER, "tf_gridnet": GRIDNET}


@pytest.fixture(params=sorted(SETTINGS))
def published(request, tmp_path):
    """Weights, their settings beside them, a mixture and its stems."""
    state, mixture, stems = golden(request.param)
    weights = tmp_path / "valid.loss.ave.safetensors"
    write_safetensors(weights, {f"separator.{name}": tensor for name, tensor in state.items()})
    config = tmp_path / "config.yaml"
    config.write_text(SETTINGS[request.param])
    return weights, config, mixture, stems


def test_weights_become_a_separator(published, tmp_path):
    weights, config, mixture, stems = published
    separator = convert.from_checkpoint(weights)
    assert separator.sample_rate_hz == 8000
    assert separator.interchangeable_sources
    ours = keras.ops.convert_to_numpy(separator.networks(mixture))
    np.testing.assert_allclose(ours, stems, rtol=0, atol=1e-4 * np.abs(stems).max())
    elsewhere = config.rename(tmp_path / "settings.yml")
    with pytest.raises(ValueError, match=r"`sample_rate_hz`.*must be given"):
        convert.from_checkpoint(weights)  # which nothing says now
    assert convert.from_checkpoint([weights, elsewhere]).sample_rate_hz == 8000
    with pytest.raises(ValueError, match=r"must be one YAML file\. Received: settings\.yml, se"):
        convert.from_checkpoint([weights, elsewhere, elsewhere])


def test_what_is_given_counts_more_than_the_file(published):
    weights, config, _, _ = published
    text = config.read_text()
    config.write_text(
        text.replace("hop_length: 8", "hop_length: x").replace("stride: 8", "stride: x")
    )
    separator = convert.from_checkpoint(weights, sample_rate_hz=16000, hop_length=4)
    assert separator.sample_rate_hz == 16000
    assert separator.networks.facts.arguments["hop_length"] == 4


@pytest.mark.parametrize(
    ("model", "theirs", "instead", "complaint"),
    [
        ("tf_locoformer", "tf_order: ft", "tf_order: tf", "`separator_conf.tf_order` of the file"),
        ("tf_locoformer", "tf_order: ft", "order: ft", "settings that are unknown for tf_locoform"),
        ("tf_locoformer", "tflocoformer", "tfgridnet", "`separator` of the file must be 'tflocof"),
        ("tf_locoformer", "encoder: stft", "encoder: conv", "`encoder` of the file must be 'stft'"),
        ("tf_locoformer", "hop_length: 8", "hop_length: x", "give `hop_length` instead. Received"),
        ("tf_locoformer", "8000", ".inf", "`sample_rate` of the file must be a number from 0 to"),
        ("tf_locoformer", "{normalize_variance: true}", "7", "`model_conf` must be a mapping. Rec"),
        ("tf_locoformer", "{lr: 0.001", "!!python/object:os.system {lr: 0.001", "a tag such as '"),
        ("tf_gridnet", "separator_conf", "model", "with a section `separator_conf`. Received: sam"),
        ("tf_gridnet", "n_imics: 1", "n_imics: 2", "`separator_conf.n_imics` of the file must be"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(tmp_path, model, theirs, instead, complaint):
    state, _, _ = golden(model)
    write_safetensors(tmp_path / "model.safetensors", state)
    assert theirs in SETTINGS[model]
    (tmp_path / "config.yaml").write_text(SETTINGS[model].replace(theirs, instead, 1))
    with pytest.raises(ValueError, match=r"^config\.yaml: ") as caught:
        convert.from_checkpoint(tmp_path / "model.safetensors")
    (line,) = str(caught.value).splitlines()
    assert complaint in line


def test_an_input_that_is_not_divided_by_its_deviation(tmp_path):
    """As the class itself, where the settings do not ask for it."""
    state, _, _ = golden("tf_locoformer")
    write_safetensors(tmp_path / "model.safetensors", state)
    plain = LOCOFORMER.replace("{normalize_variance: true}", "{}")
    (tmp_path / "config.yaml").write_text(plain)
    separator = convert.from_checkpoint(tmp_path / "model.safetensors")
    assert separator.networks.facts.arguments["standardize"] is False
