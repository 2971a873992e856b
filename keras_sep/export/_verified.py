"""Comparing what a runtime gives with what Keras gives, before a file gets its name."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

TOLERANCE = 1e-4  # of the largest sample: rounding of another order of the same sums
LEAST_DB = {"float16": 40.0, "int8": 10.0}  # of fewer bits per weight, on noise


def verify(
    expected: Callable[[np.ndarray], dict[str, Any]],
    found: Callable[[np.ndarray], dict[str, np.ndarray]],
    shapes: Sequence[tuple[int, int, int]],
    weights: str,
    runtime: str,
) -> float:
    """Raise a `ValueError` unless a runtime gives Keras's stems of noise, and numbers of silence.

    Args:
        expected: Keras's stems of a waveform.
        found: Those of the runtime.
        shapes: (batch, samples, channels) of the waveforms to try.
        weights: Number format of the weights, which says how close they must be.
        runtime: Name of the runtime for the message.

    Returns:
        The largest difference, relative to the largest sample of the stems.
    """
    rng, worst, noise, power = np.random.default_rng(0), 0.0, 0.0, 0.0
    for shape in shapes:
        waveform = rng.normal(0, 0.1, shape).astype("float32")
        of_keras, of_runtime = expected(waveform), found(waveform)
        wanted = np.stack([np.asarray(stem) for stem in of_keras.values()])
        given = np.stack([of_runtime[name] for name in of_keras])
        if wanted.shape != given.shape:
            raise ValueError(
                f"{runtime} gives stems of shape {given.shape[1:]} where Keras gives "
                f"{wanted.shape[1:]}: not exported"
            )
        error = np.abs(given - wanted).max() / max(np.abs(wanted).max(), 1e-9)
        worst = max(worst, error) if np.isfinite(error) else np.inf
        noise += np.square(given - wanted, dtype="float64").sum()
        power += np.square(wanted, dtype="float64").sum()
    of_silence = found(np.zeros(shapes[0], "float32"))  # where nothing may be divided by nothing
    if not all(np.isfinite(stem).all() for stem in of_silence.values()):
        raise ValueError(f"{runtime} outputs NaN or infinite samples for silence: not exported")
    if weights == "float32":
        if not worst <= TOLERANCE:
            raise ValueError(
                f"the stems of {runtime} differ from Keras's by {worst:.1e} of the largest sample, "
                f"more than {TOLERANCE:.0e}: not exported"
            )
        return float(worst)
    sdr = 10 * np.log10(power / max(noise, 1e-30))
    if not sdr >= LEAST_DB[weights]:
        raise ValueError(
            f"with weights of {weights} the stems of {runtime} keep {sdr:.1f} dB of Keras's, less "
            f"than {LEAST_DB[weights]:.0f}: not exported"
        )
    return float(worst)
