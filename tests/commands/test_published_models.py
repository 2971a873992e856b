"""`separate --model NAME` and `models`: published weights from the command line."""

import numpy as np
import pytest
import soundfile
from publishers import home, publish, publisher
from small_weights import checkpoint, open_unmix

from keras_sep.pretrained import all_presets

__all__ = ["home", "publish", "publisher"]  # fixtures


@pytest.fixture
def speech(publish, tmp_path):
    """The small one of the presets, with small networks, and a recording."""
    made = tmp_path / "made.pth"
    publish(
        "umxse",
        {role: checkpoint(open_unmix(n, 513, 513, 1), made) for n, role in enumerate(ROLES)},
    )
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, 9000)
    soundfile.write(tmp_path / "talk.wav", noise, 16000)
    return tmp_path / "talk.wav"


ROLES = ("speech", "noise")


def test_a_recording_in_stems_out(speech, run, tmp_path):
    assert run("separate", speech, "--model", "umxse", "--out", tmp_path / "stems")[0] == 0
    for role in ROLES:
        assert soundfile.info(tmp_path / "stems" / "talk" / f"{role}.wav").frames == 9000


def test_weights_are_fetched_ahead(speech, publisher, run, home):
    status, lines, _ = run("models", "umxse", "--download")
    assert status == 0
    assert lines == [str(next((home / "models").glob("umxse-*.keras")))]
    assert " yes " in next(line for line in run("models")[1] if line.startswith("umxse "))
    assert any(line.startswith("kept ") and lines[0] in line for line in run("models", "umxse")[1])


def test_all_that_is_known_is_told(run, home):
    for name, preset in all_presets().items():
        text = "\n".join(run("models", name)[1])
        for fact in (preset.license.id, preset.license.source, preset.trained_on, preset.checked):
            assert fact in text
        for file in preset.files:
            assert file.address in text
            assert file.hash.partition(":")[2] in text


@pytest.mark.fault
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("models", "umxhx"),
            "there are no weights and no network called 'umxhx'. Did you mean `umxhq`",
        ),
        (("models", "--download"), "--download needs the NAME"),
        (("models", "./umxl", "--download"), "is called './umxl'. Did you mean `umxl`?"),
        (("separate", __file__, "--model", "umxhx", "--out", "o"), "Did you mean `umxhq`?"),
        (("models", "umxl", "--download"), "forbid commercial use"),
    ],
)
def test_what_is_said_instead(run, publisher, arguments, words):
    status, _, said = run(*arguments)
    assert (status, len(said)) == (1, 1)
    assert words in said[0]
    assert not publisher.asked


@pytest.mark.fault
def test_terms_are_accepted_with_an_option(run, publisher):
    publisher.status = 503
    for _ in range(2):
        status, _, said = run("models", "umxl", "--download", "--accept-license")
        assert status == 1
        assert "HTTP 503" in said[0]
    assert "HTTP 503" in run("models", "umxl", "--download")[2][0]
