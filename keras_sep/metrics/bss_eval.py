"""BSSEval version 4, computed by museval."""

import importlib.util
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

BSS_EVAL_METRICS = ("sdr_db", "sir_db", "isr_db", "sar_db")


def bss_eval(
    references: Mapping[str, np.ndarray],
    estimates: Mapping[str, np.ndarray],
    sample_rate_hz: int,
) -> dict[str, dict[str, float]]:
    """Return the medians over windows of one second of BSSEval's four ratios, per source.

    museval computes them as in the SiSEC campaigns: one set of 512-tap distortion filters for the
    whole signal, windows that do not overlap, and no permutation. Four stereo stems take about one
    second per second of audio.

    The ratios of a source whose reference or estimate is silent throughout are nan. As in museval,
    a window in which any reference or estimate is silent is ignored for all sources.

    Args:
        references: True sources by name, each (samples, channels). Give every source of the
            mixture: together they span the space that separates interference from artifacts.
        estimates: Separated sources by name, each (samples, channels). Every name must be among
            the references; references without an estimate are allowed.
        sample_rate_hz: Sample rate in Hz.

    Returns:
        A dict for each estimate, of "sdr_db", "sir_db", "isr_db" and "sar_db".

    Raises:
        ImportError: If museval is not installed.

    Reference:
        Stöter, Liutkus and Ito, "The 2018 Signal Separation Evaluation Campaign", LVA/ICA 2018.
    """
    metrics = _museval_metrics()
    references = {name: np.asarray(signal, np.float64) for name, signal in references.items()}
    estimates = {name: np.asarray(signal, np.float64) for name, signal in estimates.items()}
    heard = [name for name, signal in references.items() if _is_heard(signal)]
    scored = [name for name in heard if name in estimates and _is_heard(estimates[name])]
    scores = {name: dict.fromkeys(BSS_EVAL_METRICS, float("nan")) for name in estimates}
    if not scored:
        return scores
    # museval wants an estimate for every reference, but scores each by itself: where there is none,
    # or only silence, the reference takes its place and its scores are ignored.
    seats = [estimates[name] if name in scored else references[name] for name in heard]
    with warnings.catch_warnings():
        # a window with nothing but digital silence in one channel divides zero by zero
        warnings.simplefilter("ignore", RuntimeWarning)
        sdr, isr, sir, sar, _ = metrics.bss_eval(
            np.stack([references[name] for name in heard]),
            np.stack(seats),
            window=sample_rate_hz,
            hop=sample_rate_hz,
            compute_permutation=False,
            framewise_filters=False,
        )
        for name in scored:
            windows = (ratio[heard.index(name)] for ratio in (sdr, sir, isr, sar))
            medians = (float(np.nanmedian(window)) for window in windows)
            scores[name] = dict(zip(BSS_EVAL_METRICS, medians, strict=True))
    return scores


def _is_heard(signal: np.ndarray) -> bool:
    return bool(np.any(np.sum(signal, axis=1)))  # museval's own test, blind to left = -right


@cache
def _museval_metrics() -> ModuleType:
    """Load `museval.metrics` alone.

    `import museval` also imports its readers of compressed stems, which fail without ffmpeg. The
    metrics need only NumPy and SciPy.
    """
    package = importlib.util.find_spec("museval")
    if package is None or package.origin is None:
        raise ImportError("BSSEval needs museval: pip install 'keras_sep[eval]'")
    spec = importlib.util.spec_from_file_location(
        "_museval_metrics", Path(package.origin).with_name("metrics.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
