"""An interpreter for the few pickle instructions that plain containers consist of.

Python's own unpickler calls whatever a pickle tells it to, and is guarded by forbidding. This one
knows a list of harmless instructions, keeps names as names, and calls only functions it was given.
Of what other names would make it keeps the name.
"""

import pickletools
import sys
from typing import Any

# Instructions, copied items and joined characters in one pickle. A tensor takes some 30; a value
# that an instruction makes takes 100 bytes or so, and the time for it 2 microseconds.
MOST_MADE = 1_000_000


class Refused(ValueError):
    """What was refused, in words that follow "Received:"."""


class Name:
    """A name that a pickle refers to; it is never imported."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self):
        return repr(self.name)


class Unknown(Name):
    """What a pickle would make with a name: it is never made, and what it is made of is dropped."""

    __slots__ = ()


PUSH = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "SHORT_BINSTRING"),
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
MARK = object()


class Interpreter:
    """Reads pickles of numbers, strings, lists, tuples and dicts, and of what it is taught.

    Other names come as `Name`, and what would be made with them as `Unknown`. What one pickle makes
    is counted, copies of what it refers to again and again included, and limited to `MOST_MADE`:
    memory and time are in proportion to the pickle's length, and small.

    Args:
        functions: from dotted name to the function that stands for it.
        persistent: function of a persistent id, or None where there may be none.
    """

    def __init__(self, functions: Any, persistent: Any):
        self.functions = functions
        self.persistent = persistent
        self.made = 0

    def run(self, program: Any) -> Any:
        """The value of one pickle, given as bytes or as a stream that is left behind its end."""
        stack: list[Any] = []
        memo: dict[int, Any] = {}
        self.made = 0
        try:
            for opcode, argument, _ in pickletools.genops(program):
                if opcode.name == "STOP":
                    return stack.pop()
                self._count(1)
                self._step(opcode.name, argument, stack, memo)
        except (IndexError, KeyError, TypeError, AttributeError, MemoryError) as error:
            raise Refused(f"a damaged pickle ({error})") from error
        except Refused:
            raise
        except ValueError as error:
            why, _, _ = str(error).partition(":")  # and bytes of whatever it is
            raise Refused(f"no pickle ({why})") from error
        raise Refused("a pickle without an end")

    def _count(self, values):
        self.made += values
        if self.made > MOST_MADE:
            raise Refused(f"a pickle that makes more than {MOST_MADE:,} values")

    def _step(self, name, argument, stack, memo):
        if name in ("PROTO", "FRAME"):
            pass
        elif name in PUSH:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in TUPLES:
            stack.append(tuple(_pop(stack, TUPLES[name])))
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "MARK":
            stack.append(MARK)
        elif name == "TUPLE":
            stack.append(tuple(_pop_to_mark(stack)))
        elif name in ("APPEND", "APPENDS"):
            items = _pop(stack, 1) if name == "APPEND" else _pop_to_mark(stack)
            _container(stack, list).extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = _pop(stack, 2) if name == "SETITEM" else _pop_to_mark(stack)
            _container(stack, dict).update(mapping(zip(items[::2], items[1::2], strict=True)))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name == "GLOBAL":
            stack.append(Name(argument.replace(" ", ".")))
        elif name == "STACK_GLOBAL":
            parts = _pop(stack, 2)
            self._count(sum(map(len, parts)))
            stack.append(Name(".".join(parts)))
        elif name in ("REDUCE", "NEWOBJ"):
            made_with, arguments = _pop(stack, 2)
            if not isinstance(made_with, Name):
                raise Refused(f"a call of a {type(made_with).__name__}")
            known = name == "REDUCE" and type(made_with) is Name
            if known and made_with.name in self.functions:
                self._count(len(arguments))
                self._count(sum(len(argument) for argument in arguments if _is_long(argument)))
                stack.append(self.functions[made_with.name](*arguments))
            else:
                stack.append(Unknown(made_with.name))
        elif name == "BINPERSID":
            if self.persistent is None:
                raise Refused("a persistent id")
            stack.append(self.persistent(stack.pop()))
        elif name == "BUILD":
            # attributes of a container, such as the versions a state dict carries: not needed
            stack.pop()
            _container(stack, dict)
        else:
            raise Refused(f"the pickle instruction {name}")


def mapping(pairs: Any) -> Any:
    """A dict of pairs.

    Keys that could make it take for ever are not kept: a hash of nested tuples is slow, and large
    numbers can be chosen to have one hash.
    """
    return {
        key if _hashes_well(key) else Unknown(type(key).__name__): value for key, value in pairs
    }


def _hashes_well(key):
    if type(key) is int:
        return abs(key) < sys.hash_info.modulus
    return not isinstance(key, tuple)


def _is_long(value):
    return isinstance(value, (list, tuple, dict, str, bytes))


def _pop(stack, count):
    if count > len(stack):
        raise IndexError("stack underflow")
    items = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return items


def _pop_to_mark(stack):
    items = []
    while (item := stack.pop()) is not MARK:
        items.append(item)
    return items[::-1]


def _container(stack, kind):
    """What an instruction fills: of something unknown a container that nobody keeps."""
    if isinstance(stack[-1], Unknown):
        return kind()
    if not isinstance(stack[-1], kind):
        raise Refused(f"an instruction for a {kind.__name__} on a {type(stack[-1]).__name__}")
    return stack[-1]
