"""Checkpoints without PyTorch and TensorFlow, and without executing the pickles in them."""

import os
import re
import stat
import struct
import zipfile
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep._archives import require_bounded
from keras_sep._brief import brief, one_line
from keras_sep.convert._bundle import index_of as index_of
from keras_sep.convert._bundle import read_bundle
from keras_sep.convert._keras_2 import SUFFIX as KERAS_2
from keras_sep.convert._keras_2 import read_keras_2
from keras_sep.convert._pickled import Interpreter, Name, Refused, Unknown, mapping
from keras_sep.convert._published import Told, told_by
from keras_sep.convert._safetensors import SUFFIX, read_safetensors

STORAGES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "u2",  # widened to float32 once it is read
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
STREAM_MAGIC = 0x1950A86A20F9469CFC6C
STREAM_VERSION = 1001
CHECKPOINT_SUFFIXES = (".pth", ".pt", ".th", ".ckpt", ".bin", SUFFIX, KERAS_2)
DAMAGE = (EOFError, MemoryError, struct.error, zipfile.BadZipFile)
# where files keep one beside other things
STATE_DICTS = ("state_dict", "state", "model", "model_state_dict")
QUANTISED = "__quantized"  # how demucs marks them
MOST_AXES = 32
MOST_SHARED = 16  # tensors of a state dict that view each number of the file, on average


def read_checkpoint(path: str | os.PathLike[str]) -> Any:
    """Read the tensors of a state dict that `torch.save` wrote, or of TensorFlow or Keras 2.

    The file may also be a dict with the state dict at `state_dict`, as asteroid and many trainers
    write, at `state`, as demucs does, at `model` or `model_state_dict`; what stands beside it is
    left out.

    A checkpoint is a pickle, and a pickle is a program. This one is never run: the few
    instructions that state dicts consist of are interpreted here, classes and calls that they do
    not need stay names, and one of these among the tensors is an error that names it. Both formats
    are read, the zip archive of PyTorch 1.6 and later and the plain stream from before. Memory is
    bounded: by the size of the file, and by 200 MB for what its pickle makes.

    Of a TensorFlow checkpoint, `model.index` and the file of numbers beside it are read, and every
    tensor is checked against its checksum; `model.meta`, which holds a graph, is not opened. Files
    of safetensors, which hold tensors and nothing else, and weights of Keras 2 in HDF5 are known by
    their suffix.

    Args:
        path: path of the file, `.pth`, `.pt`, `.th`, `.ckpt`, `.bin`, `.safetensors` or `.h5`; of a
            TensorFlow checkpoint its `.index`, or the folder that it lies in.

    Returns:
        A dict from name to NumPy array, for reading only, as tensors may share their memory.
        (bfloat16, which NumPy lacks, comes as float32.)

    Example:
        >>> import pickle, tempfile
        >>> from pathlib import Path
        >>> from keras_sep import convert
        >>> path = Path(tempfile.mkdtemp()) / "vocals.pth"
        >>> _ = path.write_bytes(pickle.dumps({"weight": [1.0, 2.0]}))
        >>> convert.read_checkpoint(path)
        Traceback (most recent call last):
        ...
        ValueError: '...vocals.pth' must be a state dict of PyTorch. Received: ...
    """
    return read_published(path)[0]


def read_published(path: str | os.PathLike[str]) -> Any:
    """The tensors of a file as `read_checkpoint` reads them, and what else it says of its network.

    Args:
        path: as for `read_checkpoint`.

    Returns:
        The dict of tensors, and a `Told`.
    """
    index = index_of(Path(path))
    if index is not None:
        return read_bundle(index), Told()
    if Path(path).suffix == SUFFIX and Path(path).is_file():
        return read_safetensors(Path(path)), Told()
    if Path(path).suffix == KERAS_2 and Path(path).is_file():
        return read_keras_2(Path(path)), Told()
    return _read(path, lambda content: (_arrays(content), told_by(content)))


