"""Which true sources `keras-sep evaluate` scores estimates against, and the mixture."""

import json

import numpy as np
import pytest
import soundfile
from small_song import RATE, signal, write_track

from keras_sep.data import read_audio, write_audio


def test_evaluate_sums_the_accompaniment(tmp_path, run):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    write_track(references, ("vocals", "drums", "bass"))
    rest = sum(read_audio(references / f"{name}.wav")[0] for name in ("drums", "bass"))
    write_audio(estimates / "accompaniment.wav", 0.9 * rest, RATE, "float")
    options = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    status, table, _ = run("evaluate", *options)
    assert status == 0
    _, source, _, sdr = table[2].split()
    assert (source, sdr) == ("accompaniment", "20.00")


def si_sdr_db(true, estimate):
    """Equation 3 of Le Roux et al., written out."""
    true, estimate = np.ravel(true).astype(float), np.ravel(estimate).astype(float)
    target = true * (true @ estimate) / (true @ true)
    return 10 * np.log10(np.sum(target**2) / np.sum((estimate - target) ** 2))


@pytest.mark.parametrize("with_file", [True, False])
def test_the_mixture_is_scored_as_an_estimate_of_every_source(tmp_path, run, with_file):
    references, out = tmp_path / "references", tmp_path / "scores.json"
    for track in ("one", "two"):
        stems = ("bass", "drums", "vocals")
        write_track(references / track, stems)
        truth = {name: soundfile.read(references / track / f"{name}.wav")[0] for name in stems}
        truth["bass"] *= 1 if track == "one" else 3
        write_audio(references / track / "bass.wav", truth["bass"], RATE, "float")
        mixture = sum(truth.values())
        if with_file:  # which is not quite the sum
            mixture = np.tanh(mixture).astype("f4")
            write_audio(references / track / "mixture.wav", mixture, RATE, "float")
        write_track(tmp_path / "stems" / track, ("bass", "vocals"))
        last = si_sdr_db(truth["vocals"], mixture)
    options = ("--references", references, "--estimates", tmp_path / "stems", "--json", out)
    assert run("evaluate", *options, "--no-bss-eval")[0] == 0
    scores = json.loads(out.read_text())
    found = scores["tracks"]["two"]["vocals"]["mixture"]
    assert set(found) == {"si_sdr_db", "sdr_db"}
    assert found["si_sdr_db"] == pytest.approx(last, abs=1e-4)
    ratio = np.sum(truth["vocals"] ** 2) / np.sum((truth["vocals"] - mixture) ** 2)
    assert found["sdr_db"] == pytest.approx(10 * np.log10(ratio), abs=1e-4)
    both = [scores["tracks"][track]["vocals"]["mixture"]["sdr_db"] for track in ("one", "two")]
    assert scores["median"]["vocals"]["mixture"]["sdr_db"] == pytest.approx(np.mean(both))


@pytest.mark.fault
def test_a_mixture_that_does_not_fit_is_left_out(tmp_path, run):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    write_track(references, ("vocals", "drums"))
    write_track(references, ("mixture",), rate=RATE + 1)
    write_track(estimates, ("drums",))
    options = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    status, table, said = run("evaluate", *options)
    assert (status, len(table)) == (0, 3)
    assert f"{RATE + 1} Hz" in said[-1]
    assert said[-1].endswith("the mixture is not scored")


@pytest.mark.parametrize(
    ("names", "rest"),
    [
        (("no_drums", "drums"), "bass + vocals"),
        (("no_vocals", "vocals"), "bass + drums"),
        (("instrumental",), "bass + drums"),
        (("residual", "bass"), "drums + vocals"),
        (("karaoke", "--as", "karaoke=no_vocals"), "bass + drums"),
    ],
)
def test_a_rest_is_scored_against_the_sum_of_the_other_stems(tmp_path, run, names, rest):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    write_track(references, ("bass", "drums", "vocals"))
    name, others, options = names[0], names[1:2], ()
    if "--as" in names:
        others, options = (), names[1:]
    write_track(estimates, others)
    true = sum(soundfile.read(references / f"{stem}.wav")[0] for stem in rest.split(" + "))
    write_audio(estimates / f"{name}.wav", 0.9 * true, RATE, "float")
    given = ("--references", references, "--estimates", estimates, "--no-bss-eval", *options)
    status, table, said = run("evaluate", *given)
    assert status == 0
    scored = name if not options else "no_vocals"
    (row,) = [line for line in table if line.split()[1] == scored]
    assert row.split()[3] == "20.00"
    assert f"{scored}: scored against {rest}" in said


def test_stems_and_a_rest_of_them_are_scored_side_by_side(tmp_path, run):
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    for track in ("one", "two"):
        write_track(references / track, ("bass", "drums", "vocals"))
        write_track(estimates / track, ("bass", "drums", "vocals", "no_vocals"))
    given = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    status, table, said = run("evaluate", *given)
    assert status == 0
    rows = [line.split()[1] for line in table[2:] if line.startswith("two")]
    assert rows[::2] == ["bass", "drums", "no_vocals", "vocals"]
    assert said == ["no_vocals: scored against bass + drums"]  # once for all tracks


@pytest.mark.fault
def test_a_rest_of_what_is_not_there_is_not_scored(tmp_path, run):
    write_track(tmp_path / "references", ("drums", "vocals"))
    write_track(tmp_path / "estimates", ("no_guitar", "vocals"))
    given = ("--references", tmp_path / "references", "--estimates", tmp_path / "estimates")
    status, _, said = run("evaluate", *given, "--no-bss-eval")
    assert status == 0
    assert any(line.endswith("no no_guitar, not scored") for line in said)
    with pytest.raises(SystemExit):
        run("evaluate", *given, "--as", "no_guitar")
    status, _, said = run("evaluate", *given, "--as", "no_guitar=vocals")
    assert status == 1
    assert "a second estimate of vocals" in said[-1]


@pytest.mark.fault
def test_estimates_in_another_order_get_a_hint(tmp_path, run):
    references, estimates = tmp_path / "two_people", tmp_path / "estimates"
    write_track(references, ("s1", "s2"))
    write_track(estimates, ("s1", "s2"))
    given = ("--references", references, "--estimates", estimates, "--no-bss-eval")
    assert run("evaluate", *given)[2] == []
    for name, seed in (("s1", 1), ("s2", 0)):
        write_audio(estimates / f"{name}.wav", signal(seed) + 0.1 * signal(70), RATE, "float")
    (said,) = run("evaluate", *given)[2]
    assert said.startswith("two_people: the estimates fit in another order")
    assert "--any-order" in said
    assert run("evaluate", *given, "--any-order")[2] == []
