"""The `config.yaml` that espnet writes beside the weights of an enhancement model.

`separator_conf` and `encoder_conf` hold the arguments of the classes that `separator` and `encoder`
name, `model_conf` what the model around them does.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_sep import _yaml
from keras_sep._brief import brief, brief_names
from keras_sep.convert._beside import named_settings
from keras_sep.convert._published import Argument, Told, flag, number, only, translated

CONFIG = "config.yaml"
SECTIONS = ("separator_conf", "encoder_conf", "model_conf")
# of the class `STFTEncoder`; what has no name of ours says how it computes
STFT = {
    "encoder": Argument(of=only("stft")),
    "encoder_conf.n_fft": Argument(512, "frame_length", number),
    "encoder_conf.win_length": Argument(of=only(None)),
    "encoder_conf.hop_length": Argument(128, "hop_length", number),
    "encoder_conf.window": Argument(of=only("hann")),
    "encoder_conf.center": Argument(of=only(True)),
    "encoder_conf.normalized": Argument(of=only(False)),
    "encoder_conf.onesided": Argument(of=only(True)),
    "encoder_conf.spec_transform_type": Argument(of=only(None)),
    "encoder_conf.use_builtin_complex": Argument(),
    "encoder_conf.default_fs": Argument(),
}
# and what says how the class computes
GRIDNET_TOLD_BY_TENSORS = (
    "n_srcs n_fft n_layers lstm_hidden_units attn_n_head attn_approx_qk_dim emb_dim emb_ks "
    "use_builtin_complex"
)
LOCOFORMER_TOLD_BY_TENSORS = (
    "num_spk n_layers emb_dim attention_dim ffn_type ffn_hidden_dim conv1d_kernel flash_attention"
)
# by the name of the converter
ESPNET = {
    "tf_gridnet": {
        **{f"separator_conf.{name}": Argument() for name in GRIDNET_TOLD_BY_TENSORS.split()},
        "separator": Argument(of=only("tfgridnetv2")),
        "separator_conf.stride": Argument(64, "hop_length", number),
        "separator_conf.emb_hs": Argument(1, "stride", number),
        "separator_conf.window": Argument(of=only("hann")),
        "separator_conf.n_imics": Argument(of=only(1)),
        "separator_conf.activation": Argument(of=only("prelu")),
        "separator_conf.eps": Argument(of=only(1e-5)),
    },
    "tf_locoformer": {
        **STFT,
        **{f"separator_conf.{name}": Argument() for name in LOCOFORMER_TOLD_BY_TENSORS.split()},
        "separator": Argument(of=only("tflocoformer")),
        "separator_conf.n_heads": Argument(4, "heads", number),
        "separator_conf.num_groups": Argument(4, "groups", number),
        "separator_conf.dropout": Argument(0.0, "dropout", number),
        "separator_conf.norm_type": Argument(of=only("rmsgroupnorm")),
        "separator_conf.tf_order": Argument(of=only("ft")),
        "separator_conf.pos_enc": Argument(of=only("rope")),
        "separator_conf.conv1d_shift": Argument(of=only(1)),
        "separator_conf.eps": Argument(of=only(1e-5)),
        "model_conf.normalize_variance": Argument(False, "standardize", flag),
    },
}


def espnet_arguments(
    model: str, checkpoint: Path, settings: Sequence[Path], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments of the converter, and `sample_rate_hz`, as far as a `config.yaml` says them.

    Args:
        model: Name of the converter, one of `ESPNET`.
        checkpoint: File of the weights, beside which the `config.yaml` may be.
        settings: YAML files that the user names.
        given: Arguments that the user gives, whatever the file says.
    """
    beside = checkpoint.with_name(CONFIG)
    file = named_settings(settings) or (beside if beside.is_file() else None)
    if file is None:
        return {}
    try:
        return _said(model, _yaml.load_file(file), given)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from None


def _said(model: str, content: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    content = content if isinstance(content, Mapping) else {}
    if not isinstance(content.get("separator_conf"), Mapping):
        raise ValueError(
            "the settings must be those of espnet, with a section `separator_conf`. "
            f"Received: {brief_names(content) or 'none'}"
        )
    named = {name: content[name] for name in ("separator", "encoder") if name in content}
    for section in SECTIONS:
        values = content.get(section) or {}
        if not isinstance(values, Mapping):
            raise ValueError(f"`{section}` must be a mapping. Received: {brief(values)}")
        named |= {f"{section}.{name}": value for name, value in values.items()}
    known = ESPNET[model] | {"sample_rate": Argument(ours="sample_rate_hz", of=number)}
    if content.get("sample_rate") is not None:
        named["sample_rate"] = content["sample_rate"]
    arguments, unknown = translated(Told(model, named=named), known, given)
    unknown = {name: x for name, x in unknown.items() if name.startswith("separator_conf.")}
    if unknown:
        listed = brief_names(f"{name}={brief(value)}" for name, value in unknown.items())
        raise ValueError(
            f"`separator_conf` must have no settings that are unknown for {model}. "
            f"Received: {listed}"
        )
    return arguments
