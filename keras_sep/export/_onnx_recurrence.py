"""LSTM and GRU as ONNX's own operators.

In the graph that TensorFlow traces stands the operation of cuDNN, with the weights in this order:
kernel, bias, recurrent kernel, recurrent bias, each as Keras has it. It is never run: the converter
makes ONNX's `LSTM` or `GRU` of it.
"""

from typing import Any

import numpy as np

from keras_sep._portable import PortableOperations


def onnx_operations(tf: Any) -> PortableOperations:
    """The recurrences for a graph that `HANDLERS` convert."""

    def sequence(mode, x, weights, h, c):
        flat = tf.concat([tf.reshape(w, (-1,)) for w in weights], axis=0)
        outputs = tf.raw_ops.CudnnRNNV3(
            input=x,
            input_h=h[None],
            input_c=c[None],
            params=flat,
            sequence_lengths=tf.fill(tf.shape(x)[1:2], tf.shape(x)[0]),
            rnn_mode=mode,
            is_training=False,
        )
        y = tf.ensure_shape(outputs.output, (x.shape[0], x.shape[1], h.shape[-1]))
        return y, outputs.output_h[0], outputs.output_c

    def infer_lstm(x, kernel, bias, recurrent_kernel, h, c, reverse=False):
        weights = (kernel, bias, recurrent_kernel, tf.zeros_like(bias))
        x = tf.reverse(x, [0]) if reverse else x
        y, h, c = sequence("lstm", x, weights, h, c)
        return tf.reverse(y, [0]) if reverse else y, h, c[0]

    def infer_gru(x, kernel, bias, recurrent_kernel, recurrent_bias, h, reverse=False):
        weights = (kernel, bias, recurrent_kernel, recurrent_bias)
        x = tf.reverse(x, [0]) if reverse else x
        y, h, _ = sequence("gru", x, weights, h, tf.zeros_like(h))
        return tf.reverse(y, [0]) if reverse else y, h

    return PortableOperations(infer_lstm, infer_gru, fft_from=2048)


# gates of Keras in the order of ONNX: LSTM input, output, forget, candidate; GRU as they are
ORDER = {"lstm": (0, 3, 1, 2), "gru": (0, 1, 2)}


def convert_recurrence(ctx: Any, node: Any, name: str, args: Any) -> None:
    """Replace the operation of cuDNN in a graph of tf2onnx."""
    mode = node.get_attr_str("rnn_mode")
    x, h, c = node.input[:3]
    units, features = ctx.get_shape(h)[-1], ctx.get_shape(x)[-1]
    gates = len(ORDER[mode])
    flat = node.inputs[3].get_tensor_value(as_list=False)
    sizes = [features * gates * units, gates * units, gates * units * units, gates * units]
    kernel, bias, recurrent_kernel, recurrent_bias = np.split(flat, np.cumsum(sizes)[:-1])

    def ordered(matrix):
        """(1, gates * units, ...) of Keras's (..., gates * units)."""
        columns = matrix.reshape(-1, gates, units)[:, ORDER[mode]].reshape(-1, gates * units)
        return columns.T[None]

    matrices = (kernel, recurrent_kernel)
    inputs = [ctx.make_const(_name("weights"), ordered(m)).output[0] for m in matrices]
    biases = np.concatenate([ordered(bias), ordered(recurrent_bias)], axis=1)[..., 0]
    inputs = [x, *inputs, ctx.make_const(_name("bias"), biases).output[0], "", h]
    attributes: dict[str, Any] = {"hidden_size": units}
    if mode == "gru":
        attributes["linear_before_reset"] = 1
    else:
        inputs.append(c)
    outputs, output_h, output_c = node.output[:3]
    shapes, types = node.output_shapes, node.output_dtypes
    ctx.remove_node(node.name)
    made = ctx.make_node(
        mode.upper(), inputs, attr=attributes, output_count=3 if mode == "lstm" else 2
    )
    ctx.make_node(
        "Squeeze",
        [made.output[0], ctx.make_const(_name("axes"), np.array([1], "int64")).output[0]],
        outputs=[outputs],
        shapes=[shapes[0]],
        dtypes=[types[0]],
    )
    ctx.make_node(
        "Identity", [made.output[1]], outputs=[output_h], shapes=[shapes[1]], dtypes=[types[1]]
    )
    if mode == "lstm":
        ctx.make_node(
            "Identity", [made.output[2]], outputs=[output_c], shapes=[shapes[2]], dtypes=[types[2]]
        )


def _name(kind: str) -> str:
    from tf2onnx import utils

    return utils.make_name(kind)