def _read(path, take):
    """What `take` takes of a file's content."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Refused("a folder" if os.path.isdir(path) else "a pipe or a device")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                require_bounded(archive, path)
                return take(_read_archive(archive))
        with open(path, "rb") as stream:
            return take(_read_stream(_Stream(stream)))
    # besides what is refused: what damage makes of an archive, of sizes and of numbers
    except (ValueError, OverflowError, RuntimeError, *DAMAGE) as error:
        raise ValueError(
            f"{str(path)!r} must be a state dict of PyTorch. Received: {one_line(error)}"
        ) from error


class _Storage:
    """The numbers of a storage, whose bytes may not have been read yet."""

    def __init__(self, kind: Any, elements: Any, read: Any = None):
        self.kind = kind
        self.elements = elements
        self.read = read
        self.numbers: np.ndarray | None = None

    @property
    def dtype(self) -> Any:
        return np.dtype(STORAGES[self.kind])

    def fill(self, buffer: Any, order: Any) -> None:
        if len(buffer) != self.elements * self.dtype.itemsize:
            raise Refused(f"{len(buffer)} bytes for {self.elements} numbers ({self.kind})")
        stored = np.frombuffer(buffer, self.dtype.newbyteorder(order))
        if self.kind == "BFloat16Storage":
            stored = (stored.astype("u4") << 16).view("f4")
        self.numbers = stored.astype(stored.dtype.newbyteorder("="), copy=False)

    def filled(self) -> Any:
        if self.numbers is None:
            self.fill(*self.read())
        return self.numbers


class _Tensor:
    """A view of a storage, known to lie within it.

    Its flags say what is still to be done to the numbers, as {'neg': True} for a lazy negation.
    """

    def __init__(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: bool = False,
        hooks: Any = (),
        flags: Any = None,
    ):
        if not isinstance(storage, _Storage):
            raise Refused(f"a tensor in a {type(storage).__name__}")
        layout = f"size {brief(size)}, stride {brief(stride)}, offset {brief(offset)}"
        if type(size) is not tuple or type(stride) is not tuple or len(size) != len(stride):
            raise Refused(f"a tensor of {layout}")
        numbers = (offset, *size, *stride)
        if len(size) > MOST_AXES or not all(type(n) is int and n >= 0 for n in numbers):
            raise Refused(f"a tensor of {layout}")
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if prod(size) > storage.elements or (prod(size) and last >= storage.elements):
            raise Refused(f"a tensor of size {size} in {storage.elements} numbers")
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride
        self.flags = flags

    def array(self) -> Any:
        numbers = self.storage.filled()[self.offset :]
        strides = [step * numbers.itemsize for step in self.stride]
        # no copy: a small file may have any number of tensors in one storage
        return np.lib.stride_tricks.as_strided(numbers, self.size, strides, writeable=False)


def _interpreter(storages, read):
    """Knows tensors and ordered dicts. `read` gives the bytes of a storage and their order."""

    def persistent(identity):
        if not isinstance(identity, tuple) or not 4 <= len(identity) <= 6:
            raise Refused(f"the persistent id {brief(identity)}")
        what, kind, key = identity[:3]
        if not isinstance(kind, Name):
            raise Refused(f"the persistent id {brief(identity)}")
        if what == "module":  # a class, with its source
            return Unknown(kind.name)
        if what != "storage" or len(identity) < 5:
            raise Refused(f"the persistent id {brief(identity)}")
        elements, name = identity[4], kind.name.removeprefix("torch.")
        if name not in STORAGES or type(key) is not str or type(elements) is not int:
            raise Refused(f"the storage {kind!r}")
        if elements < 0:
            raise Refused(f"a storage of {elements} numbers")
        if any(identity[5:]):
            raise Refused("a storage that is a view of another")
        if key not in storages:
            storages[key] = _Storage(name, elements, lambda: read(key))
        return storages[key]

    return Interpreter(
        functions={
            "torch._utils._rebuild_tensor_v2": _Tensor,
            "torch._utils._rebuild_parameter": lambda tensor, *_: tensor,
            "collections.OrderedDict": lambda items=(): mapping(items),
            "fractions.Fraction": _fraction,
        },
        persistent=persistent,
    )


def _fraction(*parts):
    """A length in seconds, as demucs keeps it: of a text, or of numerator and denominator."""
    text = "/".join(map(str, parts)) if all(type(part) in (int, str) for part in parts) else ""
    if not re.fullmatch(r"\d{1,20}(/[1-9]\d{0,19})?", text):
        return Unknown("fractions.Fraction")
    return Fraction(text)


def _read_archive(archive):
    members = {info.filename: info for info in archive.infolist()}
    programs = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(programs) != 1:
        raise Refused("a zip archive without one `data.pkl`")
    root = programs[0].removesuffix("data.pkl")

    def read(name):
        # members are read by names made here alone, and never written anywhere
        info = members.get(root + name)
        if info is None:
            raise Refused(f"an archive without {name!r}")
        if info.compress_type != zipfile.ZIP_STORED:
            raise Refused(f"{name!r} compressed, which PyTorch never does")
        return archive.read(info)

    order = "<"
    if root + "byteorder" in members:
        order = {b"little": "<", b"big": ">"}.get(read("byteorder"), "")
        if not order:
            raise Refused("an unknown byte order")
    return _interpreter({}, lambda key: (read(f"data/{key}"), order)).run(read("data.pkl"))


def _read_stream(stream):
    """Five pickles (magic number, version, platform, state dict, keys), then the numbers."""
    plain = Interpreter(functions={}, persistent=None)
    for wanted in (STREAM_MAGIC, STREAM_VERSION):
        found = plain.run(stream)
        if found != wanted:
            raise Refused(f"another kind of file, which begins with {brief(found)}")
    platform = plain.run(stream)
    if not isinstance(platform, dict):
        raise Refused(f"a platform that is a {type(platform).__name__}")
    order = "<" if platform.get("little_endian", True) else ">"
    storages: dict[str, _Storage] = {}

    def missing(key):
        raise Refused(f"a stream without the numbers {key!r}")

    content = _interpreter(storages, missing).run(stream)
    keys = plain.run(stream)
    if not isinstance(keys, list) or not all(type(key) is str and key in storages for key in keys):
        raise Refused(f"numbers of {brief(keys)}, which are of no tensor")
    for key in keys:
        storage = storages[key]
        announced = storage.elements.to_bytes(8, "little" if order == "<" else "big")
        if stream.read(8) != announced:
            raise Refused(f"a storage without its {storage.elements} numbers")
        storage.fill(stream.read(storage.elements * storage.dtype.itemsize), order)
    return content


class _Stream:
    """A file that never asks for memory for more bytes than are there."""

    def __init__(self, file: Any):
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.readline, self.tell = file.readline, file.tell

    def read(self, count: int) -> Any:
        return self.file.read(min(count, self.size - self.tell()))


def _arrays(content):
    """The arrays of a state dict, once nothing else is in it."""
    state, within = content, ""
    if isinstance(content, dict):
        found = [key for key in STATE_DICTS if isinstance(content.get(key), dict)]
        if len(found) > 1:
            raise Refused(f"two dicts, at {found[0]!r} and {found[1]!r}")
        if found:
            state, within = content[found[0]], f" of {found[0]!r}"
    if not isinstance(state, dict):
        raise Refused(f"no state dict but {_described(state)}")
    if QUANTISED in state:
        raise Refused(f"quantised weights ({QUANTISED!r}), which are not read")
    for name, value in state.items():
        if type(name) is not str:
            raise Refused(f"no name but {_described(name)}{within}")
        if not isinstance(value, _Tensor):
            raise Refused(f"no tensor but {_described(value)} at {brief(name)}{within}")
        if value.flags and (type(value.flags) is not dict or any(value.flags.values())):
            raise Refused(
                f"a tensor with {brief(value.flags)} at {brief(name)}{within}, not yet computed: "
                "save it after `resolve_neg` and `resolve_conj`"
            )
    views = sum(prod(tensor.size) for tensor in state.values())
    stored = sum({id(t.storage): t.storage.elements for t in state.values()}.values())
    if views > MOST_SHARED * stored:
        raise Refused(f"tensors of {views} numbers that share {stored}")
    return {name: value.array() for name, value in state.items()}


def _described(value):
    return repr(value) if isinstance(value, Name) else f"a {type(value).__name__}"
