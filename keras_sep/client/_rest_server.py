"""Requests over REST."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import requests

from keras_sep._brief import cut
from keras_sep.client._address import Address
from keras_sep.client.server_error import Busy, Refused

CONNECT_SECONDS = 10.0
CHUNK_BYTES = 1 << 20
BUSY = (requests.codes.too_many_requests, requests.codes.service_unavailable)


class RestServer:
    """A model behind the REST interface of TensorFlow Serving.

    Args:
        at: Its address.
        headers: Headers of every request.
    """

    def __init__(self, at: Address, headers: Mapping[str, str]):
        self._address = f"{at.scheme}://{at.host}/v1/models/{at.path}:predict"
        self._headers = {"Content-Type": "application/json", **headers}
        self._threads = threading.local()  # a session is one thread's

    def predict(
        self, signature: str, name: str, value: np.ndarray, timeout_seconds: float
    ) -> dict[str, Any]:
        """Return the outputs of a signature of one input; a single one is called "".

        Raises:
            Busy: If it may answer later.
            Refused: If it will not.
        """
        body = json.dumps({"signature_name": signature, "inputs": {name: value.tolist()}})
        until = time.monotonic() + timeout_seconds
        late = Refused(f"no answer within {timeout_seconds:g} s")
        try:
            with self._session().post(
                self._address,
                data=body,
                headers=self._headers,
                stream=True,
                timeout=(min(CONNECT_SECONDS, timeout_seconds), timeout_seconds),
                allow_redirects=False,
            ) as answer:
                text = bytearray()
                for chunk in answer.iter_content(CHUNK_BYTES):
                    text += chunk
                    if time.monotonic() > until:
                        raise late
        except requests.ConnectTimeout as error:
            raise Busy("it cannot be reached") from error
        except requests.Timeout as error:
            raise late from error
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise Busy(f"it cannot be reached ({cut(str(error), 200)})") from error
        except requests.RequestException as error:
            raise Refused(cut(str(error), 500)) from error
        return _outputs(answer, bytes(text))

    def close(self) -> None:
        """Nothing is open between requests that would not end by itself."""

    def _session(self) -> requests.Session:
        if not hasattr(self._threads, "session"):
            self._threads.session = requests.Session()
        return self._threads.session


def _outputs(answer: requests.Response, text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if answer.status_code == requests.codes.ok and isinstance(said, dict) and "outputs" in said:
        outputs = said["outputs"]
        return outputs if isinstance(outputs, dict) else {"": outputs}
    error = said.get("error") if isinstance(said, dict) else None
    problem = f"status {answer.status_code}, {cut(str(error or answer.reason), 500)}"
    if answer.status_code in BUSY:
        after = answer.headers.get("Retry-After", "")
        raise Busy(problem, float(after) if after.isdecimal() else None)
    if answer.status_code == requests.codes.ok:
        problem = "no TensorFlow Serving answers at this address"
    raise Refused(problem)
