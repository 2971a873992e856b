"""The number of threads in which a backend computes."""

import os

import keras


def set_threads(threads: int) -> None:
    """Compute with so many threads on the CPU; TensorFlow and JAX must not have computed before."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    elif backend == "torch":
        import torch

        torch.set_num_threads(threads)
    else:
        os.environ["NPROC"] = str(threads)  # which XLA reads when it starts
