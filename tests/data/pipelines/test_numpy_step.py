"""A process may end while its pipelines still read ahead."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_sep.data.pipelines._numpy_step import aligned_empty, numpy_step

SCRIPT = """
import numpy as np
import tensorflow as tf
from keras_sep.data.pipelines._numpy_step import numpy_step

def busy(number):
    total = 0
    for n in range(20000):
        total += n
    return np.float32(total)

dataset = tf.data.Dataset.range(100000)
dataset = dataset.map(lambda n: numpy_step(busy, [n], tf.float32), num_parallel_calls=2)
iterators = [iter(dataset.batch(4).prefetch(2)) for _ in range(4)]

@tf.function
def first():
    return [next(iterator)[0] for iterator in iterators]

for _ in range(5):
    stems = first()
print(*(float(stem) for stem in stems))
"""


@pytest.mark.parametrize("shape", [(3, 5, 7), (64,)])
def test_empty_arrays_are_aligned(shape):
    array = aligned_empty(shape)
    assert (array.shape, array.dtype) == (shape, np.float32)
    assert array.ctypes.data % 64 == 0


def test_empty_arrays_are_handed_on_without_a_copy():
    made = []

    def step():
        made.append(aligned_empty((11, 13)))
        made[0].fill(5)
        return made[0]

    dataset = tf.data.Dataset.from_tensors(0).map(lambda _: numpy_step(step, [], tf.float32))
    (element,) = dataset
    assert np.shares_memory(np.asarray(memoryview(element)), made[0])


def test_the_process_ends_while_elements_are_being_made():
    # with `tf.numpy_function` instead it hangs every time
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["199990000.0"] * 4
