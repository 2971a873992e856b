"""Spleeter by name: archives of TensorFlow's files, in the forms of 11 and of 16 kHz."""

import io
import tarfile

import numpy as np
import pytest
from spleeter_files import network, tensors_of, write

from keras_sep import Separator
from keras_sep.convert import from_checkpoint
from keras_sep.pretrained import preset_of

NAMES = [f"spleeter_{stems}stems{form}" for stems in (2, 4, 5) for form in ("", "_16khz")]


@pytest.mark.parametrize("name", NAMES)
def test_spleeter_by_name(publish, tmp_path, name):
    preset = preset_of(name)
    write(tmp_path, tensors_of(network(len(preset.sources))))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path in tmp_path.glob("model.*"):
            tar.add(path, f"./{path.name}")
    publish(name, {None: archive.getvalue()})
    separator = Separator.from_preset(name)
    assert separator.source_names == tuple(preset.sources)
    assert separator.license.startswith("MIT (spleeter_")
    band = separator.post_filter.get_config()["bandwidth_bins"]
    assert band == (1536 if name.endswith("16khz") else 1024)
    peer = from_checkpoint(tmp_path, variant=preset.network["variant"])
    for weight, other in zip(separator.get_weights(), peer.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    if name == NAMES[0]:
        mixture = np.random.default_rng(0).uniform(-1, 1, (1, 3000, 2)).astype("float32")
        np.testing.assert_array_equal(np.asarray(separator(mixture)), np.asarray(peer(mixture)))
