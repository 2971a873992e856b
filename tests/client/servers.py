"""Servers in this process that answer as TensorFlow Serving does, with an exported model."""

import contextlib
import functools
import json
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

MODEL = "band"


class Served:
    """The signatures of an export, what is to go wrong with them, and what was asked of them.

    Args:
        folder: The version folder.
        failures: Statuses of the next answers, of gRPC or HTTP; None for one that succeeds.
        delay_seconds: Time that every answer of `serving_default` takes.
        change: Function of the outputs of `serving_default`, which returns what is answered.
    """

    def __init__(self, folder, failures=(), delay_seconds=0.0, change=lambda outputs: outputs):
        self.signatures = _loaded(str(folder)).signatures
        self.failures = deque(failures)
        self.delay_seconds = delay_seconds
        self.change = change
        self.asked = 0
        self.most_at_once = 0
        self.headers = []
        self._at_once = 0
        self._lock = threading.Lock()

    def failure(self, signature):
        """Count a request; return what it is to fail with."""
        if signature != "serving_default":
            return None
        with self._lock:
            self.asked += 1
            return self.failures.popleft() if self.failures else None

    def run(self, signature, inputs):
        """Outputs of a signature, as arrays."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if signature == "serving_default":
                time.sleep(self.delay_seconds)
            tensors = {name: tf.constant(value) for name, value in inputs.items()}
            outputs = {k: v.numpy() for k, v in self.signatures[signature](**tensors).items()}
            return self.change(outputs) if signature == "serving_default" else outputs
        finally:
            with self._lock:
                self._at_once -= 1

    def input_types(self, signature):
        _, given = self.signatures[signature].structured_input_signature
        return {name: spec.dtype.as_numpy_dtype for name, spec in given.items()}


@functools.cache
def _loaded(folder):
    return tf.saved_model.load(folder)


class _Service(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, served):
        self.served = served

    def Predict(self, request, context):
        spec, served = request.model_spec, self.served
        served.headers.append(dict(context.invocation_metadata()))
        if spec.name != MODEL or spec.version.value not in (0, 1):
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found: {spec.name}")
        if spec.signature_name not in served.signatures:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "Serving signature key not found.")
        if failure := served.failure(spec.signature_name):
            context.abort(failure, "injected")
        inputs = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        answer = predict_pb2.PredictResponse()
        for name, value in served.run(spec.signature_name, inputs).items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return answer


@contextlib.contextmanager
def grpc_server(served):
    """Address of the model over gRPC."""
    server = grpc.server(
        ThreadPoolExecutor(16),
        options=[("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Service(served), server)
    port = server.add_insecure_port("localhost:0")
    server.start()
    try:
        yield f"grpc://localhost:{port}/{MODEL}"
    finally:
        server.stop(None).wait()


def _plain(value):
    """A value of JSON."""
    if value.dtype == object:
        return [text.decode() for text in value] if value.ndim else value.item().decode()
    return value.tolist()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, said, **headers):
        text = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(text), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # whoever asked may have gone
            self.wfile.write(text)

    def do_POST(self):
        served = self.server.served
        served.headers.append(dict(self.headers))
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        signature = body["signature_name"]
        if self.path not in (
            f"/v1/models/{MODEL}:predict",
            f"/v1/models/{MODEL}/versions/1:predict",
        ):
            self.answer(404, {"error": "Servable not found"})
        elif not served.input_types(signature):  # none of TensorFlow Serving's has no input there
            self.answer(400, {"error": f"Failed to get input map for signature: {signature}"})
        elif failure := served.failure(signature):
            self.answer(failure, {"error": "injected"}, Retry_After=1)
        else:
            types = served.input_types(signature)
            inputs = {k: np.asarray(body["inputs"][k], kind) for k, kind in types.items()}
            outputs = {k: _plain(v) for k, v in served.run(signature, inputs).items()}
            only = len(outputs) == 1  # stands by itself
            self.answer(200, {"outputs": next(iter(outputs.values())) if only else outputs})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextlib.contextmanager
def rest_server(served):
    """Address of the model over REST."""
    server = _Server(("localhost", 0), _Handler)
    server.served = served
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/{MODEL}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


SERVERS = {"grpc": grpc_server, "rest": rest_server}
