"""Whether each network compiles under XLA, with the outputs that it has without.

Prints one line per case of the tests' harness, which are tiny: the largest difference of the
compiled network's outputs, relative to the largest value. TensorFlow backend.

    PYTHONPATH=tests python benchmarks/xla.py
"""

import keras
import numpy as np
import tensorflow as tf
from cases import MODELS

from keras_sep import testing


def main():
    rng = np.random.default_rng(0)
    for name, case in MODELS.items():
        symbolic = [keras.Input(shape) for shape in case.inputs]
        network = keras.Model(symbolic, case.call(*symbolic))
        shapes = [(2, *(case.lengths[0] if n is None else n for n in s)) for s in case.inputs]
        inputs = [rng.uniform(0.1, 1, shape).astype("float32") for shape in shapes]
        wanted = testing.outputs(network, inputs)
        compiled = tf.function(network, jit_compile=True)(testing.only(inputs))
        differences = [
            np.abs(testing.numpy(ours) - theirs).max() / np.abs(theirs).max()
            for ours, theirs in zip(keras.tree.flatten(compiled), wanted, strict=True)
        ]
        print(f"{name}: {max(differences):.1e}", flush=True)


if __name__ == "__main__":
    main()
