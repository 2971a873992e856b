"""SDR and SI-SDR against the papers' formulas, written out one source at a time."""

import itertools
import math

import numpy as np
import pytest

from keras_sep import metrics


def paper_si_sdr(reference, estimate):
    """Le Roux et al. 2019, equation 3, on flat vectors: the projection by least squares."""
    reference, estimate = reference.reshape(-1, 1), estimate.reshape(-1)
    scale = np.linalg.lstsq(reference, estimate, rcond=None)[0]
    target = reference @ scale
    return 20 * math.log10(np.linalg.norm(target) / np.linalg.norm(estimate - target))


def paper_sdr(reference, estimate):
    """Music Demixing Challenge, equation 1, term by term."""
    numerator = math.fsum(x * x for x in reference.ravel())
    denominator = math.fsum((x - y) ** 2 for x, y in zip(reference.flat, estimate.flat))  # noqa: B905
    return 10 * math.log10(numerator / denominator)


@pytest.fixture
def stems():
    rng = np.random.default_rng(3)
    reference = rng.standard_normal((701, 2, 3)) * [1.0, 0.1, 3.0]
    # wrong level, an offset and noise, so that neither ratio is the other
    return reference, 0.7 * reference + 0.02 + 0.1 * rng.standard_normal(reference.shape)


@pytest.mark.parametrize(
    ("metric", "paper"), [(metrics.si_sdr, paper_si_sdr), (metrics.sdr, paper_sdr)]
)
def test_ratio_is_the_papers_formula(metric, paper, stems):
    reference, estimate = stems
    wanted = [paper(reference[..., source], estimate[..., source]) for source in range(3)]
    assert max(wanted) - min(wanted) > 1  # the sources differ, so a swapped axis shows
    # float64 sums of 1402 terms: relative rounding under 1e-12
    np.testing.assert_allclose(metric(reference, estimate), wanted, rtol=1e-10)
    np.testing.assert_allclose(metric(reference[..., 1], estimate[..., 1]), wanted[1], rtol=1e-10)
    flat = metric(reference[:, 0, 1], estimate[:, 0, 1])
    np.testing.assert_allclose(flat, paper(reference[:, 0, 1], estimate[:, 0, 1]), rtol=1e-10)
    assert isinstance(flat, float)


def test_float32_is_measured_in_float64():
    # 90 dB down in float32: squares summed in float32 would be off by more than this
    reference = np.random.default_rng(5).standard_normal((200_003, 2)).astype("float32")
    estimate = reference * np.float32(1 - 2**-15)
    assert metrics.sdr(reference, estimate) == pytest.approx(20 * math.log10(2**15), abs=1e-2)


def test_scale_changes_sdr_only(stems):
    reference, estimate = stems
    np.testing.assert_allclose(
        metrics.si_sdr(reference, 5 * estimate), metrics.si_sdr(reference, estimate), rtol=1e-10
    )
    assert (metrics.sdr(reference, 5 * estimate) < metrics.sdr(reference, estimate) - 3).all()


def test_silence_has_a_documented_value():
    signal = np.random.default_rng(7).standard_normal((101, 2))
    silence = np.zeros_like(signal)
    assert metrics.sdr(signal, signal) == math.inf
    assert metrics.sdr(signal, silence) == 0
    assert metrics.sdr(silence, signal) == -math.inf
    assert math.isnan(metrics.sdr(silence, silence))
    assert metrics.si_sdr(signal, 2.0 * signal) == math.inf
    assert math.isnan(metrics.si_sdr(signal, silence))
    assert math.isnan(metrics.si_sdr(silence, signal))
    assert math.isnan(metrics.si_sdr(silence, silence))
    orthogonal = np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])
    assert metrics.si_sdr(*orthogonal) == -math.inf


@pytest.mark.parametrize("metric", [metrics.si_sdr, metrics.sdr])
def test_shapes_must_agree(metric):
    with pytest.raises(ValueError, match=r"must have one shape.*Received: \(7, 2\) and \(5, 2\)"):
        metric(np.ones((7, 2)), np.ones((5, 2)))


@pytest.mark.parametrize("sources", [1, 2, 4])
def test_source_order_is_the_best_of_all_orders(sources):
    rng = np.random.default_rng(7)
    references = rng.standard_normal((301, 2, sources))
    blend = np.eye(sources)[rng.permutation(sources)] + rng.uniform(0, 0.7, (sources, sources))
    estimates = references @ blend + 0.1 * rng.standard_normal(references.shape)
    estimates[..., -1] *= 30  # the level does not matter
    orders = list(itertools.permutations(range(sources)))
    means = [np.mean(metrics.si_sdr(references, estimates[..., list(order)])) for order in orders]
    assert metrics.source_order(references, estimates) == list(orders[int(np.argmax(means))])


def test_source_order_of_silence_and_of_perfect_estimates():
    references = np.random.default_rng(7).standard_normal((301, 1, 3))
    assert metrics.source_order(references, references[..., [1, 2, 0]]) == [2, 0, 1]
    silent = references * [1, 0, 1]
    assert metrics.source_order(silent, references[..., [2, 1, 0]]) == [2, 1, 0]
    with pytest.raises(ValueError, match=r"must have shape .* Received: \(301, 1\)"):
        metrics.source_order(references[..., 0], references[..., 0])
