"""The block of Moises-Light and its group convolution, against formulas in float64."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import numpy

FRAMES, BINS, FEATURES, BANDS = 5, 11, 6, 3


def random_weights(layer, rng):
    for weight in layer.weights:
        least = 0.5 if weight.path.endswith("variance") else -1.0
        weight.assign(rng.uniform(least, 2.0, weight.shape))
    return {
        weight.path.partition("/")[2]: numpy(weight).astype("float64") for weight in layer.weights
    }


def convolved(x, kernel, bias, groups):
    """Sums over taps and over the features of a group, zeros around the input."""
    size, _, few, filters = kernel.shape
    edge = size // 2
    padded = np.pad(x, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    outputs = []
    for group in range(groups):
        inputs = padded[..., group * few : (group + 1) * few]
        own = slice(group * filters // groups, (group + 1) * filters // groups)
        outputs.append(
            sum(
                inputs[:, i : i + x.shape[1], j : j + x.shape[2]] @ kernel[i, j, :, own]
                for i in range(size)
                for j in range(size)
            )
        )
    return np.concatenate(outputs, axis=-1) + bias


@pytest.mark.parametrize(("groups", "filters", "size"), [(1, 5, 3), (3, 9, 3), (2, 2, 5)])
def test_group_convolution(groups, filters, size):
    rng = np.random.default_rng(0)
    layer = layers.GroupConv2D(filters, groups, size)
    x = rng.normal(size=(2, FRAMES, BINS, FEATURES)).astype("float32")
    layer.build(x.shape)
    random_weights(layer, rng)
    wanted = convolved(x.astype("float64"), *map(numpy, layer.get_weights()), groups)
    # float32, sums of some dozens
    np.testing.assert_allclose(numpy(layer(x)), wanted, atol=1e-5 * np.abs(wanted).max())


def by_hand(x, weights, depth):
    def normalized(x, name):
        x = x - weights[f"norm_{name}/moving_mean"]
        x = x / np.sqrt(weights[f"norm_{name}/moving_variance"] + 1e-5)
        x = x * weights[f"norm_{name}/gamma"] + weights[f"norm_{name}/beta"]
        return np.maximum(x, 0)

    def conv(x, name):
        return normalized(
            convolved(x, weights[f"{name}/kernel"], weights[f"{name}/bias"], BANDS), name
        )

    def dense(x, name):
        y = np.einsum("gf,btfc->btgc", weights[name], x) + weights[f"{name}_bias"][:, None]
        return normalized(y, name)

    y = x
    for n in range(depth):
        y = conv(y, f"before_{n + 1}")
    y = y + dense(dense(y, "narrow"), "wide")
    for n in range(depth):
        y = conv(y, f"after_{n + 1}")
    return y + conv(x, "shortcut")


@pytest.mark.parametrize("depth", [1, 2])
def test_block(depth):
    rng = np.random.default_rng(0)
    block = layers.SplitAndMergeBlock(BANDS, depth, bottleneck=3)
    x = rng.normal(size=(2, FRAMES, BINS, FEATURES)).astype("float32")
    block.build(x.shape)
    wanted = by_hand(x.astype("float64"), random_weights(block, rng), depth)
    # float32 through half a dozen layers of sums of some dozens
    np.testing.assert_allclose(numpy(block(x)), wanted, atol=1e-5 * np.abs(wanted).max())


def test_kernels_start_from_numbers_like_pytorchs():
    keras.utils.set_random_seed(0)
    layer = layers.GroupConv2D(64, groups=4)
    layer.build((None, None, 5, 64))
    bound = (16 * 9) ** -0.5
    kernel = numpy(layer.kernel)
    assert np.abs(kernel).max() <= bound
    np.testing.assert_allclose(kernel.std(), bound / 3**0.5, rtol=0.05)


def test_sizes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"`kernel_size` must be odd\. Received: kernel_size=2"):
        layers.GroupConv2D(4, 2, kernel_size=2)
    with pytest.raises(ValueError, match=r"`kernel_size` must be odd\. Received: kernel_size=4"):
        layers.SplitAndMergeBlock(2, kernel_size=4)
    with pytest.raises(ValueError, match=r"must divide `filters`\. Received: groups=3, filters=4"):
        layers.GroupConv2D(4, 3)
    with pytest.raises(ValueError, match=r"`groups`, 2, must divide .*\(1, 5, 7, 3\)"):
        layers.GroupConv2D(4, 2).build((1, 5, 7, 3))
    with pytest.raises(ValueError, match=r"at least `bottleneck`, 8\. Received: .*\(1, 5, 7, 4\)"):
        layers.SplitAndMergeBlock(2).build((1, 5, 7, 4))
