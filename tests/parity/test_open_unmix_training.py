"""Twenty steps of Adam from equal weights on equal batches: the losses of `openunmix`."""

import keras
import numpy as np
from peer import arrays, random_network, torch

from keras_sep import convert

BINS, CHANNELS, FRAMES, BATCH, STEPS = 53, 2, 23, 5, 20


def test_training():
    peer = random_network(
        nb_bins=BINS, nb_channels=CHANNELS, hidden_size=14, nb_layers=3, max_bin=41
    )
    peer.lstm.dropout = 0.0
    network = convert.open_unmix({"vocals": arrays(peer)}, dropout=0.0)
    # Keras adds its epsilon before PyTorch's correction of the bias, and by default a larger one
    network.compile(keras.optimizers.Adam(1e-3, epsilon=1e-8), loss="mse")
    optimizer = torch.optim.Adam(peer.parameters(), lr=1e-3, eps=1e-8)
    peer.train()
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for _ in range(STEPS):
        x = rng.gamma(0.5, 4, (BATCH, FRAMES, BINS, CHANNELS)).astype("float32")
        y = x * rng.random(x.shape).astype("float32")
        ours.append(float(network.train_on_batch(x, y[..., None])))
        optimizer.zero_grad()
        estimate = peer(torch.from_numpy(x).permute(0, 3, 2, 1))
        loss = torch.nn.functional.mse_loss(estimate, torch.from_numpy(y).permute(0, 3, 2, 1))
        loss.backward()
        optimizer.step()
        theirs.append(loss.item())
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    assert theirs[-1] < 0.98 * theirs[0]  # there was something to learn

    peer.eval()
    x = rng.gamma(0.5, 4, (BATCH, FRAMES, BINS, CHANNELS)).astype("float32")
    with torch.no_grad():
        wanted = peer(torch.from_numpy(x).permute(0, 3, 2, 1)).permute(0, 3, 2, 1).numpy()
    estimate = network.predict(x, verbose=0)[..., 0]
    # PyTorch keeps the variance with the divisor n - 1, Keras with n: n is 115 here
    assert np.abs(estimate - wanted).max() < 2e-2 * np.abs(wanted).max()
