"""YAML files of Music-Source-Separation-Training: what they say, and what is refused."""

import keras
import numpy as np
import pytest
from converted import golden, write_safetensors

import keras_sep_cli
from keras_sep import convert
from keras_sep.convert._msst import settings_beside, trained
from keras_sep.inference import load_separator

pytestmark = pytest.mark.fault
SETTINGS = """
audio: {chunk_size: 352800, hop_length: 441, sample_rate: 48000}
model:
  dim: 384
  stft_n_fft: 4096
  stft_win_length: 4096
  stft_hop_length: 441  # of 2048
  freqs_per_bands: !!python/tuple
  - 2
  - 3
  multi_stft_resolutions_window_sizes: !!python/tuple [4096, 2048]
  flash_attn: True
training:
  instruments: [vocals, other]
  target_instrument: vocals
  lr: 5.0e-05
"""


def said(tmp_path, text=SETTINGS, model="bs_roformer", **given):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return trained(model, file, given)


def test_what_a_file_says(tmp_path):
    found = said(tmp_path)
    assert found.source_names == ("vocals", "other")
    assert found.sample_rate_hz == 48000
    assert found.arguments == {
        "fft_length": 4096, "frame_length": 4096, "hop_length": 441, "zero_dc": True,
        "skips": False, "difference": True, "segment_samples": 352800,
    }  # fmt: skip


def test_what_a_file_leaves_to_the_class(tmp_path):
    found = said(tmp_path, "audio: {}\nmodel: {}\ntraining: {instruments: [a, b, c]}",
                 "mel_band_roformer")  # fmt: skip
    assert (found.source_names, found.sample_rate_hz) == (("a", "b", "c"), 44100)
    assert found.arguments["sample_rate_hz"] == 44100
    assert found.arguments["hop_length"] == 512
    assert found.arguments["difference"] is False
    assert "segment_samples" not in found.arguments


def test_one_of_several_sources_comes_alone(tmp_path):
    found = said(tmp_path, SETTINGS.replace("[vocals, other]", "[vocals, drums, other]"))
    assert (found.source_names, found.arguments["difference"]) == (("vocals",), False)


def test_what_is_given_counts_more_than_the_file(tmp_path):
    text = SETTINGS.replace("stft_hop_length: 441", "stft_hop_length: x")
    assert "hop_length" not in said(tmp_path, text, hop_length=7).arguments


