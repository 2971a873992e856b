"""State dicts of BandIt, versions 1 and 2, to `keras_sep.zoo.bandit`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_sep import ops, zoo
from keras_sep.convert._banded import set_banded
from keras_sep.convert._recurrent import recurrent_sizes, set_recurrent
from keras_sep.convert._state_dict import StateDict
from keras_sep.convert._torch_layers import set_dense, set_norm

# windows, and second names that version 2 has for its dense layers
NOT_WEIGHTS = re.compile(r"i?stft\.window|.*\.norm_mlp\.\d+\.combined\..*")
SPLIT, MASKS = "band_split.norm_fc_modules", "mask_estim"
# modules of the normalisation and the dense layer of a band, in either version
PARTS = {1: ("norm", "fc"), 2: ("combined.0", "combined.1")}


def bandit(
    state_dict: Mapping[str, Any],
    bands: Sequence[tuple[int, int]] | None = None,
    stems: Sequence[str] | None = None,
    difference: bool = False,
    shares: Sequence[float] | None = None,
    **kwargs: Any,
) -> Any:
    """The BandIt with the weights of a state dict of its authors' code, or of MSST's.

    Sizes are read off the tensors. Every tensor must be there, none may be left over, and shapes
    must fit.

    Args:
        state_dict: mapping from the names of `MultiMaskMultiSourceBandSplitRNN`, or of version 2's
            `Bandit`, to NumPy arrays (see `read_checkpoint`).
        bands: bands, pairs of the first bin and the one after the last. By default musical ones if
            their widths are those of the tensors, or else bands that do not overlap.
        stems: names of the sources in the order that the network shall have. Defaults to the order
            of the tensors.
        difference: whether the network has one source more, the mixture without the others.
        shares: shares of the bands in the masks, see `BandMasks`. Defaults to those of the tensors.
        **kwargs: passed on to `keras_sep.zoo.bandit`, as `hop_length` and, of version 2,
            `padding="reflect"`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.bandit`.

    Example:

    >>> keras_sep.convert.bandit({})
    Traceback (most recent call last):
    ...
    ValueError: The state dict must have the tensor 'band_split.norm_fc_modules.0.combined.1.weight\
'. Received: none
    """
    state = StateDict(state_dict, [name for name in state_dict if NOT_WEIGHTS.fullmatch(name)])
    top = "bsrnn." if any(name.startswith("bsrnn.") for name in state_dict) else ""
    version = 1 if f"{top}{SPLIT}.0.fc.weight" in state else 2
    features, _ = state.shape(f"{top}{SPLIT}.0.{PARTS[version][1]}.weight", 2)
    norms = _numbers(state, f"{top}{SPLIT}")
    widths = [state.shape(f"{top}{SPLIT}.{n}.{PARTS[version][0]}.weight", 1)[0] // 2 for n in norms]
    rows = _numbers(state, f"{top}tf_model.seqband")  # of version 2, every second one
    stems = _stems(state, f"{top}{MASKS}", stems)
    sizes = recurrent_sizes(state, f"{top}tf_model.seqband.{rows[0] if rows else 0}.rnn")
    frame_length = kwargs.pop("frame_length", None) or _frame_length(state)
    bands = ops.check_bands(_bands(bands, widths, frame_length // 2 + 1))
    said = _shares(state, [f"{top}{MASKS}.{stem}" for stem in stems], bands)
    network = state.build(
        zoo.bandit,
        len(stems) + difference,
        difference=difference,
        bands=bands,
        shares=said if shares is None else shares,
        features=features,
        blocks=len(rows) // 2,
        units=sizes["units"],
        cell=sizes["cell"],
        hidden=state.shape(f"{top}{MASKS}.{stems[0]}.norm_mlp.0.hidden.0.weight", 2)[0],
        frame_length=frame_length,
        **kwargs,
    )
    split = network.get_layer("band_split")
    set_banded(
        split.dense,
        [
            _input(state, f"{top}{SPLIT}.{n}", PARTS[version], width, features, version == 1)
            for n, width in enumerate(widths)
        ],
    )
    for index in range(len(rows) // 2):
        block = network.get_layer(f"block_{index + 1}")
        for half, row in zip(("intra", "inter"), rows[2 * index : 2 * index + 2], strict=True):
            _set_half(block, half, state, f"{top}tf_model.seqband.{row}", features)
    masks = network.get_layer("masks")
    for number, stem in enumerate(stems):
        of_stem = [f"{top}{MASKS}.{stem}.norm_mlp.{n}" for n in range(len(widths))]
        hidden = [_hidden(state, name, features, masks.hidden) for name in of_stem]
        set_banded(masks.hidden_layers[number], hidden)
        outputs = [
            _dense(state, f"{name}.output.0", masks.hidden, 4 * width)
            for name, width in zip(of_stem, widths, strict=True)
        ]
        set_banded(masks.outputs[number], outputs)
    state.require_all_read()
    return network


def _numbers(state, name):
    """The numbers that follow a name, in order."""
    found = (re.match(rf"{re.escape(name)}\.(\d{{1,6}})\.", tensor) for tensor in state.tensors)
    return sorted({int(match[1]) for match in found if match})


def _stems(state, name, given):
    found = (re.match(rf"{re.escape(name)}\.([^.]+)\.", tensor) for tensor in state.tensors)
    stems = list(dict.fromkeys(match[1] for match in found if match))
    if not stems:
        state.shape(f"{name}.speech.norm_mlp.0.hidden.0.weight", 2)  # says what is there
    if given is not None and sorted(given) != sorted(stems):
        raise ValueError(
            f"`stems` must be {', '.join(stems)}, in any order. Received: stems={given}"
        )
    return stems if given is None else list(given)


def _frame_length(state):
    return state.shape("stft.window", 1)[0]


def _bands(bands, widths, bins):
    """Those that are given, or known ones of these widths."""
    if bands is not None:
        return bands
    if len(widths) > 1 and bins > 2:
        musical = ops.musical_bands(len(widths), bins)
        if [stop - first for first, stop in musical] == widths:
            return musical
    if sum(widths) == bins:
        return ops.adjacent_bands(widths)
    raise ValueError(
        "`bands` must be given where they are neither musical nor adjacent. "
        f"Received: bands of {sum(widths)} bins in a spectrum of {bins}"
    )


def _shares(state, names, bands):
    """What the tensors say of the bands' shares in the masks; None for equal ones."""
    if f"{names[0]}.freq_weights/0" not in state:
        return None
    bins = ops.bins_of_bands(bands)
    equal = 1 / np.bincount(bins)[bins]
    shares = [
        np.concatenate(
            [
                state.read(f"{name}.freq_weights/{n}", stop - first)
                for n, (first, stop) in enumerate(bands)
            ]
        )
        for name in names
    ]
    if any((of_one != shares[0]).any() for of_one in shares):
        raise ValueError(
            "The shares of the bands must be those of every source. "
            f"Received: others at {names[0]}.freq_weights"
        )
    return None if np.allclose(shares[0], equal, atol=1e-6) else tuple(map(float, shares[0]))


def _input(state, name, parts, width, features, parts_first):
    """A band's normalisation and dense layer; of version 1, all real parts come first."""
    norm, dense = parts
    values = {
        "gamma": state.read(f"{name}.{norm}.weight", 2 * width),
        "beta": state.read(f"{name}.{norm}.bias", 2 * width),
        "kernel": state.read(f"{name}.{dense}.weight", features, 2 * width).T,
    }
    if parts_first:
        order = np.arange(2 * width).reshape(2, width).T.ravel()
        values = {key: value[order] for key, value in values.items()}
    return {**values, "bias": state.read(f"{name}.{dense}.bias", features)}


def _hidden(state, name, features, hidden):
    return {
        "gamma": state.read(f"{name}.norm.weight", features),
        "beta": state.read(f"{name}.norm.bias", features),
        **_dense(state, f"{name}.hidden.0", features, hidden),
    }


def _dense(state, name, features, units):
    return {
        "kernel": state.read(f"{name}.weight", units, features).T,
        "bias": state.read(f"{name}.bias", units),
    }


def _set_half(block, half, state, name, features):
    """A residual recurrent layer to a half of a `DualPathBlock`."""
    set_norm(getattr(block, f"{half}_normalization"), state, f"{name}.norm")
    set_recurrent(getattr(block, f"{half}_recurrent"), state, f"{name}.rnn", features)
    set_dense(getattr(block, f"{half}_dense"), state, f"{name}.fc")
