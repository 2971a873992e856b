"""Files as asteroid and demucs publish them (`published/make.py`): what they say is used."""

import pickle
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
from converted import golden, write_safetensors
from programs import archive

import keras_sep_cli
from keras_sep import convert
from keras_sep.inference import load_separator

pytestmark = pytest.mark.fault
PUBLISHED = Path(__file__).parent / "published"
TOLD = {
    "conv_tasnet.bin": {"blocks": 3, "stride": 3, "mask_activation": "relu",
                        "encoder_activation": "relu"},
    "htdemucs.th": {"heads": 2, "norm_groups": 2, "gelu": False, "frequency_embedding": 0.5,
                    "segment_samples": 312},
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_the_command_needs_nothing_that_the_file_says(tmp_path, capsys, name):
    path, out = PUBLISHED / name, tmp_path / "out.keras"
    named = ("--sources", "speech", "rest") if name == "conv_tasnet.bin" else ()
    assert keras_sep_cli.main(["convert", str(path), "--out", str(out), *named]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    separator = load_separator(out)
    assert separator.source_names == ("speech", "rest")
    assert separator.sample_rate_hz == {"conv_tasnet.bin": 16000, "htdemucs.th": 8000}[name]
    facts = separator.networks.facts
    assert facts.builder == path.stem
    assert {key: facts.arguments[key] for key in TOLD[name]} == TOLD[name]
    with np.load(path.with_suffix(".npz")) as arrays:
        stems = arrays["stems"]
        ours = keras.ops.convert_to_numpy(separator(arrays["mixture"]))
    np.testing.assert_allclose(ours, stems, rtol=0, atol=1e-5 * np.abs(stems).max())


@pytest.mark.parametrize("name", ["tf_gridnet", "tf_locoformer"])
def test_the_separator_of_an_enhancement_model_of_espnet(tmp_path, name):
    """The networks before and after it have no weights."""
    state, mixture, stems = golden(name)
    path = tmp_path / "model.safetensors"
    write_safetensors(path, {f"separator.{tensor}": values for tensor, values in state.items()})
    of_file = {"frame_length": 32, "groups": 3} if name == "tf_locoformer" else {}
    separator = convert.from_checkpoint(path, None, 8000, hop_length=8, **of_file)
    assert separator.interchangeable_sources
    ours = keras.ops.convert_to_numpy(separator.networks(mixture))
    np.testing.assert_allclose(ours, stems, rtol=0, atol=1e-4 * np.abs(stems).max())


def test_what_is_given_counts_more_than_the_file():
    separator = convert.from_checkpoint(
        PUBLISHED / "htdemucs.th", ("a", "b"), 16000, segment_samples=None, heads=1
    )
    assert (separator.source_names, separator.sample_rate_hz) == (("a", "b"), 16000)
    facts = separator.networks.facts
    assert facts.segment is None
    assert facts.arguments["heads"] == 1


def said(tmp_path, content, **given):
    """What is wrong with a file that says this of a network without tensors."""
    path = archive(tmp_path / "said.th", pickle.dumps({"state_dict": {}} | content, protocol=2))
    with pytest.raises(ValueError) as error:
        convert.from_checkpoint(path, **given)
    (line,) = str(error.value).splitlines()
    return line


def conv_tasnet(**arguments):
    return {"model_name": "ConvTasNet", "model_args": arguments}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (conv_tasnet(mask_act="prelu"), "give `mask_activation` instead. Received: mask_act='prel"),
        (conv_tasnet(norm_type="BN"), "`norm_type` of the file must be 'gLN' or 'cgLN' or 'cLN'"),
        (conv_tasnet(fb_name="STFTFB"), "`fb_name` of the file must be 'free' or 'FreeFB'. Rec"),
        (conv_tasnet(n_blocks=10**9), "`n_blocks` of the file must be a number from 0 to 100000"),
        (conv_tasnet(stride=float("nan")), "`stride` of the file must be a number"),
        (conv_tasnet(stride=[[]]), "`stride` of the file must be a number"),
        (conv_tasnet(sample_rate="x" * 10**5), "`sample_rate` of the file must be a number"),
        ({"model_name": "VADNet", "model_args": {}}, "Received: 'VADNet'"),
        ({"model_name": 3}, "`model` must be given, one of"),
        ({"model_name": "DPRNNTasNet", "model_args": {"use_mulcat": True}}, "`use_mulcat` of"),
        ({"model_name": "LSTMTasNet", "model_args": {"mask_act": "softmax"}}, "`mask_act` of the"),
        ({"model_name": "SuDORMRFNet", "model_args": {"stride": 5, "kernel_size": 20}},
         "`stride` of the file must be half of `kernel_size`. Received: stride=5"),
        ({"model_name": "HDemucs", "kwargs": {"cac": 2}}, "`cac` of the file must be True or"),
        (
            {"model_name": "HDemucs", "kwargs": {"cac": False, "wiener_iters": 1}},
            "`wiener_iters` of the file must be 0 where its network has magnitudes",
        ),
        ({"model_name": "HDemucs", "args": ("a", 2), "kwargs": {}}, "must be a list of names"),
        ({"model_name": "HTDemucs", "kwargs": {"t_sparse_self_attn": True}}, "`t_sparse_self"),
        ({"model_name": "HTDemucs", "kwargs": {"segment": Fraction(10**9, 3)}}, "`segment` of the"),
        ({"model_name": "HTDemucs", "kwargs": {"segment": pickle.Pickler}}, "`segment` of the f"),
        ({"model_name": "Demucs", "args": (0,) * 99, "kwargs": {}}, "at most 25 arguments"),
        ({"model_name": "Demucs", "kwargs": {"gelu": "yes"}}, "`gelu` of the file must be True or"),
    ],
)  # fmt: skip
def test_what_our_networks_do_not_know_is_refused_by_name(tmp_path, content, complaint):
    assert complaint in said(tmp_path, content)


def test_given_arguments_take_the_place_of_refused_ones(tmp_path):
    given = {"source_names": ("a", "b"), "sample_rate_hz": 8000, "mask_activation": "relu"}
    line = said(tmp_path, conv_tasnet(mask_act="prelu"), **given)
    assert "must have the tensor 'encoder.filterbank._filters'" in line


def test_another_network_than_the_file_says_is_refused(tmp_path):
    line = said(tmp_path, conv_tasnet(), model="tasnet")
    assert line == "The file must be of --model tasnet. Received: a file of --model conv_tasnet"


@pytest.mark.parametrize("text", ["1e999999999", "1/0", "9" * 5000, "nan", "-1", "1_0", " 1"])
def test_fractions_that_are_no_length_are_not_made(tmp_path, text):
    content = {"model_name": "HTDemucs", "state_dict": {}, "kwargs": {"segment": 1}}
    program = pickle.dumps(content, protocol=2)
    made = b"cfractions\nFraction\nX" + len(text).to_bytes(4, "little") + text.encode() + b"\x85R"
    path = archive(tmp_path / "fraction.th", program.replace(b"K\x01s", made + b"s"))
    with pytest.raises(ValueError, match="`segment` of the file must be a number from 0 to 60;"):
        convert.from_checkpoint(path, ("a", "b"), 8000)
