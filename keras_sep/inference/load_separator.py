"""Reading a separator from a `.keras` file."""

import warnings
from pathlib import Path

import keras
import numpy as np

from keras_sep._brief import one_line
from keras_sep._building_limit import building_at_most
from keras_sep._keras import sublayers
from keras_sep._printable import printable
from keras_sep.inference._model_file import look_into, require_model_file
from keras_sep.layers import WienerFilter
from keras_sep.separator import Separator

PRECISIONS = ("float32", "bfloat16")


def load_separator(
    path: str | Path, wiener_iterations: int | None = None, precision: str = "float32"
) -> Separator:
    """Read a separator from a `.keras` file, without running any code in the file.

    Only Keras's own zip format is read, in safe mode: files that hold pickles or Python bytecode
    (lambda layers) are refused, and so are HDF5 files, where Keras does not check. A small file
    takes little time and memory, as its weights must be in it, as plain and finite numbers.

    Args:
        path: Path of a file written by `Separator.save`.
        wiener_iterations: Number of iterations of a Wiener filter that replaces the separator's
            post-filter; an existing Wiener filter keeps its window and residual. A single source
            gets a residual, since the filter divides the mixture among two or more. None to leave
            the separator as it is. Default None.
        precision: Number format in which the networks compute, "float32" or "bfloat16". The front
            end and the post-filter compute in float32. Default "float32".

    Raises:
        ValueError: If the file is missing or not a separator, or if a Wiener filter is wanted but
            there are no magnitudes for it to refine. The message is one line that names the file.
    """
    if wiener_iterations is not None and wiener_iterations < 0:
        raise ValueError(
            f"`wiener_iterations` (--wiener) must be 0 or more. Received: {wiener_iterations}"
        )
    if precision not in PRECISIONS:
        raise ValueError(
            f"`precision` must be one of {', '.join(PRECISIONS)}. Received: {precision!r}"
        )
    path = Path(path)
    require_model_file(path)
    try:
        with building_at_most(*look_into(path)), warnings.catch_warnings():
            # weights that the file lacks would keep their random initial values
            warnings.filterwarnings("error", message=".*freshly-initialized weights")
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
        _require_finite(model)
    except Exception as error:  # whatever a file from outside can make Keras raise
        raise ValueError(
            f"{printable(path)}: not a model that can be loaded ({_reason(error)})"
        ) from error
    if not isinstance(model, Separator):
        raise ValueError(
            f"{printable(path)}: not a separator but a keras {type(model).__name__}; wrap the "
            "network in keras_sep.Separator and save that"
        )
    if precision != PRECISIONS[0]:
        _compute_in(model, f"mixed_{precision}")
    return model if wiener_iterations is None else _with_wiener(model, wiener_iterations, path)


def _reason(error: Exception) -> str:
    """The innermost cause, which Keras precedes with whole configs."""
    return one_line(one_line(error, 10**6).rpartition("Exception encountered: ")[2] or error)


def _require_finite(model: keras.Model) -> None:
    for weight in model.weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
            raise ValueError(f"NaN or infinite numbers in the weight {weight.path!r}")


def _compute_in(separator: Separator, policy: str) -> None:
    """Set the policy of all layers of the networks; their weights stay in float32."""
    networks = separator.networks
    for network in networks.values() if isinstance(networks, dict) else [networks]:
        for layer in sublayers(network):
            layer.dtype_policy = policy


def _with_wiener(separator: Separator, iterations: int, path: Path) -> Separator:
    if separator.front_end is None:
        raise ValueError(f"{printable(path)}: a waveform separator cannot use a Wiener filter")
    old = separator.post_filter
    if getattr(old, "reads", "magnitudes") == "embeddings":
        raise ValueError(
            f"{printable(path)}: a separator with {type(old).__name__} gives embeddings, not "
            "magnitudes that a Wiener filter could refine"
        )
    settings = old.get_config() if isinstance(old, WienerFilter) else {}
    settings["iterations"] = iterations
    if len(separator.source_names) == 1 and iterations:
        settings["residual"] = True
    return separator.with_post_filter(WienerFilter.from_config(settings))
