"""All scores of one track."""

from collections.abc import Mapping

import numpy as np

from keras_sep.metrics.bss_eval import bss_eval as bss_eval_medians
from keras_sep.metrics.sdr import sdr
from keras_sep.metrics.si_sdr import si_sdr

Scores = dict[str, float | dict[str, float]]


def evaluate(
    references: Mapping[str, np.ndarray],
    estimates: Mapping[str, np.ndarray],
    sample_rate_hz: int,
    bss_eval: bool = True,
    mixture: np.ndarray | None = None,
) -> dict[str, Scores]:
    """Score the separated sources of one track.

    Args:
        references: Every true source of the mixture by name, each (samples, channels).
        estimates: The separated sources by name, of the same shape. References without an
            estimate are not scored, but BSSEval still counts them as interference.
        sample_rate_hz: Sample rate in Hz.
        bss_eval: Whether to add museval's BSSEval v4 medians, which need the extra `eval` and about
            one second per second of audio. Default True.
        mixture: The mixture, of the same shape, to be scored as an estimate of each source, too.
            Default None.

    Returns:
        A dict for each estimate, with "si_sdr_db", "sdr_db" (both over the whole track) and, if
        requested, "bss_eval": a dict of the medians "sdr_db", "sir_db", "isr_db", "sar_db". With a
        mixture there is also "mixture", a dict of its "si_sdr_db" and "sdr_db": what the estimate
        scores above these is its improvement, such as SI-SDRi. (BSSEval of the mixture would take
        as long as that of the estimates.)

    Example:

    >>> import numpy as np
    >>> noise = np.random.default_rng(1).standard_normal((2, 700, 2))
    >>> references = {"vocals": noise[0], "drums": noise[1]}
    >>> report = evaluate(references, {"vocals": 0.9 * noise[0]}, 8000, bss_eval=False)
    >>> round(report["vocals"]["sdr_db"], 6)
    20.0
    """
    _require_matching(references, estimates, {} if mixture is None else {"the mixture": mixture})
    report: dict[str, Scores] = {
        name: {**_whole_track(references[name], estimate)} for name, estimate in estimates.items()
    }
    if mixture is not None:
        for name in estimates:
            report[name]["mixture"] = _whole_track(references[name], mixture)
    if bss_eval:
        for name, medians in bss_eval_medians(references, estimates, sample_rate_hz).items():
            report[name]["bss_eval"] = medians
    return report


def _whole_track(reference: np.ndarray, estimate: np.ndarray) -> dict[str, float]:
    return {
        "si_sdr_db": float(si_sdr(reference, estimate)),
        "sdr_db": float(sdr(reference, estimate)),
    }


def _require_matching(
    references: Mapping[str, np.ndarray],
    estimates: Mapping[str, np.ndarray],
    others: Mapping[str, np.ndarray],
) -> None:
    if not estimates:
        raise ValueError("`estimates` must contain at least one source. Received: none")
    if unknown := set(estimates) - set(references):
        raise ValueError(
            f"every estimate needs a reference of its name. Received: estimates of "
            f"{', '.join(sorted(unknown))} beside references of {', '.join(sorted(references))}"
        )
    shapes = {name: np.shape(signal) for name, signal in {**references, **others}.items()}
    shapes |= {f"estimate of {name}": np.shape(signal) for name, signal in estimates.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 2 for shape in shapes.values()):
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"all signals must have one shape (samples, channels). Received: {listed}")
