"""Learned filters in the order of their peak frequencies."""

import io
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep.plots._matplotlib import matplotlib_or_error

FLOOR_DB = -40.0


def filterbank(filters: int, sample_rate_hz: float) -> bytes:
    """Plot a filterbank's impulse responses beside its magnitude responses, as a PNG.

    Every row is a filter, with the lowest peak frequency at the bottom, scaled to its own largest
    value: the picture shows shapes, not levels.

    Args:
        filters: Layer that has been called, such as `keras_sep.layers.AnalysisFilterbank`,
            `SynthesisFilterbank` or `ConvSTFT`; or a kernel (kernel_size, filters) or (kernel_size,
            1, filters).
        sample_rate_hz: Sample rate of the waveforms in Hz.

    Example:

    >>> layer = keras_sep.layers.AnalysisFilterbank(64, kernel_size=20, stride=10)
    >>> layer.build((None, None, 1))
    >>> keras_sep.plots.filterbank(layer, sample_rate_hz=8000)[1:4]
    b'PNG'

    Reference: Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking
    for speech separation", 2019, which shows the filters of a trained network in the order of a
    clustering.
    """
    matplotlib_or_error()
    from matplotlib.figure import Figure

    kernel = _columns(filters)
    order, _ = sort_filters(kernel, sample_rate_hz)
    kernel = kernel[:, order]
    spectra = _magnitudes(kernel)
    kernel_size, count = kernel.shape

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    times, frequencies = figure.subplots(1, 2, sharey=True)
    common = {"origin": "lower", "aspect": "auto"}
    times.imshow(
        (kernel / _peaks(np.abs(kernel))).T,
        extent=(0, 1e3 * kernel_size / sample_rate_hz, 0.5, count + 0.5),
        cmap="RdBu_r",
        vmin=-1,
        vmax=1,
        **common,
    )
    levels = 20 * np.log10(np.maximum(spectra / _peaks(spectra), 10 ** (FLOOR_DB / 20)))
    image = frequencies.imshow(
        levels.T,
        extent=(0, sample_rate_hz / 2e3, 0.5, count + 0.5),
        cmap="magma",
        vmin=FLOOR_DB,
        vmax=0,
        **common,
    )
    times.set(
        title="impulse response", xlabel="time in ms", ylabel="filter, in order of peak frequency"
    )
    frequencies.set(title="magnitude response", xlabel="frequency in kHz")
    figure.colorbar(image, ax=frequencies, label="dB below the peak")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def sort_filters(kernel: Any, sample_rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Sort filters by their peak frequencies.

    Args:
        kernel: Filters, (kernel_size, filters) or (kernel_size, 1, filters).
        sample_rate_hz: Sample rate of the waveforms in Hz.

    Returns:
        Indices of the filters from the lowest peak frequency to the highest, and those frequencies
        in Hz, in that order. A silent filter counts as 0 Hz.

    Example:

    >>> time = np.arange(40) / 8000
    >>> kernel = np.stack([np.sin(2 * np.pi * hz * time) for hz in (3000, 1000, 2000)], axis=-1)
    >>> order, peaks_hz = keras_sep.plots.sort_filters(kernel, sample_rate_hz=8000)
    >>> order.tolist(), np.round(peaks_hz, -2).tolist()
    ([1, 2, 0], [1000.0, 2000.0, 3000.0])
    """
    spectra = _magnitudes(_columns(kernel))
    peaks_hz = np.argmax(spectra, axis=0) * sample_rate_hz / 2 / (len(spectra) - 1)
    order = np.argsort(peaks_hz, kind="stable")
    return order, peaks_hz[order]


def _columns(filters) -> np.ndarray:
    """(kernel_size, filters), float64, of a kernel or of a layer's."""
    if isinstance(filters, keras.Layer) and getattr(filters, "kernel", None) is None:
        raise ValueError(f"Call the layer first: it has no filters yet. Received: {filters!r}")
    kernel = ops.convert_to_numpy(getattr(filters, "kernel", filters)).astype("float64")
    if kernel.ndim == 3 and kernel.shape[1] == 1:
        kernel = kernel[:, 0]
    if kernel.ndim != 2:
        raise ValueError(
            "The kernel must be (kernel_size, filters) or (kernel_size, 1, filters); of several "
            f"channels choose one, kernel[:, channel]. Received: shape {kernel.shape}"
        )
    return kernel


def _magnitudes(kernel: np.ndarray) -> np.ndarray:
    """Magnitude responses (frequencies, filters), from 0 to half the sample rate."""
    # many times longer than the filters, so that their peaks do not fall between two bins
    length = 2 ** int(np.ceil(np.log2(max(8 * len(kernel), 1024))))
    return np.abs(np.fft.rfft(kernel, length, axis=0))


def _peaks(x: np.ndarray) -> np.ndarray:
    """The largest value of every filter; 1 for a silent one, which stays silent."""
    largest = x.max(axis=0)
    return np.where(largest > 0, largest, 1)
