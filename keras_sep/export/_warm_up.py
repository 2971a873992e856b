"""Requests that TensorFlow Serving runs itself before it serves a version."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "tf_serving_warmup_requests"  # in `assets.extra`, where the server looks for it
# fields of PredictionLog, PredictLog, PredictRequest, ModelSpec and of an entry of a map
PREDICT_LOG, REQUEST = 6, 1
MODEL_SPEC, INPUTS = 1, 2
NAME, SIGNATURE_NAME = 1, 3
KEY, VALUE = 1, 2
CHANNELS = 2  # sent to a model of any number


def write_warm_up(path: Path, model: str, requests: Mapping[str, tuple[Any, int]], tf: Any) -> None:
    """Write requests of silence, as records that each hold a `PredictionLog`.

    The messages are TensorFlow Serving's, of which five fields are needed, all with a length in
    front; what they hold of tensors is TensorFlow's.

    Args:
        path: File to write.
        model: Name of the model.
        requests: For each signature, its concrete function, and how many samples to send it.
        tf: TensorFlow.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, (function, samples) in requests.items():
            model_spec = _field(NAME, model.encode()) + _field(SIGNATURE_NAME, signature.encode())
            request = _field(MODEL_SPEC, model_spec)
            positional, named = function.structured_input_signature
            inputs = {spec.name: spec for spec in positional} | named
            for name, spec in inputs.items():
                entry = _field(KEY, name.encode()) + _field(VALUE, _zeros(spec, samples, tf))
                request += _field(INPUTS, entry)
            writer.write(_field(PREDICT_LOG, _field(REQUEST, request)))


def _zeros(spec: Any, samples: int, tf: Any) -> bytes:
    """A `TensorProto` of zeros, of which one stands for all, for one row of so many samples."""
    free = (1, samples, CHANNELS)
    shape = [free[axis] if size is None else size for axis, size in enumerate(spec.shape)]
    proto = tf.make_tensor_proto(0, spec.dtype, (1,) * len(shape))
    proto.tensor_shape.CopyFrom(tf.TensorShape(shape).as_proto())
    return proto.SerializeToString(deterministic=True)


def _field(number: int, content: bytes) -> bytes:
    """A field with a length, as protocol buffers are written."""
    length, size = [], len(content)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content
