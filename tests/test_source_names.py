"""Names of sources: those of files, and refused where they are given."""

import pytest

import keras_sep
from keras_sep._source_names import MAX_BYTES, require_source_names

NAMES = [
    ("../x", "holds a slash"),
    ("a/b", "holds a slash"),
    ("a\\b", "holds a slash"),
    ("/x", "holds a slash"),
    ("", "is empty"),
    ("  ", "is empty"),
    (".a", "begins with a dot"),
    ("..", "begins with a dot"),
    ("a\0", "control character"),
    ("a\nb", "control character"),
    ("\x1b[31m", "control character"),
    ("\udce4", "half a letter"),
    ("x" * 300, "has 300 bytes"),
    ("\U0001f3b8" * 60, "has 240 bytes"),
    (1, "is not text but int"),
    (None, "is not text but NoneType"),
    (True, "is not text but bool"),
]


@pytest.mark.fault
@pytest.mark.parametrize(("name", "problem"), NAMES)
def test_what_cannot_name_a_file_is_refused_where_it_is_given(name, problem):
    network = keras_sep.zoo.conv_tasnet(
        sources=2, filters=3, kernel_size=8, bottleneck=2, hidden=3, skip=2, blocks=1, repeats=1
    )
    with pytest.raises(ValueError, match="`source_names` must be file names") as caught:
        keras_sep.Separator(network, 8000, (name, "b"))
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@pytest.mark.fault
@pytest.mark.parametrize(
    ("names", "hint"), [(3, "one. R"), ("vocals", r"one: \('vocals',\). R"), (b"ab", "one. R")]
)
def test_names_that_are_one_thing(names, hint):
    with pytest.raises(ValueError, match=f"`source_names` must be several names, or .* {hint}"):
        require_source_names(names)


@pytest.mark.fault
@pytest.mark.parametrize(
    "name", ["vocals", "Hi-Hat (close)", "\u6b4c", "e\u0301", "CON", "a.b", "x" * MAX_BYTES, "1"]
)
def test_what_can_name_a_file_is_taken(name, tmp_path):
    assert require_source_names([name, "b"]) == (name, "b")
    (tmp_path / f"{name}.wav").touch()
