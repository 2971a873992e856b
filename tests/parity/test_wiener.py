"""`ops.wiener` beside `openunmix.filtering.wiener`, in windows of 300 frames and over the whole."""

import numpy as np
import pytest
from peer import filtering, torch

from keras_sep import ops

FRAMES, BINS, CHANNELS, SOURCES = 701, 13, 2, 3


@pytest.mark.parametrize("window_frames", [300, None])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("softmask", [False, True])
@pytest.mark.parametrize("iterations", [0, 1, 2])
def test_wiener(iterations, softmask, residual, window_frames):
    rng = np.random.default_rng(0)
    x = 8 * rng.normal(size=(FRAMES, BINS, CHANNELS, 2)).astype("float32")
    x[300:600] /= 1000  # a quiet window, below the level that is scaled down
    level = np.hypot(x[..., 0], x[..., 1])[..., None]
    magnitudes = (level * rng.random((FRAMES, BINS, CHANNELS, SOURCES))).astype("float32")
    length = window_frames or FRAMES
    wanted = np.concatenate(
        [
            filtering.wiener(
                torch.from_numpy(magnitudes[start : start + length]),
                torch.from_numpy(x[start : start + length].copy()),
                iterations,
                softmask=softmask,
                residual=residual,
            ).numpy()
            for start in range(0, FRAMES, length)
        ]
    )  # (frames, bins, channels, 2, sources)
    pair = ops.wiener(
        magnitudes[None], (x[None, ..., 0], x[None, ..., 1]), iterations, window_frames, residual,
        softmask,
    )  # fmt: skip
    for ours, theirs in zip(pair, (wanted[..., 0, :], wanted[..., 1, :]), strict=True):
        assert ours.shape[1:] == theirs.shape
        # each window against its own peak, for the quiet one to count
        for start in range(0, FRAMES, 300):
            window = slice(start, start + 300)
            error = np.abs(np.asarray(ours)[0, window] - theirs[window]).max()
            assert error < 1e-3 * np.abs(theirs[window]).max()
