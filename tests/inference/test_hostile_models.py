"""Model files that mean harm, or were damaged: refused in one line, soon, and nothing is done."""

import io
import json
import time
import zipfile

import h5py
import numpy as np
import pytest
from audit import nothing_done

import keras_sep
from keras_sep._weights_file import check_weights_file
from keras_sep.inference import load_separator

pytestmark = pytest.mark.fault

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
RATE, HIDDEN = 2000, 6


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=33, hidden=HIDDEN, layers=1)
    front_end = keras_sep.layers.STFT(64, 32)
    path = tmp_path_factory.mktemp("model") / "small.keras"
    keras_sep.Separator(network, RATE, ("vocals", "drums"), front_end).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refusal(path, seconds=20):
    """The reason, once it is known that nothing else happened."""
    began = time.process_time()
    with pytest.raises(ValueError) as error, nothing_done():
        load_separator(path)
    assert time.process_time() - began < seconds
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert len(text) < 500 + len(str(path))
    return text


def changed(config, change):
    """A copy of nested configs where `change` has replaced values, by key and value."""
    if isinstance(config, dict):
        return {key: changed(change(key, value), change) for key, value in config.items()}
    return [changed(item, change) for item in config] if isinstance(config, list) else config


def with_config(members, change):
    config = changed(json.loads(members[CONFIG]), change)
    return members | {CONFIG: json.dumps(config).encode()}


def with_weights(members, change):
    """`change` works on the open HDF5 file, and is given the name of a dataset of 12 numbers."""
    file = io.BytesIO(members[WEIGHTS])
    with h5py.File(file, "a") as root:
        names = []
        root.visititems(
            lambda name, found: (
                names.append(name)
                if isinstance(found, h5py.Dataset) and found.shape == (2 * HIDDEN,)
                else None
            )
        )
        change(root, names[0])
    return members | {WEIGHTS: file.getvalue()}


def test_what_was_not_changed_loads(tmp_path, members):
    assert load_separator(written(tmp_path / "whole.keras", members)).source_names
    packed = written(tmp_path / "packed.keras", members, zipfile.ZIP_DEFLATED)
    assert load_separator(packed).source_names


@pytest.mark.parametrize(
    ("key", "old", "new", "reason"),
    [
        ("units", HIDDEN, 20_000, "of far more numbers than its file has weights for"),
        ("units", HIDDEN, 10**30, "a layer with 'units' of more than"),
        ("layers", 1, 10**7, "of far more layers than its file has weights for"),
        ("frame_length", 64, 2**40, "a layer with 'frame_length' of more than"),
        ("frame_length", 64, 2**24, "`frame_length` must be at most 1048576. Received: 16777216"),
        ("hop_length", 32, 2**24, "`hop_length` must be at most 1048576. Received: 16777216"),
        ("sample_rate_hz", RATE, 10**30, "a layer with 'sample_rate_hz' of more than"),
        ("registered_name", "keras_sep>RecurrentStack", "own>Stack", "no class 'RecurrentStack': "),
    ],
)
def test_a_small_file_builds_no_large_network(tmp_path, members, key, old, new, reason):
    def change(at, value):
        return new if at == key and value == old else value

    path = written(tmp_path / "large.keras", with_config(members, change))
    assert reason in refusal(path)


