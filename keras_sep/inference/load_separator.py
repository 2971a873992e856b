"""Reading a separator from a `.keras` file."""

import zipfile
from pathlib import Path

import keras

from keras_sep.layers import WienerFilter
from keras_sep.separator import Separator


def load_separator(path: str | Path, wiener_iterations: int | None = None) -> Separator:
    """Read a separator from a `.keras` file, without running any code that the file brings.

    Only Keras's own zip format is read, in safe mode: files that hold pickles or Python bytecode
    (lambda layers) are refused, and so are HDF5 files, where Keras does not check.

    Args:
        path: A file that `Separator.save` wrote.
        wiener_iterations: Give the separator a Wiener filter of so many iterations in place of
            its own post-filter; the window and the residual of a Wiener filter that it has stay.
            One source alone gets a residual, since the filter divides the mixture among two or
            more. None leaves the separator as it is.

    Raises:
        ValueError: In one line that names the file, if it is not there or not a separator, or if
            it is to get a Wiener filter but estimates no magnitudes that one could refine.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such model file")
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ValueError(f"{path}: not a model (wanted a `.keras` file, as `Separator.save` makes)")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # whatever a file from outside can make Keras raise
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ValueError(f"{path}: not a model that can be loaded ({reason})") from error
    if not isinstance(model, Separator):
        raise ValueError(
            f"{path}: not a separator but a keras {type(model).__name__}; wrap the network in "
            "keras_sep.Separator and save that"
        )
    return model if wiener_iterations is None else _with_wiener(model, wiener_iterations, path)


def _with_wiener(separator: Separator, iterations: int, path: Path) -> Separator:
    if separator.front_end is None:
        raise ValueError(f"{path}: a separator of waveforms has no use for a Wiener filter")
    old = separator.post_filter
    if hasattr(old, "sources"):  # says how many it finds, since the networks do not
        raise ValueError(
            f"{path}: a separator with {type(old).__name__} gives embeddings, not magnitudes that "
            "a Wiener filter could refine"
        )
    settings = old.get_config() if isinstance(old, WienerFilter) else {}
    settings["iterations"] = iterations
    if len(separator.source_names) == 1 and iterations:
        settings["residual"] = True
    return Separator(
        separator.networks,
        separator.sample_rate_hz,
        separator.source_names,
        separator.front_end,
        WienerFilter.from_config(settings),
        separator.license,
        separator.interchangeable_sources,
    )
