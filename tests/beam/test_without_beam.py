"""Where Apache Beam is not installed."""

import sys

import pytest

import keras_sep
from keras_sep.beam.__main__ import main

INSTALL = "A catalogue needs apache_beam, which is not installed: pip install 'keras_sep[beam]'"


@pytest.fixture
def without(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("apache_beam")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "apache_beam", None)


def test_the_message_says_what_to_install(without, capsys):
    with pytest.raises(ImportError) as raised:
        keras_sep.beam.Separate  # noqa: B018
    assert str(raised.value) == INSTALL
    assert main(["songs", "--model", "m.keras", "--out", "out"]) == 1
    assert capsys.readouterr().err == f"python -m keras_sep.beam: {INSTALL}\n"


def test_other_names(without):
    with pytest.raises(AttributeError, match="no attribute 'Separator'"):
        keras_sep.beam.Separator  # noqa: B018


def test_no_songs(capsys):
    with pytest.raises(SystemExit):
        main(["--model", "m.keras", "--out", "out"])
    assert "no songs: give files, folders, patterns or --list FILE" in capsys.readouterr().err
