"""A published file to a separator, by what the file says of its network."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

from keras_sep._brief import brief, brief_names
from keras_sep.convert import _asteroid_arguments as of_asteroid
from keras_sep.convert import _demucs_arguments as of_demucs
from keras_sep.convert._beside import SEPFORMER_PARTS, beside_sepformer, checkpoint_files
from keras_sep.convert._espnet import ESPNET, espnet_arguments
from keras_sep.convert._msst import SETTINGS_SUFFIXES, msst_separator
from keras_sep.convert._msst_arguments import MSST
from keras_sep.convert._open_unmix_separator import open_unmix_separator
from keras_sep.convert._published import Told, translated
from keras_sep.convert.bandit import bandit
from keras_sep.convert.bs_roformer import bs_roformer
from keras_sep.convert.checkpoint import read_published
from keras_sep.convert.conv_tasnet import conv_tasnet
from keras_sep.convert.demucs import demucs
from keras_sep.convert.dprnn_tasnet import dprnn_tasnet
from keras_sep.convert.dtln import dtln
from keras_sep.convert.hdemucs import hdemucs
from keras_sep.convert.hs_tasnet import hs_tasnet
from keras_sep.convert.htdemucs import htdemucs
from keras_sep.convert.mel_band_roformer import mel_band_roformer
from keras_sep.convert.moises_light import moises_light
from keras_sep.convert.recognise import recognise
from keras_sep.convert.scnet import scnet
from keras_sep.convert.sepformer import sepformer
from keras_sep.convert.sepreformer import sepreformer
from keras_sep.convert.spleeter_unet import spleeter_unet
from keras_sep.convert.sudorm_rf import sudorm_rf
from keras_sep.convert.tasnet import tasnet
from keras_sep.convert.tf_gridnet import tf_gridnet
from keras_sep.convert.tf_locoformer import tf_locoformer
from keras_sep.convert.tfc_tdf import tfc_tdf
from keras_sep.layers import STFT, RatioMask
from keras_sep.separator import Separator

CONVERTERS: dict[str, Callable[..., Any]] = {
    "bandit": bandit,
    "bs_roformer": bs_roformer,
    "conv_tasnet": conv_tasnet,
    "demucs": demucs,
    "dprnn_tasnet": dprnn_tasnet,
    "dtln": dtln,
    "hdemucs": hdemucs,
    "hs_tasnet": hs_tasnet,
    "htdemucs": htdemucs,
    "mel_band_roformer": mel_band_roformer,
    "moises_light": moises_light,
    "scnet": scnet,
    "sepformer": sepformer,
    "sepreformer": sepreformer,
    "spleeter_unet": spleeter_unet,
    "sudorm_rf": sudorm_rf,
    "tasnet": tasnet,
    "tf_gridnet": tf_gridnet,
    "tf_locoformer": tf_locoformer,
    "tfc_tdf": tfc_tdf,
}
OPEN_UNMIX = "open_unmix"  # which has several files
CLASSES = {  # of asteroid and demucs
    "ConvTasNet": "conv_tasnet",
    "DPRNNTasNet": "dprnn_tasnet",
    "LSTMTasNet": "tasnet",
    "SuDORMRFNet": "sudorm_rf",
    "SuDORMRFImprovedNet": "sudorm_rf",
    "Demucs": "demucs",
    "HDemucs": "hdemucs",
    "HTDemucs": "htdemucs",
}
ARGUMENTS = {
    "conv_tasnet": of_asteroid.CONV_TASNET,
    "dprnn_tasnet": of_asteroid.DPRNN_TASNET,
    "tasnet": of_asteroid.TASNET,
    "sudorm_rf": of_asteroid.SUDORM_RF,
    "demucs": of_demucs.DEMUCS,
    "hdemucs": of_demucs.HDEMUCS,
    "htdemucs": of_demucs.HTDEMUCS,
}
# networks whose publishers name no sources, and train them to come in any order
UNNAMED = (
    "conv_tasnet",
    "dprnn_tasnet",
    "sepformer",
    "sepreformer",
    "sudorm_rf",
    "tasnet",
    "tf_gridnet",
    "tf_locoformer",
)
SPLEETER_RATE_HZ = 44100  # of every published model
SPEECH, DTLN_RATE_HZ = ("speech",), 16000  # likewise
HALF_STRIDED = ("hdemucs", "htdemucs", "sudorm_rf")  # builders whose stride is half a kernel


def from_checkpoint(
    path: str | os.PathLike | Sequence[str | os.PathLike],
    source_names: Sequence[str] | None = None,
    sample_rate_hz: int | None = None,
    *,
    model: str | None = None,
    license: str | None = None,
    interchangeable_sources: bool = False,
    **kwargs: Any,
) -> Separator:
    """Turn files that somebody else's program published into a `Separator`.

    Open-Unmix, asteroid, demucs, speechbrain, Spleeter, DTLN, HS-TasNet and
    Music-Source-Separation-Training (MSST) are known.

    Files that asteroid and demucs write hold the arguments of the network beside its tensors: what
    no tensor tells is taken from there, such as stride, activations, and the segment that the
    network was trained for; demucs also names the sources and the sample rate. A bare state dict
    says none of it. Beside files of Open-Unmix a `separator.json` may say the sample rate and the
    frames, beside those of speechbrain `hyperparams.yaml`. A checkpoint of Spleeter gets Spleeter's
    front end and post-filter, and the names of its stems follow from their number; a DTLN has
    speech at 16 kHz. Weights of MSST
    need the YAML file that they were trained with, beside them or among the files: it says the
    settings, the sources, the sample rate and the segment; of a network for one of two sources, the
    other is the rest of the mixture. Only HTDemucs
    needs its `segment`; Demucs and HDemucs take any length, and theirs is left out: give it as
    `block_seconds` of `inference.separate_file` for blocks of that length. Nothing in the file is
    executed (see `read_checkpoint`). A value that our network does not know is refused; an argument
    that is not known at all is left out with a `UserWarning`.

    Args:
        path: Path of the file, or of the folder that holds it. An Open-Unmix has one file per
            source, named after it, and a SepFormer three: their paths, or their folder. Of a
            Spleeter, `model.index`. The YAML file of MSST or espnet may stand beside it, or be
            named too.
        source_names: Names of the sources in the network's order. Defaults to those in the file.
            Files of asteroid and speechbrain name none: by default theirs are `s1`, `s2` and so on,
            in any order.
        sample_rate_hz: Sample rate of the network. Defaults to that in the file.
        model: Name of the function in `keras_sep.convert` for the network. Defaults to what the
            tensors are of.
        license: License of the weights, as text.
        interchangeable_sources: Whether the network may return the sources in any order.
        **kwargs: Arguments of that function, instead of what the file says.

    Returns:
        A `keras_sep.Separator`. Its `networks` is the network, whose `facts.arguments` hold all
        that was taken from the file.

    Raises:
        ValueError: If the file is not a checkpoint of such a network, or says something that the
            network cannot have, or does not say what must be known.

    Example:

    >>> from pathlib import Path
    >>> _ = Path("model.th").write_bytes(b"no checkpoint")
    >>> keras_sep.convert.from_checkpoint("model.th")
    Traceback (most recent call last):
    ...
    ValueError: 'model.th' must be a state dict of PyTorch. Received: ...
    """
    several = [path] if isinstance(path, (str, os.PathLike)) else path
    given = [Path(one) for one in several]
    settings = [path for path in given if path.suffix in SETTINGS_SUFFIXES]
    paths = [file for one in given if one not in settings for file in checkpoint_files(one)]
    files = {file: _unwrapped(*read_published(file)) for file in paths}
    state, told = _joined(files)
    model = _model(state, told, model)
    if model == OPEN_UNMIX:
        return open_unmix_separator(
            {file: tensors for file, (tensors, _) in files.items()},
            source_names,
            sample_rate_hz,
            license=license,
            interchangeable_sources=interchangeable_sources,
            **kwargs,
        )
    _require_files_of(model, [*files])
    if model in MSST:
        return msst_separator(
            *(model, CONVERTERS[model], state, paths[0], settings, source_names, sample_rate_hz),
            license=license,
            interchangeable_sources=interchangeable_sources,
            **kwargs,
        )
    if settings and model not in ESPNET:
        raise ValueError(
            f"A YAML file of settings must be of {', '.join(sorted({**MSST, **ESPNET}))}. "
            f"Received: one for {model}"
        )
    if model == "spleeter_unet":
        network = spleeter_unet(state, source_names, **kwargs)
        rate_hz = sample_rate_hz or SPLEETER_RATE_HZ
        return _spleeter(
            network, rate_hz, license=license, interchangeable_sources=interchangeable_sources
        )
    arguments: dict[str, Any] = {}
    if model in ARGUMENTS and (told.positional or told.named):
        separators = {"source_names": source_names, "sample_rate_hz": sample_rate_hz}
        instead = {name: value for name, value in separators.items() if value} | kwargs
        arguments, unknown = translated(told, ARGUMENTS[model], instead)
        if unknown:
            listed = brief_names(f"{name}={brief(value)}" for name, value in unknown.items())
            warnings.warn(
                f"{paths[0].name} has settings of its network that are not supported: {listed}",
                stacklevel=2,
            )
        _settle(arguments, model, arguments.get("sample_rate_hz", sample_rate_hz))
    if model in ESPNET:
        arguments = espnet_arguments(model, paths[0], settings, kwargs)
    if model == "sepformer":
        arguments = beside_sepformer(paths[0])
    if model == "dtln":
        arguments = {"source_names": source_names or SPEECH, "sample_rate_hz": DTLN_RATE_HZ}
    if sample_rate_hz:
        arguments["sample_rate_hz"] = sample_rate_hz
    source_names = arguments.pop("source_names", source_names)
    sample_rate_hz = arguments.pop("sample_rate_hz", sample_rate_hz)
    unnamed = not source_names and model in UNNAMED
    wanted = [
        f"`{name}` ({option})"
        for name, option, given in (
            ("source_names", "--sources", source_names or unnamed),
            ("sample_rate_hz", "--sample-rate", sample_rate_hz),
        )
        if not given  # of one that the file says, None too
    ]
    if wanted:
        raise ValueError(
            f"{' and '.join(wanted)} must be given for {model}: {paths[0].name} does not say. "
            f"Received: source_names={source_names}, sample_rate_hz={sample_rate_hz}"
        )
    network = CONVERTERS[model](state, **arguments | kwargs)
    if unnamed:
        source_names = [f"s{n + 1}" for n in range(network.output_shape[-1])]
    return Separator(
        network,
        sample_rate_hz,
        tuple(source_names or ()),
        license=license,
        interchangeable_sources=interchangeable_sources or (unnamed and len(source_names) > 1),
    )


def _spleeter(network: Any, sample_rate_hz: int, **kwargs: Any) -> Separator:
    """Behind a frame of zeros, the mixture shared by the squares of the estimates."""
    arguments = network.facts.arguments
    frame_length = 2 * (arguments["bins"] - 1)
    return Separator(
        network,
        sample_rate_hz,
        arguments["targets"],
        STFT(frame_length, frame_length // 4, padding="zeros"),
        RatioMask(2.0, arguments["bandwidth_bins"], arguments["mask_extension"]),
        **kwargs,
    )


def _unwrapped(state: Mapping[str, Any], told: Told) -> tuple[Mapping[str, Any], Told]:
    """Without the `model.` or `module.` that a trainer's own class puts before all names."""
    bare = {name.partition(".")[2]: tensor for name, tensor in state.items()}
    wrapped = len({name.partition(".")[0] for name in state}) == 1 and recognise(state) is None
    return (bare if wrapped and recognise(bare) is not None else state), told


