"""SuDoRM-RF beside asteroid's two classes with the same random weights."""

import numpy as np
import pytest

pytest.importorskip("asteroid_filterbanks")
from asteroid_peer import torch

# isort: split
from asteroid.models.sudormrf import SuDORMRFImprovedNet, SuDORMRFNet
from peer import arrays
from waveform_parity import check_waveforms, randomised

from keras_sep import convert
from keras_sep.layers import ConvMaskHead

SMALL = {"bn_chan": 6, "num_blocks": 2, "upsampling_depth": 3, "kernel_size": 21, "n_filters": 8}
# frames that halvings do not divide: the class cuts what it repeated
UNEVEN = {**SMALL, "kernel_size": 16}


@pytest.mark.parametrize("kind", [SuDORMRFNet, SuDORMRFImprovedNet])
@pytest.mark.parametrize(
    ("sizes", "sources", "mask"),
    [
        (SMALL, 2, None),
        (UNEVEN, 3, "sigmoid"),
        ({**SMALL, "bn_chan": 8, "upsampling_depth": 1}, 2, "softmax"),
        ({**SMALL, "kernel_size": 7, "upsampling_depth": 4}, 2, "relu"),
    ],
)
def test_sudorm_rf(kind, sizes, sources, mask):
    check(kind, sizes, sources, mask, 37, 320, 1001)  # shorter than a multiple, one, and between


@pytest.mark.parametrize("kind", [SuDORMRFNet, SuDORMRFImprovedNet])
def test_sudorm_rf_in_the_published_size(kind):
    check(kind, {}, 2, None, 4003)


def check(kind, sizes, sources, mask, *lengths):
    options = {} if mask is None else {"mask_act": mask}
    peer = randomised(kind(sources, **sizes, **options))
    network = convert.sudorm_rf(arrays(peer), mask_activation=mask)
    for samples in lengths:
        check_waveforms(network, peer, samples)


def test_the_convolution_along_the_features_is_torchs():
    rng = np.random.default_rng(5)
    x, kernel, bias = (rng.normal(size=size).astype("float32") for size in ((2, 7, 12), (13, 3), 3))
    head = ConvMaskHead(3, activation=None)
    head.build(x.shape)
    head.set_weights([kernel, bias])
    image = torch.nn.functional.conv2d(
        torch.from_numpy(x.transpose(0, 2, 1))[:, None],
        torch.from_numpy(kernel.T[:, None, :, None].copy()),
        torch.from_numpy(bias),
        padding=(6, 0),
    )
    # float32 sums of 13 products
    np.testing.assert_allclose(
        np.asarray(head(x)), image.numpy().transpose(0, 3, 2, 1), rtol=0, atol=1e-5
    )
