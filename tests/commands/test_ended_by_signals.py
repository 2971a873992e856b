"""Ctrl-C while a script starts, that is while it imports TensorFlow."""

import signal

import pytest

from keras_sep_cli.signals import ended_by_signals


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_script_with_one_line(number, capsys):
    with pytest.raises(SystemExit) as end, ended_by_signals("train.py"):
        signal.raise_signal(number)
    assert end.value.code == 128 + number
    assert capsys.readouterr().err == "train.py: interrupted\n"
