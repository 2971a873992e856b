"""Where a model is served."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from keras_sep._brief import brief

PORTS = {"grpc": 8500, "http": 8501, "grpcs": 443, "https": 443}  # those of the server's image
FORM = "grpc://HOST:8500/MODEL, or http://HOST:8501/MODEL for REST (with TLS grpcs:// or https://)"
_PATH = re.compile(
    r"(?:/v1/models)?/(?P<model>[^/:]+)(?:/versions/(?P<version>\d{1,18})|/labels/(?P<label>[^/:]+))?/?"
)


class Address(NamedTuple):
    """Address of a served model.

    Args:
        scheme: "grpc" or "http", or with TLS "grpcs" or "https".
        host: Host and port.
        model: Name of the model.
        version: Version, or None for what the server prefers. Default None.
        label: Label of a version, such as "stable". Default None.
    """

    scheme: str
    host: str
    model: str
    version: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}/{self.path}"

    @property
    def path(self) -> str:
        """Model and version as in addresses of REST."""
        if self.version is not None:
            return f"{self.model}/versions/{self.version}"
        return self.model if self.label is None else f"{self.model}/labels/{self.label}"

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme.endswith("s")


def address(server: Any) -> Address:
    """Read an address, or raise a `ValueError` that says how one looks.

    Args:
        server: `scheme://host[:port]/model`, which may be followed by `/versions/3` or
            `/labels/stable`.

    Example:

    >>> str(address("grpc://localhost/band/versions/3"))
    'grpc://localhost:8500/band/versions/3'
    """
    wrong = ValueError(f"`server` must be an address such as {FORM}. Received: {brief(server)}")
    if not isinstance(server, str) or re.search(r"[\s?#@]", server):
        raise wrong
    try:
        parts = urlsplit(server)
        port = parts.port
    except ValueError:
        raise wrong from None
    path = _PATH.fullmatch(parts.path)
    if parts.scheme not in PORTS or not parts.hostname or path is None:
        raise wrong
    host = parts.netloc if port else f"{parts.netloc.rstrip(':')}:{PORTS[parts.scheme]}"
    version = int(path["version"]) if path["version"] else None
    return Address(parts.scheme, host, path["model"], version, path["label"])
