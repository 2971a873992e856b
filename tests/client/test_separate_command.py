"""`keras-sep separate --server`."""

import grpc
import numpy as np
import pytest
from servers import SERVERS, Served

import keras_sep_cli
from keras_sep.data import read_audio
from keras_sep.inference import separate_file


@pytest.mark.parametrize("kind", SERVERS)
def test_the_command_writes_the_stems_of_a_server(separator, folder, song, tmp_path, capsys, kind):
    expected = separate_file(separator, song, tmp_path / "here", stems=["no_vocals"])
    with SERVERS[kind](Served(folder)) as server:
        command = ["separate", song, "--server", server, "--out", tmp_path, "--stems", "no_vocals"]
        assert keras_sep_cli.main([*map(str, command)]) == 0
    assert f"{song}: stems in {tmp_path / 'song'}" in capsys.readouterr().err
    (stem,) = (tmp_path / "song").iterdir()
    assert stem.name == expected["no_vocals"].name
    # 16 bits, of which the last may be rounded the other way
    found, expected = (read_audio(path)[0] for path in (stem, expected["no_vocals"]))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1.01 * 2**-15)


def test_a_failure_of_the_server_is_one_line_for_each_song(folder, song, tmp_path, capsys):
    served = Served(folder, [grpc.StatusCode.INTERNAL] * 9)
    with SERVERS["grpc"](served) as server:
        command = ["separate", str(song), "--server", server, "--out", str(tmp_path)]
        assert keras_sep_cli.main(command) == 1
    said = capsys.readouterr().err
    assert f"{song}: {server}: INTERNAL, injected" in said
    assert "Traceback" not in said


def test_nobody_is_there(song, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("keras_sep.client._retries.FIRST_SECONDS", 0.01)
    command = ["separate", str(song), "--server", "http://localhost:1/band", "--out", str(tmp_path)]
    assert keras_sep_cli.main(command) == 1
    assert "keras-sep separate: http://localhost:1/band: it cannot be" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--wiener", "1"], ["--precision", "bfloat16"]])
def test_what_a_server_does_not_change(song, tmp_path, capsys, options):
    command = ["separate", str(song), "--server", "http://localhost:1/band", "--out", str(tmp_path)]
    assert keras_sep_cli.main([*command, *options]) == 1
    assert "--wiener and --precision are for a `.keras` file" in capsys.readouterr().err


def test_a_model_or_a_server(song, capsys):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", str(song), "--server", "http://h/m", "--model", "umxhq"])
    assert "not allowed with argument --server" in capsys.readouterr().err
