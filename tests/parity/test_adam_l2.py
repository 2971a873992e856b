"""AdamL2 beside `torch.optim.Adam` with weight decay."""

import keras
import numpy as np
import pytest

from keras_sep.training import AdamL2

torch = pytest.importorskip("torch")


def test_twenty_steps_are_torchs():
    rng = np.random.default_rng(2)
    start = rng.normal(size=(3, 5)).astype("float32")
    gradients = rng.normal(size=(20, 3, 5)).astype("float32")

    theirs = torch.nn.Parameter(torch.tensor(start))
    optimizer = torch.optim.Adam([theirs], lr=1e-2, weight_decay=0.1)
    for gradient in gradients:
        theirs.grad = torch.tensor(gradient)
        optimizer.step()

    ours = keras.Variable(start)
    decayed = AdamL2(1e-2, l2=0.1, epsilon=1e-8)
    for gradient in gradients:
        decayed.apply([keras.ops.convert_to_tensor(gradient)], [ours])
    # Keras adds epsilon before the bias correction, PyTorch after: 1e-8 beside moments of order 1
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours), theirs.detach().numpy(), rtol=1e-5, atol=1e-6
    )
