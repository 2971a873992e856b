"""The app with published weights and a real song, in Chromium.

    make test-app SONG="track folder"

The folder has the mixture, the vocals and the accompaniment, each an audio file of that name.
"""

import os
from pathlib import Path

import pytest
from chromium import Tab
from served_app import FRAME, download, separated, served
from web_files import require_chromium

from keras_sep import data, metrics

SONG = os.environ.get("KERAS_SEP_TEST_SONG")
STEMS = ("vocals", "accompaniment")
GAIN_DB = 5  # at least; Spleeter's paper states an SDR of about 6 dB over MUSDB18's songs

pytest.importorskip("gradio", reason="Gradio is not installed (make test-app)")


@pytest.mark.skipif(not SONG, reason='no song was given: make test-app SONG="track folder"')
def test_a_song_is_separated_by_published_weights(tmp_path):
    (tmp_path / "saved").mkdir()
    tab = Tab(require_chromium(), tmp_path / "saved")
    mixture = _file(SONG, "mixture")
    with served(tmp_path, "--model", "spleeter_2stems") as address:
        tab.open(address)
        tab.wait("!!document.querySelector('input[type=file]')")
        assert "MIT" in separated(tab, mixture, 400)
        ready = f"{FRAME}?.readyState === 'complete'"
        tab.wait(f"{ready} && {FRAME}.querySelectorAll('.lane').length === {1 + len(STEMS)}", 30)
        tab.run(f"{FRAME}.querySelector('.play').click()")
        tab.wait(f"Number({FRAME}.querySelector('.seek').value) > 1", 20)
        saved = download(tab, tmp_path / "saved", mixture.stem, STEMS)
    tab.close()
    mixed, _ = data.read_audio(mixture)
    for name in STEMS:
        reference, _ = data.read_audio(_file(SONG, name))
        estimate, _ = data.read_audio(saved[name])
        samples = min(len(reference), len(mixed))
        scores = [metrics.sdr(reference[:samples], x[:samples]) for x in (mixed, estimate)]
        print(f"{name}: SDR {scores[1]:.2f} dB, of the mixture {scores[0]:.2f} dB")
        assert scores[1] > scores[0] + GAIN_DB


def _file(folder, name):
    (path,) = Path(folder).glob(f"{name}.*")
    return path
