"""A separator that runs on a server."""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy as np

from keras_sep._served_facts import ServedModel
from keras_sep._validate import require_positive_integers, require_positive_numbers
from keras_sep.client._address import address
from keras_sep.client._grpc_server import GrpcServer
from keras_sep.client._rest_server import RestServer
from keras_sep.client._retries import Patience
from keras_sep.client.server_error import Refused, ServerError
from keras_sep.inference import CompiledSeparator, separate_array

STEMS, METADATA = "serving_default", "metadata_json"


class ServedSeparator(CompiledSeparator):
    """Separate on a server of TensorFlow Serving, as if the separator were here.

    It takes the place of a separator in `keras_sep.inference.separate_file`: a file of any length,
    sample rate and number of channels is read, resampled and cut into the blocks that the model
    would have here, which are sent to the server and joined. All that is known of the model comes
    from the server, which serves what `keras_sep.export.saved_model` wrote.

    A request is sent again, later and later, if the server cannot be reached, has no place for it
    or is told to wait for (UNAVAILABLE and RESOURCE_EXHAUSTED in gRPC, status 429 and 503 in REST).
    After one that was not answered in time none follows, as the server may still be busy with it.

    Args:
        server: Address of the model, `grpc://host:8500/name`, or `http://host:8501/name` for REST,
            where samples are sent as text; with TLS `grpcs://` or `https://`. It may end in
            `/versions/3` or `/labels/stable`.
        in_flight: Largest number of requests that are under way at the same time, in all threads.
            Default 4.
        timeout_seconds: Time in seconds in which a request must be answered. Default 300.
        attempts: Number of times that a request is sent before it fails. Default 6.
        shifts: Number of separations that are averaged, as for `CompiledSeparator`. Default 1.
        headers: Headers of every request, such as `{"authorization": "Bearer ..."}`. Default none.

    Raises:
        ServerError: If the server does not answer, or with something else than a separator's
            metadata.
        ImportError: If gRPC is not installed, which the extra `client` brings.

    Example:

    >>> from keras_sep.client import ServedSeparator
    >>> ServedSeparator("http://localhost:1/band", attempts=1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    keras_sep.client.server_error.ServerError: http://localhost:1/band: it cannot be reached...

    With a server there, `separate_file(ServedSeparator(...), "song.flac", "stems")` writes the
    stems.
    """

    def __init__(
        self,
        server: str,
        in_flight: int = 4,
        timeout_seconds: float = 300.0,
        attempts: int = 6,
        shifts: int = 1,
        headers: Mapping[str, str] | None = None,
    ):
        require_positive_integers(in_flight=in_flight, attempts=attempts)
        require_positive_numbers(timeout_seconds=timeout_seconds)
        self.server = address(server)
        self.in_flight = in_flight
        self.timeout_seconds = timeout_seconds
        self._closed = threading.Event()
        self._places = threading.BoundedSemaphore(in_flight)
        self._patience = Patience(attempts, self._closed)
        kind = GrpcServer if self.server.scheme.startswith("grpc") else RestServer
        self._connection: Any = kind(self.server, headers or {})
        try:
            super().__init__(self._model(), shifts)
        except BaseException:
            self.close()
            raise

    def run(self, samples: np.ndarray) -> np.ndarray:
        """Send samples (samples, channels), return stems (samples, channels, sources).

        Raises:
            ServerError: If there is no answer, or not one of these shapes.
        """
        waveform = np.asarray(samples, np.float32)[None]
        outputs = self._predict(STEMS, "waveform", waveform)
        names = self.separator.source_names
        if set(outputs) == {""} and len(names) == 1:
            outputs = {names[0]: outputs[""]}
        if missing := [name for name in names if name not in outputs]:
            raise ServerError(self.server, f"its answer lacks {', '.join(missing)}")
        try:
            stems = [np.asarray(outputs[name], np.float32) for name in names]
        except (ValueError, TypeError) as error:
            raise ServerError(self.server, f"its answer is not audio ({error})") from error
        if any(stem.shape != waveform.shape for stem in stems):
            raise ServerError(
                self.server,
                f"its answer to {waveform.shape} has the shapes {[stem.shape for stem in stems]}",
            )
        return np.stack([stem[0] for stem in stems], axis=-1)

    def separate(
        self, waveform: Any, sample_rate_hz: int, stems: Any = None
    ) -> dict[str, np.ndarray]:
        """Separate an array of any length, sample rate and number of channels.

        Args:
            waveform: Samples, shape (samples,) or (samples, channels).
            sample_rate_hz: Sample rate of `waveform` in Hz.
            stems: Stems to return, as for `separate_file`. None for every source. Default None.

        Returns:
            A dict from the name of each stem to a float32 array with the shape of `waveform`.
        """
        return separate_array(self, waveform, sample_rate_hz, stems)

    def close(self) -> None:
        """End all requests and the connection."""
        self._closed.set()
        self._connection.close()

    def __enter__(self) -> "ServedSeparator":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _model(self) -> ServedModel:
        hint = "it must serve what `keras-sep export` of this version writes"
        outputs = self._predict(METADATA, "rows", np.zeros(1, np.int32), f": {hint}")
        try:
            ((text,),) = ([*rows] for rows in outputs.values())
            return ServedModel(text.decode() if isinstance(text, bytes) else text)
        except (ValueError, TypeError) as error:
            raise ServerError(self.server, f"{error}: {hint}") from error

    def _predict(self, signature: str, name: str, value: np.ndarray, hint: str = "") -> Any:
        def ask() -> Any:
            return self._connection.predict(signature, name, value, self.timeout_seconds)

        if self._closed.is_set():
            raise ServerError(self.server, "this connection has been closed")
        with self._places:
            try:
                return self._patience(ask)
            except Refused as refused:
                raise ServerError(self.server, f"{refused}{hint}") from refused
