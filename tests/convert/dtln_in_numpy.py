"""DTLN's processing as the paper describes it and its authors' code does it, in NumPy, float64.

Of weights by the names that the authors' files have.
"""

import numpy as np

FLOOR = 1e-7


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def normalized(x, gamma, beta):
    """Instant layer normalisation: of every frame by its own mean and variance."""
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + FLOOR) * gamma + beta


def lstm(x, kernel, recurrent_kernel, bias):
    """Gates are input, forget, candidate and output."""
    h = c = np.zeros(recurrent_kernel.shape[0])
    outputs = []
    for frame in x:
        i, f, g, o = np.split(frame @ kernel + h @ recurrent_kernel + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs)


def dtln(weights, mixture, hop_length):
    """Speech in one mixture (samples,), of layers (weights of each) in the order of the file."""
    layers = {kind: [w for k, w in weights if k == kind] for kind in ("lstm", "dense", "norm")}
    (encoder,), (decoder,) = (w for k, w in weights if k == "conv1d")
    lstms, norms = iter(layers["lstm"]), iter(layers["norm"])
    half = len(layers["lstm"]) // 2
    frame_length = encoder.shape[1]
    before = frame_length - hop_length
    after = before + -len(mixture) % hop_length
    padded = np.pad(mixture.astype("float64"), (before, after))
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame_length)[::hop_length]
    spectra = np.fft.rfft(frames)
    magnitude, phase = np.abs(spectra), np.angle(spectra)
    x = magnitude
    if len(layers["norm"]) == 2:
        x = normalized(np.log(magnitude + FLOOR), *next(norms))
    for _ in range(half):
        x = lstm(x, *next(lstms))
    kernel, bias = layers["dense"][0]
    masked = magnitude * sigmoid(x @ kernel + bias) * np.exp(1j * phase)
    features = np.fft.irfft(masked, frame_length) @ encoder[0]
    x = normalized(features, *next(norms))
    for _ in range(half):
        x = lstm(x, *next(lstms))
    kernel, bias = layers["dense"][1]
    decoded = features * sigmoid(x @ kernel + bias) @ decoder[0]
    speech = np.zeros(len(padded))
    for n, frame in enumerate(decoded):
        speech[n * hop_length :][:frame_length] += frame
    return speech[before : before + len(mixture)]
