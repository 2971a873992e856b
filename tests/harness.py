"""What the harness does with a case, and what runs in the fresh process."""

import functools
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
from cases.case import WAVEFORMS, Case

BATCH, SEED = 2, 7

# Runs in a process that knows nothing but `import keras, keras_sep`.
FRESH = """
import json, sys
import keras, keras_sep
import numpy as np

results = {}
for path in sys.argv[2:]:
    model = keras.saving.load_model(path)
    data = np.load(path + ".npz")
    inputs = [data[name] for name in sorted(data)]
    outputs = keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    outputs = [keras.ops.convert_to_numpy(output) for output in outputs]
    results.update({f"{path}:{i}": output for i, output in enumerate(outputs)})
    if isinstance(getattr(model, "loss", None), keras.losses.Loss):
        results[path + ":loss"] = np.array(json.dumps(model.loss.get_config(), sort_keys=True))
np.savez(sys.argv[1], **results)
"""


def data(case: Case, batch: int = BATCH, length: int | None = None) -> list[np.ndarray]:
    """Noise for every input of a case: waveforms of both signs, magnitudes of none."""
    rng = np.random.default_rng(3)
    length = length or case.length

    def noise(shape):
        sizes = (batch, *(length if n is None else n for n in shape))
        if shape in WAVEFORMS:
            return 0.5 * rng.normal(size=sizes)
        return rng.uniform(0.1, 1.0, sizes)

    return [noise(shape).astype("float32") for shape in case.inputs]


def model(case: Case) -> keras.Model:
    """A functional model of a case, time unknown."""
    inputs = [keras.Input(shape) for shape in case.inputs]
    return keras.Model(only(inputs), case.call(*inputs))


@functools.cache
def untouched_model(case: Case) -> keras.Model:
    """The same, built once for all tests that only look at it, from the same random numbers."""
    keras.utils.set_random_seed(SEED)
    return model(case)


def trainable_model(case: Case) -> keras.Model:
    """The same behind a dense layer an input, so that weightless layers pass a gradient on."""
    inputs = [keras.Input(shape) for shape in case.inputs]
    mixed = [
        keras.layers.Dense(
            x.shape[-1], None if shape in WAVEFORMS else "softplus", name=f"upstream_{i}"
        )(x)
        for i, (x, shape) in enumerate(zip(inputs, case.inputs, strict=True))
    ]
    return keras.Model(only(inputs), case.call(*mixed))


def only(inputs):
    """One input by itself, as Keras wants it; several as the list they are."""
    return inputs[0] if len(inputs) == 1 else inputs


def outputs(network: keras.Model, inputs) -> list[np.ndarray]:
    """Outputs in inference, as a list of float32 arrays."""
    return [numpy(keras.ops.cast(x, "float32")) for x in inference(network, inputs)]


def inference(network: keras.Model, inputs) -> list:
    """Outputs in inference, as a list of tensors."""

    def run(tensors):
        return keras.tree.flatten(network(only(tensors), training=False))

    if keras.backend.backend() == "jax":
        import jax

        run = jax.jit(run)  # without it JAX compiles every operation by itself, which takes longer
    return run([keras.ops.convert_to_tensor(x) for x in inputs])


def numpy(x) -> np.ndarray:
    """A tensor of any backend as an array."""
    return keras.ops.convert_to_numpy(x)


def gradient(function, x: np.ndarray) -> tuple[float, np.ndarray]:
    """A scalar function's value and gradient at `x`, on whichever backend runs."""
    return _value_and_gradient(lambda _, point: function(point), lambda run: run)(x, x)


def value_and_gradient(function):
    """Of a scalar function (y_true, y_pred): its value and gradient at `y_pred`, compiled once."""
    if keras.backend.backend() == "jax":
        import jax

        return _value_and_gradient(function, jax.jit)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return _value_and_gradient(function, tf.function(reduce_retracing=True))
    return _value_and_gradient(function, lambda run: run)


def _value_and_gradient(function, compiled):
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        tensor, run = jax.numpy.asarray, jax.value_and_grad(function, argnums=1)
    elif backend == "torch":
        import torch

        tensor = torch.tensor

        def run(y_true, y_pred):
            point = y_pred.requires_grad_()
            value = function(y_true, point)
            (slope,) = torch.autograd.grad(value, point)
            return value.detach(), slope
    else:
        import tensorflow as tf

        tensor = tf.constant

        def run(y_true, y_pred):
            with tf.GradientTape() as tape:
                tape.watch(y_pred)
                value = function(y_true, y_pred)
            return value, tape.gradient(value, y_pred)

    run = compiled(run)

    def answer(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = run(tensor(y_true), tensor(y_pred))
        return float(value), numpy(slope)

    return answer


def selected(request, test: str) -> set[str]:
    """Names of the cases with which a test of the module runs now, given by -k or not."""
    tests = (item for item in request.session.items if item.originalname == test)
    return {item.callspec.params["name"] for item in tests}


def run_fresh(networks: dict, folder: Path) -> dict[str, np.ndarray]:
    """What saved models answer in one new process, by `name:output`."""
    paths = []
    for name, (network, inputs) in networks.items():
        paths.append(str(folder / f"{name}.keras"))
        network.save(paths[-1])
        np.savez(paths[-1] + ".npz", **{f"{i}": x for i, x in enumerate(inputs)})
    answer = folder / "answer.npz"
    command = [sys.executable, "-c", FRESH, str(answer), *paths]
    process = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert process.returncode == 0, process.stderr
    with np.load(answer) as results:
        return {Path(key).name.replace(".keras", ""): results[key] for key in results.files}


def through_json(serialisable):
    """A serialised object after a trip through JSON text."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(serialisable)))
