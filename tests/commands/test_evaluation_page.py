"""`evaluate --page`: excerpts of the tracks with extreme scores, and then the scores."""

import numpy as np
import pytest
from small_song import RATE, signal

from keras_sep.commands._evaluation_page import EXTREMES, SECONDS, busiest
from keras_sep.data import write_audio


def test_the_lowest_and_highest_tracks_are_heard(tmp_path, run):
    """Eight tracks, the estimates ever noisier: two in the middle are left out."""
    for track in range(2 * EXTREMES + 2):
        for seed, name in enumerate(("vocals", "drums")):
            truth = signal(10 * track + seed, samples=100)
            noisy = truth + 0.1 * (8 - track) * signal(99 + seed, samples=100)
            write_audio(tmp_path / f"true/t{track}/{name}.wav", truth, RATE, "float")
            write_audio(tmp_path / f"made/t{track}/{name}.wav", noisy, RATE, "float")
    page = tmp_path / "scores.html"
    options = ("--references", tmp_path / "true", "--estimates", tmp_path / "made", "--page", page)
    status, table, said = run("evaluate", *options, "--no-bss-eval")
    assert status == 0
    assert said[-1] == f"listening page: {page}"
    text = page.read_text()
    places = [text.find(f"<h2>t{track}</h2>") for track in (0, 1, 2, 5, 6, 7)]
    assert places == sorted(places)
    assert places[0] > 0
    assert text.count("<h2>t") == 6
    assert "the 3 with the lowest and the 3 with the highest mean SI-SDR of 8 tracks" in text
    assert text.count('class="lane"') == 2 * EXTREMES * (1 + 2 * 2)
    assert text.count('aria-pressed="false">Mute') == 2 * EXTREMES  # the mixtures
    # the scores come last, those of the terminal
    assert text.index("<table") > places[-1]
    assert text.count('<tr class="summary">') == 4
    vocals = next(line.split() for line in table if line.split()[:2] == ["t3", "vocals"])
    assert f'<th scope="row">t3: vocals</th><td>{vocals[2]}</td><td>{vocals[3]}</td>' in text
    assert "0 dB the error is as strong as the source" in text


def test_the_excerpt_has_all_sources():
    """Two bursts, and a third in one source only: where both sound, though one is quieter."""
    rate = 100
    sources = np.zeros((2, 90 * rate, 1))
    sources[0, 10 * rate : 14 * rate] = 1.0
    sources[:, 50 * rate : 54 * rate] = 0.1
    start, samples = busiest(sources, rate)
    assert samples == SECONDS * rate
    assert start <= 50 * rate
    assert start + samples >= 54 * rate
    assert busiest(sources[:, : 7 * rate], rate) == (0, 7 * rate)


@pytest.mark.fault
def test_a_stem_is_not_replaced_by_the_page(tmp_path, run):
    for folder in ("true", "made"):
        for name in ("vocals", "drums"):
            write_audio(tmp_path / folder / f"{name}.wav", signal(), RATE)
    stem = tmp_path / "made" / "vocals.wav"
    options = ("--references", tmp_path / "true", "--estimates", tmp_path / "made", "--page", stem)
    status, _, said = run("evaluate", *options)
    assert status == 1
    assert said[0].endswith(
        f"{stem}: contains no scores, and --page would overwrite it; choose another path"
    )
    options = (*options[:4], "--page", tmp_path / "a", "--json", tmp_path / "a")
    status, _, said = run("evaluate", *options)
    assert (status, len(said)) == (1, 1)
    assert said[0].endswith(
        f"{tmp_path / 'a'}: given for both --json and --page; choose different paths"
    )
