"""`convert` of what is broken or meant to break it: one line, and nothing written."""

import pickle
import sys

import numpy as np
import pytest
from converted import CONVERTED, golden, state_dict
from programs import GOLDEN, archive, rebuilt, text

from keras_sep import convert
from keras_sep.convert._published import Told
from keras_sep.convert.from_checkpoint import CONVERTERS
from keras_sep.convert.recognise import TELLING, recognise

pytestmark = pytest.mark.fault
NETWORKS = GOLDEN.with_name("golden_networks")


@pytest.fixture
def refused(run, tmp_path):
    out = tmp_path / "out.keras"

    def said(model, *options, checkpoint=None):
        file = checkpoint or NETWORKS / f"{model}.pth"
        given = ("--sources", "s1", "s2") if model != "open_unmix" else ()
        given += ("--sample-rate", 8000)
        status, _, lines = run("convert", file, "--out", out, "--model", model, *given, *options)
        assert status == 1
        assert not out.exists()
        assert len(lines[-1]) < 1500
        assert not any("Traceback" in line for line in lines)
        return lines[-1]

    return said


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("stride=[1", "--with stride=[1: not YAML"),
        ("stride={a", "not YAML"),
        ("stride=&a [*a]", "not YAML"),
        ("stride=!!python/object:os.system x", "not YAML"),
        ("stride=-1", "stride"),
        ("stride=0", "stride"),
        ("stride=.nan", "stride"),
        ("stride=0.5", "stride"),
        ("stride=1000000000", "stride"),
        ("filters=3", "filters"),
        ("=3", "--with"),
    ],
)
def test_values_that_no_network_takes(refused, value, complaint):
    assert complaint in refused("tasnet", "--with", value)


def test_nothing_is_saved_that_makes_no_numbers(refused, monkeypatch, tmp_path):
    vocals = tmp_path / "vocals.pth"
    vocals.touch()

    def given(**change):
        read = (state_dict() | change, Told())
        module = sys.modules["keras_sep.convert.from_checkpoint"]
        monkeypatch.setattr(module, "read_published", lambda path: read)

    weights = np.full((10, 21), np.nan, "f4")
    given(**{"fc1.weight": weights})
    said = refused("open_unmix", checkpoint=vocals)
    assert "'fc1.weight' of 'vocals' must contain finite numbers" in said
    variance = np.full(10, -1.0, "f4")  # whose square root is not a number
    given(**{"bn1.running_var": variance})
    said = refused("open_unmix", checkpoint=vocals)
    assert "'bn1.running_var' of 'vocals' must contain non-negative variances. Received: -1" in said
    mask = np.full_like(state_dict()["output_mean"], 3e38)  # of silence still nothing
    given(output_mean=mask)
    assert "NaN or infinite samples for noise" in refused("open_unmix", checkpoint=vocals)
    given(output_scale=mask, output_mean=mask)
    assert "NaN or infinite samples for silence" in refused("open_unmix", checkpoint=vocals)


def test_another_network_is_told_by_its_tensors(refused):
    said = refused("open_unmix", checkpoint=NETWORKS / "htdemucs.pth")
    assert "must be of --model open_unmix. Received: a file of --model htdemucs" in said
    for name in CONVERTED:
        assert recognise(golden(name)[0]) == name.partition("-")[0]
    assert recognise(state_dict()) == "open_unmix"
    assert recognise({}) is None
    assert {name.partition(",")[0] for name in TELLING} == {"open_unmix", *CONVERTERS}


def test_what_a_file_says_that_is_not_known_is_one_short_line(tmp_path):
    arguments = {"klass": "a\nb\x1b[2Jc" * 10_000, "n": 3, "x" * 10_000: 0.5}
    path = archive(tmp_path / "told.th", pickle.dumps({"kwargs": arguments, "state": {}}, 2))
    said = "told.th has settings of its network that are not supported: klass="
    with pytest.warns(UserWarning, match=said) as warned, pytest.raises(ValueError, match="given"):
        convert.from_checkpoint(path, model="demucs")
    (line,) = str(warned[0].message).splitlines()
    assert len(line) < 500
    assert "\x1b" not in line


def test_a_checkpoint_cut_short_names_what_is_missing(tmp_path, refused):
    path = archive(tmp_path / "cut.pth", rebuilt(), [("archive/data/1", b"")])
    assert "an archive without 'data/0'" in refused("tasnet", checkpoint=path)
    path = archive(tmp_path / "text.pth", b"}" + text("x") + text("y") + b"s.")
    assert "no tensor but a str at 'x'" in refused("tasnet", checkpoint=path)
