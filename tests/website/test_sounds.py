"""Pages of models with sounds: separated by their published weights, where these can be had."""

import pytest

from website import models, sounds


def test_a_page_shows_the_players_that_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(sounds, "FOLDER", tmp_path)
    card = "# UNet\n\nA paper.\n\nWords.\n"
    assert not sounds.section("spleeter_unet")
    assert "<iframe" not in models.with_facts(
        card, "spleeter_unet", sounds.section("spleeter_unet")
    )
    (tmp_path / "spleeter_unet.html").write_text("<p>players</p>")
    (tmp_path / "spleeter_unet.txt").write_text("spleeter_2stems\n*A song*\n")
    assert sounds.files() == {"models/spleeter_unet.html": b"<p>players</p>"}
    shown = models.with_facts(card, "spleeter_unet", sounds.section("spleeter_unet"))
    assert "*A song*, separated by `spleeter_2stems` (MIT)." in shown
    assert 'src="../spleeter_unet.html"' in shown
    assert shown.index("## Listen") < shown.index("## Graph")


def test_weights_that_cannot_be_had_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sounds, "FOLDER", tmp_path / "executed")
    monkeypatch.setenv("KERAS_SEP_HOME", str(tmp_path / "home"))
    sounds.main(["--models", "scnet"])  # whose terms nobody has accepted here
    assert "scnet: scnet_large: " in capsys.readouterr().out
    assert not sounds.files()
    with pytest.raises(SystemExit):
        sounds.main(["--models", "no_such"])
