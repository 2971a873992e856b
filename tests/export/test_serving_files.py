"""Files for a server are what it reads, as far as its own messages are installed."""

import pytest
import yaml
from google.protobuf import text_format
from google.protobuf.empty_pb2 import Empty
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

import keras_sep
import keras_sep_cli
from keras_sep.export import serving_files


def made(folder, *versions):
    for version in versions:
        (folder / version).mkdir(parents=True)
        (folder / version / "saved_model.pb").touch()
    return folder


def config(folder):
    text = (folder / "models.config").read_text("utf-8")
    return {
        model.name: (model.base_path, model.model_platform)
        for model in text_format.Parse(text, ModelServerConfig()).model_config_list.config
    }


def test_every_model_is_listed(tmp_path):
    folder = made(tmp_path, "band/1", "band/12", 'chor "a" é\\/3', "half/.keras_sep-x", "other/new")
    serving_files(folder)
    assert config(folder) == {
        name: (f"/models/{name}", "tensorflow") for name in ("band", 'chor "a" é\\')
    }
    made(folder, "talk/1")
    serving_files(folder)
    assert set(config(folder)) == {"band", 'chor "a" é\\', "talk"}


def test_the_other_files_are_read_by_those_they_are_for(tmp_path):
    written = serving_files(made(tmp_path, "band/1"))
    for name in ("batching_parameters.txt", "monitoring.config"):
        # only the syntax: the wheel has no messages of them
        text_format.Parse((tmp_path / name).read_text(), Empty(), allow_unknown_field=True)
    (service,) = yaml.safe_load((tmp_path / "compose.yaml").read_text())["services"].values()
    assert service["volumes"] == ["./:/models:ro"]
    named = {part.partition("=")[2] for part in service["command"]}
    inside = {f"/models/{path.name}" for path in written if path.name != "compose.yaml"}
    assert inside == {name for name in named if name.startswith("/models/")}


def test_what_was_changed_stays(tmp_path):
    serving_files(made(tmp_path, "band/1"))
    (tmp_path / "compose.yaml").write_text("mine")
    (tmp_path / "models.config").write_text("old")
    assert serving_files(tmp_path) == [tmp_path / "models.config"]
    assert (tmp_path / "compose.yaml").read_text() == "mine"
    assert set(config(tmp_path)) == {"band"}


def test_a_folder_without_models(tmp_path):
    with pytest.raises(ValueError, match="contains no model; `keras-sep export` writes them as"):
        serving_files(tmp_path)
    assert not any(tmp_path.iterdir())


def test_the_command_writes_them_beside_the_models(tmp_path, capsys):
    network = keras_sep.zoo.conv_tasnet(filters=7, bottleneck=5, hidden=6, blocks=1, repeats=1)
    keras_sep.Separator(network, 8000, ("s1", "s2")).save(tmp_path / "talk.keras")
    out = tmp_path / "models" / "talk" / "1"
    command = ["export", "--model", str(tmp_path / "talk.keras"), "--out", str(out), "--serving"]
    assert keras_sep_cli.main(command) == 0
    assert capsys.readouterr().out.splitlines() == [
        str(out),
        *(str(tmp_path / "models" / name) for name in ("models.config", "batching_parameters.txt")),
        *(str(tmp_path / "models" / name) for name in ("monitoring.config", "compose.yaml")),
    ]
    assert set(config(tmp_path / "models")) == {"talk"}