def test_a_matrix_is_made_once_it_is_known_to_be_in_the_file(tmp_path, members):
    """One of 2**20 numbers on either side would take 8 TiB."""
    settings = {"frame_length": 2**20, "hop_length": 2**18}

    def change(at, value):
        new = {"class_name": "ConvSTFT", "registered_name": "keras_sep>ConvSTFT", **settings}
        of_stft = value in ("STFT", "keras_sep>STFT") or at in settings
        return new[at] if at in new and of_stft else value

    path = written(tmp_path / "matrix.keras", with_config(members, change))
    assert "of far more numbers than its file has weights for" in refusal(path, seconds=5)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"unpadded": "nobody"}, "must name a network inside. Received: 'nobody'"),
        ({"builder": ["open_unmix"]}, "`builder` of a network's facts must be a name"),
        ({"arguments": [[[1]]]}, "`arguments` of a network's facts must be a dict"),
        ({"reads": "x" * 10**6}, "`reads` of a network's facts must be one of"),
        ({"stride": 2**60}, "a layer with 'stride' of more than"),
        (3, "`facts` must be `zoo.Facts` or None. Received: facts=3"),
    ],
)
def test_facts_that_no_network_has(tmp_path, members, facts, reason):
    def change(at, value):
        if at != "facts" or value is None:
            return value
        return value | facts if isinstance(facts, dict) else facts

    assert reason in refusal(written(tmp_path / "facts.keras", with_config(members, change)))


def test_a_config_that_is_deep_or_no_config(tmp_path, members):
    deep = b"[" * 100_000 + b"]" * 100_000
    nested = members[CONFIG]
    for _ in range(300):
        nested = (
            b'{"module": "keras", "class_name": "Sequential", "config": {"layers": [%s]}}' % nested
        )
    for content in (deep, nested, b"", b"[]", b"{}", b"\xff", b'{"module": 3}', b"NaN"):
        refusal(written(tmp_path / "deep.keras", members | {CONFIG: content}))
    long = b" " * (2**24 + 1)
    assert "of more than 16 MiB" in refusal(
        written(tmp_path / "long.keras", members | {CONFIG: long})
    )


def test_weights_that_are_elsewhere_or_packed(tmp_path, members):
    secret = tmp_path / "secret"
    secret.write_bytes(b"top secret" * 100)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.zeros(2 * HIDDEN, "f4")

    def external(root, name):
        del root[name]
        root.create_dataset(name, (12,), "f4", external=[(str(secret), 0, 48)])

    def packed(root, name):
        del root[name]
        root.create_dataset(name, (10**9,), "f4", chunks=(10**6,), compression="gzip")

    def missing(root, name):
        del root[name]
        root.create_dataset(name, (10**9,), "f4")

    def virtual(root, name):
        del root[name]
        layout = h5py.VirtualLayout((12,), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (12,))
        root.create_virtual_dataset(name, layout)

    def link(root, name):
        del root[name]
        root[name] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")

    def soft(root, name):
        root["elsewhere"] = root[name][:]
        del root[name]
        root[name] = h5py.SoftLink("/elsewhere")

    def again(root, name):
        root["again"] = root[name]

    def cycle(root, name):
        root["cycle"] = root["/"]

    def text(root, name):
        del root[name]
        root[name] = ["a", "b"]

    def nan(root, name):
        root[name][0] = np.nan

    for change, reason in (
        (external, "numbers of another file"),
        (virtual, "numbers of another file"),
        (link, "a ExternalLink"),
        (soft, "a SoftLink"),
        (packed, "packed or missing"),
        (missing, "packed or missing"),
        (again, "a second name"),
        (cycle, "a second name 'cycle'"),
        (text, "something other than numbers"),
        (nan, "NaN or infinite numbers in the weight '"),
    ):
        path = written(tmp_path / f"{change.__name__}.keras", with_weights(members, change))
        assert reason in refusal(path)
    path = tmp_path / "overlapping.h5"
    path.write_bytes(members[WEIGHTS])
    with pytest.raises(ValueError, match=r"bytes of weights in a file of 100"):
        check_weights_file(path, 100)


def test_archives_of_other_things(tmp_path, members):
    path = tmp_path / "other.keras"
    assert "other files than" in refusal(written(path, members | {"assets/a.txt": b""}))
    assert "other files than" in refusal(written(path, {CONFIG: members[CONFIG]}))
    bomb = members | {WEIGHTS: bytes(10**8)}
    assert "packed too well" in refusal(written(path, bomb, zipfile.ZIP_DEFLATED))


