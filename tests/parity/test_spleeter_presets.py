"""Spleeter by name: archives as its releases have them, fetched, converted and separated."""

import io
import json
import tarfile
from importlib.resources import files

import numpy as np
import pytest
from publishers import home, publish, publisher
from test_spleeter_separation import LIMIT_DB, differences_db, spleeter

from keras_sep import Separator
from keras_sep.inference import CompiledSeparator

__all__ = ["home", "publish", "publisher"]  # fixtures


@pytest.mark.parametrize("form", ["4stems", "5stems-16kHz"])
def test_spleeter_by_name(publish, tmp_path, form):
    # the publisher's own settings of this form, but for the number of filters
    params = json.loads((files("spleeter") / "resources" / f"{form}.json").read_text())
    params["model"]["params"]["conv_n_filters"] = [2, 3, 4, 5, 6, 7]
    theirs = spleeter(params, tmp_path / "model", save=True)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path in tmp_path.iterdir():  # `checkpoint` and `model.meta` are among them
            tar.add(path, f"./{path.name}")
    name = f"spleeter_{form.lower().replace('-', '_')}"
    publish(name, {None: archive.getvalue()})
    separator = Separator.from_preset(name)
    assert separator.source_names == tuple(params["instrument_list"])
    assert separator.sample_rate_hz == params["sample_rate"]
    x = np.random.default_rng(1).uniform(-1, 1, (44100, 2)).astype("float32")
    ours = CompiledSeparator(separator)(x)
    assert max(differences_db(ours, theirs(x))) < LIMIT_DB