def _joined(files: Mapping[Path, tuple[Any, Told]]) -> tuple[Mapping[str, Any], Told]:
    """Of the first file, or of all parts of a SepFormer, whose names come before the tensors'."""
    if not files:
        raise ValueError("`path` must name at least one file. Received: none")
    if {path.stem for path in files} != {*SEPFORMER_PARTS}:
        return next(iter(files.values()))
    return {
        f"{path.stem}.{name}": tensor
        for path, (tensors, _) in files.items()
        for name, tensor in tensors.items()
    }, Told()


def _require_files_of(model: str, paths: Sequence[Path]) -> None:
    if len(paths) == 1 or (model == "sepformer" and len(paths) == len(SEPFORMER_PARTS)):
        return
    received = f"{len(paths)} files, {', '.join(brief(path.name)[1:-1] for path in paths[:4])}"
    if model == "sepformer":
        raise ValueError(
            f"The files of a sepformer must be one, or three named {', '.join(SEPFORMER_PARTS)}. "
            f"Received: {received}"
        )
    raise ValueError(f"{model} has all weights in one file. Received: {received}")


def _model(state: Mapping[str, Any], told: Told, model: str | None) -> str:
    """The converter for a file, or what speaks against it."""
    known = sorted([*CONVERTERS, OPEN_UNMIX])
    if model is not None and model not in known:
        raise ValueError(f"`model` must be one of {', '.join(known)}. Received: model={model!r}")
    if told.network is not None and told.network not in CLASSES:
        raise ValueError(
            f"The network must be one of {', '.join(CLASSES)}. Received: {brief(told.network)}"
        )
    found = CLASSES[told.network] if told.network is not None else recognise(state)
    if model is not None and found not in (None, model):
        raise ValueError(
            f"The file must be of --model {model}. Received: a file of --model {found}"
        )
    if model is None and found is None:
        raise ValueError(
            f"`model` must be given, one of {', '.join(known)}, where no tensor tells it. "
            f"Received: {brief_names(state) or 'no tensors'}"
        )
    return model or str(found)


def _settle(arguments: dict[str, Any], model: str, rate_hz: Any) -> None:
    """Arguments of a peer that are ours only together with others."""
    if model in HALF_STRIDED:
        stride, kernel_size = arguments.pop("stride", None), arguments.pop("kernel_size", None)
        if None not in (stride, kernel_size) and stride != kernel_size // 2:
            raise ValueError(
                "`stride` of the file must be half of `kernel_size`. "
                f"Received: stride={brief(stride)}, kernel_size={brief(kernel_size)}"
            )
    iterations = arguments.pop("wiener_iterations", 0)
    if not arguments.pop("complex_spectrum", True) and iterations:
        raise ValueError(
            "`wiener_iters` of the file must be 0 where its network has magnitudes (`cac=False`). "
            f"Received: wiener_iters={iterations}"
        )
    padded = arguments.pop("use_train_segment", True)
    if "segment_samples" in arguments:  # seconds, which the peer rounds in this way
        samples = floor(Fraction(arguments["segment_samples"]) * rate_hz)
        arguments["segment_samples"] = samples if padded else None
