"""Requests over gRPC."""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_sep._brief import cut
from keras_sep.client._address import Address
from keras_sep.client.server_error import Busy, Refused

APIS = "tensorflow_serving.apis"
TOO_LARGE = "larger than max"  # what is exhausted then is not the server
HINTS = {
    "UNIMPLEMENTED": "no TensorFlow Serving answers at this address",
    "NOT_FOUND": "the server has no such model or version",
}


class GrpcServer:
    """A model behind the PredictionService of TensorFlow Serving.

    Args:
        at: Its address.
        headers: Metadata of every request.
    """

    def __init__(self, at: Address, headers: Mapping[str, str]):
        self._grpc, self._predict, services, self._tf = (
            _installed(name)
            for name in (
                "grpc",
                f"{APIS}.predict_pb2",
                f"{APIS}.prediction_service_pb2_grpc",
                "tensorflow",
            )
        )
        # a block of fourteen seconds has megabytes of each stem; the default limit is 4 MB
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        if at.secure:
            credentials = self._grpc.ssl_channel_credentials()
            self._channel = self._grpc.secure_channel(at.host, credentials, options)
        else:
            self._channel = self._grpc.insecure_channel(at.host, options)
        self._at = at
        self._headers = [(key.lower(), value) for key, value in headers.items()]
        self._service = services.PredictionServiceStub(self._channel)

    def predict(
        self, signature: str, name: str, value: np.ndarray, timeout_seconds: float
    ) -> dict[str, np.ndarray]:
        """Return the outputs of a signature of one input.

        Raises:
            Busy: If it may answer later.
            Refused: If it will not.
        """
        request = self._predict.PredictRequest()
        request.model_spec.name = self._at.model
        request.model_spec.signature_name = signature
        if self._at.version is not None:
            request.model_spec.version.value = self._at.version
        if self._at.label is not None:
            request.model_spec.version_label = self._at.label
        request.inputs[name].CopyFrom(self._tf.make_tensor_proto(value))
        try:
            answer = self._service.Predict(request, timeout_seconds, metadata=self._headers)
        except self._grpc.RpcError as error:
            raise self._problem(error, timeout_seconds) from error
        try:
            return {key: self._tf.make_ndarray(proto) for key, proto in answer.outputs.items()}
        except (ValueError, TypeError) as error:
            raise Refused(f"it answers with what is not a tensor ({error})") from error

    def close(self) -> None:
        """End the connection, and with it every request."""
        self._channel.close()

    def _problem(self, error: Any, timeout_seconds: float) -> Exception:
        code, details = error.code().name, cut(error.details() or "", 500)
        said = f"{code}, {details}" if details else code
        if code == "DEADLINE_EXCEEDED":
            return Refused(f"no answer within {timeout_seconds:g} s")
        if code == "UNAVAILABLE" or (code == "RESOURCE_EXHAUSTED" and TOO_LARGE not in details):
            return Busy(said)
        return Refused(f"{said}: {HINTS[code]}" if code in HINTS else said)


def _installed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != name.partition(".")[0]:
            raise
    raise ImportError(
        "a server over gRPC needs grpcio and tensorflow-serving-api: pip install "
        "'keras_sep[client]', or take its REST address, http://HOST:8501/MODEL"
    )