def test_functions_of_keras_are_not_called(tmp_path, members):
    """Keras 3.10 let a Lambda layer call `get_file`, which downloads to a place of its choice."""
    call = {"module": "keras.utils", "class_name": "function", "config": "get_file"}

    def change(key, value):
        if not (isinstance(value, dict) and value.get("class_name") == "Network"):
            return value
        shape = {"batch_shape": [None, None, 1], "dtype": "float32", "name": "in"}
        arguments = {"origin": "http://127.0.0.1:9/x", "cache_dir": str(tmp_path)}
        function = {**call, "registered_name": "get_file"}
        layers = [("in", "InputLayer", shape), ("l", "Lambda", {"name": "l", "function": function})]
        layers[1][2]["arguments"] = arguments
        layers = [
            {"module": "keras.layers", "class_name": kind, "name": name, "config": config}
            | {"inbound_nodes": [{"args": [[]], "kwargs": {}}] * (kind == "Lambda")}
            for name, kind, config in layers
        ]
        ends = {"input_layers": [["in", 0, 0]], "output_layers": [["in", 0, 0]]}
        return {**value, "config": {"name": "f", "layers": layers, **ends}}

    refusal(written(tmp_path / "lambda.keras", with_config(members, change)))
    assert [path.name for path in tmp_path.iterdir()] == ["lambda.keras"]


def test_damaged_files_are_refused_or_read(tmp_path, members):
    """Bytes of the archive, and of the config and the weights in archives that are sound."""
    path = tmp_path / "damaged.keras"
    whole = written(path, members).read_bytes()
    rng = np.random.default_rng(37)
    kinds = {"archive": whole} | {name: members[name] for name in (CONFIG, WEIGHTS)}
    read = 0
    for number in range(30):
        kind = list(kinds)[number % 3]
        damaged = bytearray(kinds[kind])
        for at in rng.integers(len(damaged), size=rng.integers(1, 6)):
            damaged[at] = rng.integers(256)
        if number % 5 == 0:
            del damaged[rng.integers(len(damaged)) :]
        if kind == "archive":
            path.write_bytes(damaged)
        else:
            written(path, members | {kind: bytes(damaged)})
        try:
            load_separator(path)
            read += 1
        except ValueError:
            refusal(path)
    assert read < 20


def test_weights_that_the_file_lacks_are_not_made_up(tmp_path, members):
    """Keras 3.15 warns of those within containers, and goes on with random numbers."""

    def unfilled(root, name):
        for key in list(root):
            if key != "vars":
                del root[key]

    refusal(written(tmp_path / "unfilled.keras", with_weights(members, unfilled)))


def test_what_else_is_given_as_a_model(tmp_path):
    served, folder = tmp_path / "served", tmp_path / "folder.keras"
    for path in (served, folder):
        path.mkdir()
    (served / "saved_model.pb").touch()
    for name, said in (
        ("old.h5", "HDF5 of Keras 2"),
        ("model.weights.h5", "weights alone"),
        ("vocals.pth", "`keras-sep convert`"),
        ("model.onnx", "a network for inference elsewhere"),
        ("song.mp3", "not a model"),
    ):
        (tmp_path / name).write_bytes(b"something")
        assert said in refusal(tmp_path / name)
    assert "a SavedModel" in refusal(served)
    assert "a folder" in refusal(folder)
    assert "no such model file" in refusal(tmp_path / "none.keras")


def test_a_file_that_may_not_be_read(tmp_path, members, monkeypatch):
    def denied(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    path = written(tmp_path / "mine.keras", members)
    monkeypatch.setattr("builtins.open", denied)
    assert "cannot be opened (Permission denied)" in refusal(path)


@pytest.mark.parametrize("sizes", [{"bins": 20_000, "mels": 20_000}, {"bins": 33, "mels": 2**24}])
def test_filters_of_pitch_without_end(sizes):
    with pytest.raises(ValueError, match="`bins` times `mels` must be at most"):
        keras_sep.ops.mel_filterbank(16000, **sizes)
