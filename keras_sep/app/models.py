"""The separators that can be chosen on the page."""

import threading
from collections.abc import Sequence
from pathlib import Path

from keras_sep._brief import one_line
from keras_sep._runtimes import is_exported
from keras_sep.inference import CompiledSeparator, ExportedSeparator, load_separator
from keras_sep.pretrained import all_presets, is_kept, model_file

_KEPT = 2  # in memory


class Models:
    """Separators by name, loaded and, if they are published, fetched when they are first used.

    Args:
        given: Names of published weights, and paths of `.keras`, `.onnx` or `.tflite` files. Empty
            for all published weights whose terms need not be accepted. Default ().
        accept_license: Whether you accept the terms of published weights that forbid commercial
            use or state none; with empty `given`, these are among the choices then. Default False.

    Example:

    >>> keras_sep.app.Models(["umxhq", "runs/mine/separator.keras"]).names
    ['umxhq', 'runs/mine/separator.keras']
    """

    def __init__(self, given: Sequence[str | Path] = (), accept_license: bool = False) -> None:
        if not given:
            given = [
                name
                for name, preset in all_presets().items()
                if accept_license or preset.license.commercial_use
            ]
        self._given = {str(one): one for one in given}
        self._accept_license = accept_license
        self._loaded: dict[str, CompiledSeparator] = {}
        self.lock = threading.Lock()  # of all that compute: one song at a time

    @property
    def names(self) -> list[str]:
        """Names of the choices."""
        return [*self._given]

    def labels(self) -> list[tuple[str, str]]:
        """Pairs of what a choice is called, and its name."""
        presets = all_presets()
        labels = []
        for name, given in self._given.items():
            preset = presets.get(name) if isinstance(given, str) else None
            words = f"{preset.description} ({name})" if preset else Path(name).name
            labels.append((words, name))
        return labels

    def load(self, name: str) -> CompiledSeparator:
        """Return a separator; two are kept in memory.

        Raises:
            ValueError: If it is not a choice, or cannot be fetched or loaded.
        """
        if name not in self._given:
            raise ValueError(f"There is no model {name!r} here: choose one from the list.")
        if name in self._loaded:
            self._loaded[name] = self._loaded.pop(name)  # the latest
            return self._loaded[name]
        given = self._given[name]
        if is_exported(given):
            separator: CompiledSeparator = ExportedSeparator(given)
        else:
            path = self._file(given)
            separator = CompiledSeparator(load_separator(path))
        while len(self._loaded) >= _KEPT:
            self._loaded.pop(next(iter(self._loaded)))
        self._loaded[name] = separator
        return separator

    def _file(self, given: str | Path) -> Path:
        """The file of a choice, which is fetched if it is published and not here yet."""
        preset = all_presets().get(given) if isinstance(given, str) else None
        missing = preset is not None and not is_kept(preset)
        try:
            return model_file(given, self._accept_license)
        except ValueError as error:
            if not missing:
                raise
            raise ValueError(
                f"The weights of {given} are not on this machine, and cannot be fetched now: "
                f"choose another model, or have them fetched by keras-sep models {given} "
                f"--download ({one_line(error)})"
            ) from error
