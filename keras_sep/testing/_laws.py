"""What the classes of laws share."""

import inspect
from typing import Any

import keras
import pytest

from keras_sep._brief import one_line
from keras_sep.testing.outputs import through_json


class Laws:
    """Test methods, each of which runs for every case.

    A method of an argument `name` runs for each of the `cases`, or for those of which the
    attribute that `only_if` names is true.
    """

    cases: dict[str, Any] = {}  # noqa: RUF012 - replaced by subclasses

    def pytest_generate_tests(self, metafunc: Any) -> None:
        if "name" in metafunc.fixturenames:
            attribute = getattr(metafunc.function, "only_if", None)
            names = [
                n for n, case in self.cases.items() if not attribute or getattr(case, attribute)
            ]
            metafunc.parametrize("name", sorted(names))


def only_if(attribute: str) -> Any:
    """Decorator of a law of those cases alone whose attribute is true."""

    def mark(law):
        law.only_if = attribute
        return law

    return mark


def each(argument: str, values: Any) -> Any:
    """Decorator of a law that runs with each of several values of an argument."""
    return pytest.mark.parametrize(argument, values)


def made_again(name: str, made: Any) -> Any:
    """The layer or loss that a config makes, after a trip through JSON.

    Raises:
        AssertionError: Where the config lacks an argument of `__init__` or makes nothing.
    """
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    owner = next(base for base in type(made).__mro__ if "__init__" in vars(base))
    parameters = inspect.signature(owner).parameters.values()
    config = made.get_config()
    missing = [x.name for x in parameters if x.kind in named and x.name not in config]
    if owner.__module__.startswith("keras."):  # whose LSTM leaves out `use_cudnn`
        missing = []
    about = f"{name}: `get_config` of {type(made).__name__} must have every argument"
    assert not missing, f"{about}. Received: none of {', '.join(missing)}"
    try:
        again = keras.saving.deserialize_keras_object(through_json(made))
    except Exception as error:  # whatever an `__init__` does
        text = f"{name}: its config must make it again. Received: {one_line(error)}"
        raise AssertionError(text) from error
    assert type(again) is type(made), f"{name}: its config made {type(again).__name__}"
    return again
