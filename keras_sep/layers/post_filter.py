"""What makes spectrograms of stems from what networks return."""

from typing import Any

import keras

from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class PostFilter(SpectralLayer):
    """Base class of the layers between a `Separator`'s networks and its inverse front end.

    A subclass writes `call(self, estimates, mixture_pair)`, which returns the spectrograms of the
    stems as a (real, imag) pair, each (batch, frames, bins, channels, sources), and says what it
    reads and makes by these attributes, of the class or of an instance:

    - `reads`: `"magnitudes"` (batch, frames, bins, channels, sources), which is the default,
      `"embeddings"` (batch, frames, bins, dims), or `"spectra"`, a (real, imag) pair like its
      result. None for a filter of whatever its networks return.
    - `sources`: number of sources that it makes. None where that is the networks' number.
    - `extra_sources`: names of the sources it adds after those, such as `("residual",)`.
    - `window_frames`: frames that it works on together. None where it starts nowhere anew.
    - `context_frames`: frames on each side that a frame of the stems depends on. None for all.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class Quieter(keras_sep.layers.PostFilter):
    ...     context_frames = 0
    ...
    ...     def call(self, estimates, mixture_pair):
    ...         return keras_sep.ops.apply_mixture_phase(0.5 * estimates, mixture_pair)
    >>> network = keras_sep.zoo.open_unmix(("vocals",), bins=17, channels=1, hidden=4, layers=1)
    >>> separator = keras_sep.Separator(
    ...     {"vocals": network}, 8000, front_end=keras_sep.layers.STFT(32, 8),
    ...     post_filter=Quieter())
    >>> tuple(separator(np.ones((1, 100, 1), "float32")).shape)
    (1, 100, 1, 1)
    """

    axes = ("(...)", "(batch, frames, bins, channels)")
    reads: str | None = "magnitudes"
    sources: int | None = None
    extra_sources: tuple[str, ...] = ()
    window_frames: int | None = None
    context_frames: int | None = None

    def call(self, estimates: Any, mixture_pair: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must have a method `call`")