@pytest.mark.parametrize(
    ("theirs", "instead", "complaint"),
    [
        ("dim: 384", "dims: 384", "settings that are unknown for bs_roformer. Received: dims=384"),
        ("dim: 384", "use_pope: true", "`use_pope` of the file must be False. Received: use_pope="),
        ("dim: 384", "linear_transformer_depth: 1", "`linear_transformer_depth` of the file must"),
        ("hop_length: 441  #", "hop_length: x  #", "give `hop_length` instead. Received: stft_hop"),
        ("sample_rate: 48000", "sample_rate: .inf", "`audio.sample_rate` must be an integer from"),
        ("chunk_size: 352800", "chunk_size: 0.5", "`audio.chunk_size` must be an integer from 1"),
        ("[vocals, other]", "vocals", "`training.instruments` must be a list of names, each there"),
        ("[vocals, other]", "[vocals, x, vocals]", "each there once. Received: instruments=['voc"),
        ("target_instrument: vocals", "target_instrument: x", "must be one of `instruments`. Rec"),
        ("audio:", "sound:", "must have the sections `model`, `audio` and `training`. Received:"),
        ("!!python/tuple [", "!!python/object:os.system [", "a tag such as 'tag:yaml.org,2002:pyt"),
        ("!!python/tuple [", "!!python/tuple {", "not YAML: line 11"),
        ("dim: 384", "dim: [", "not YAML: line"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(tmp_path, theirs, instead, complaint):
    assert theirs in SETTINGS
    with pytest.raises(ValueError, match=r"^config\.yaml: ") as caught:
        said(tmp_path, SETTINGS.replace(theirs, instead))
    (line,) = str(caught.value).splitlines()
    assert complaint in line


def test_which_file_is_of_a_checkpoint(tmp_path):
    checkpoint = tmp_path / "model.ckpt"
    assert settings_beside(checkpoint) is None
    only = tmp_path / "config_of_it.yml"
    only.touch()
    assert settings_beside(checkpoint) == only
    (tmp_path / "another.yaml").touch()
    with pytest.raises(ValueError, match=r"must be one YAML file beside it: call it model\.yaml"):
        settings_beside(checkpoint)
    (tmp_path / "model.yaml").touch()
    assert settings_beside(checkpoint) == tmp_path / "model.yaml"


def test_weights_become_a_separator(tmp_path, capsys):
    """As a musician has them: a file of weights, and the YAML file that was published with it."""
    state, mixture, _ = golden("bs_roformer")
    state = {key: x for key, x in state.items() if not key.startswith("mask_estimators.1.")}
    weights, out = tmp_path / "model.safetensors", tmp_path / "out.keras"
    write_safetensors(weights, state)
    with pytest.raises(ValueError, match=r"settings of a bs_roformer must be given.*model\.safet"):
        convert.from_checkpoint(weights)
    file = tmp_path / "config_vocals.yaml"
    file.write_text(
        "audio: {chunk_size: 800, sample_rate: 8000}\n"
        "model: {dim: 6, stft_n_fft: 32, stft_win_length: 32, stft_hop_length: 9}\n"
        "training: {instruments: [other, vocals], target_instrument: vocals}\n"
    )
    assert keras_sep_cli.main(["convert", str(weights), str(file), "--out", str(out)]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    separator = load_separator(out)
    assert separator.source_names == convert.from_checkpoint(weights).source_names
    assert separator.source_names == ("vocals", "other")
    assert (separator.sample_rate_hz, separator.segment_samples) == (8000, 800)
    stems = keras.ops.convert_to_numpy(separator(mixture))
    np.testing.assert_allclose(stems.sum(axis=-1), mixture, atol=1e-6)
    with pytest.raises(ValueError, match=r"must be one YAML file\. Received: config_vocals\.yaml"):
        convert.from_checkpoint([weights, file, file])


def test_settings_of_scnet_beside_its_weights(tmp_path):
    state, mixture, expected = golden("scnet")
    weights = tmp_path / "model.safetensors"
    write_safetensors(weights, state)
    settings = (
        "audio: {chunk_size: 800, sample_rate: 8000}\n"
        "model: {sources: [a, b], dims: [4, 4, 6], nfft: 64, win_size: 64, hop_size: 16,\n"
        "  normalized: True, band_SR: [0.175, 0.392, 0.433], band_stride: [1, 4, 16],\n"
        "  band_kernel: [3, 4, 16], compress: 2, conv_kernel: 3, num_dplayer: 2, expand: 1}\n"
        "training: {instruments: [a, b], target_instrument: null}\n"
    )
    file = tmp_path / "config.yaml"
    file.write_text(settings)
    separator = convert.from_checkpoint(weights)
    assert (separator.source_names, separator.segment_samples) == (("a", "b"), 800)
    stems = keras.ops.convert_to_numpy(separator(mixture))
    np.testing.assert_allclose(stems, expected, atol=1e-4 * np.abs(expected).max())
    for right, wrong, text in (
        (
            "normalized: True",
            "normalized: False",
            "`normalized` of the file must be True",
        ),
        ("[0.175, 0.392, 0.433]", "[0.5, 0.4]", "one number for each stride, which sum to 1"),
        ("win_size: 64", "win_size: 32", "`fft_length` must be `frame_length`"),
        ("[0.175, 0.392, 0.433]", "x", "one number for each stride, which sum to 1"),
    ):
        file.write_text(settings.replace(right, wrong))
        with pytest.raises(ValueError, match=text):
            convert.from_checkpoint(weights)


MDX23C = """
audio: {chunk_size: 112, dim_f: 32, dim_t: 8, hop_length: 16, n_fft: 64, num_channels: 2}
model:
  {act: gelu, bottleneck_factor: 2, growth: 3, norm: InstanceNorm, num_blocks_per_scale: 2,
   num_channels: 5, num_scales: 1, num_subbands: 2, scale: [2, 2]}
training: {instruments: [vocals, rest], target_instrument: null}
"""


def test_mdx23c(tmp_path):
    state, mixture, stems = golden("tfc_tdf")
    write_safetensors(tmp_path / "mdx23c.safetensors", state)
    (tmp_path / "mdx23c.yaml").write_text(MDX23C)
    separator = convert.from_checkpoint(tmp_path / "mdx23c.safetensors")
    assert (separator.source_names, separator.segment_samples) == (("vocals", "rest"), 112)
    assert separator.networks.facts.arguments["activation"] == "gelu"
    found = keras.ops.convert_to_numpy(separator(mixture))
    np.testing.assert_allclose(found, stems, atol=1e-5 * np.abs(stems).max())


def test_an_mdx23c_of_another_transform_is_refused(tmp_path):
    """Its tensors have the same names: inputs without imaginary parts pass as half the bands."""
    state, _, _ = golden("tfc_tdf")
    inputs = state["first_conv.weight"].shape[1]
    state["first_conv.weight"] = state["first_conv.weight"][:, ::2]
    state["final_conv.0.weight"] = state["final_conv.0.weight"][:, inputs // 2 :]
    state["final_conv.2.weight"] = state["final_conv.2.weight"][::2]
    write_safetensors(tmp_path / "stht.safetensors", state)
    (tmp_path / "stht.yaml").write_text(MDX23C)
    with pytest.raises(ValueError, match=r"must be of a network that reads .* tensors for 16 bins"):
        convert.from_checkpoint(tmp_path / "stht.safetensors")


@pytest.mark.parametrize(
    ("norm", "groups"), [("BatchNorm", None), ("GroupNorm4", 4), (None, None), ("GroupNorm", None)]
)
def test_groups_of_an_mdx23c(tmp_path, norm, groups):
    text = MDX23C.replace("InstanceNorm", "null" if norm is None else norm)
    assert said(tmp_path, text, "tfc_tdf").arguments["norm_groups"] == groups


def test_another_activation_of_an_mdx23c_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`act` of the file must be 'gelu' or .* act='selu'"):
        said(tmp_path, MDX23C.replace("act: gelu", "act: selu"), "tfc_tdf")
