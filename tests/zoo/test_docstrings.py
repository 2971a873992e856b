"""What docstrings of the builders say of their arguments."""

import ast
import inspect
import re

import pytest

from keras_sep import zoo


@pytest.mark.parametrize("name", zoo.__all__)
def test_arguments_are_those_of_the_signature_with_their_defaults(name):
    builder = getattr(zoo, name)
    arguments = inspect.getdoc(builder).partition("Args:\n")[2].partition("\nReturns:")[0]
    entries = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", arguments, re.DOTALL | re.MULTILINE)
    defaults = {
        argument.name: argument.default
        for argument in inspect.signature(builder).parameters.values()
    }
    assert [entry for entry, _ in entries] == list(defaults)
    for entry, text in entries:
        said = re.search(r'Default\s+(`[^`]*`|"[^"]*"|[\w.-]+?)\.(\s|$)', text)
        if said:  # not a default that follows from other arguments: "Default: half a chunk."
            assert ast.literal_eval(said[1].strip("`")) == defaults[entry], entry
        else:
            assert defaults[entry] is None or entry == "name", entry
