"""Draws the figures of the guides and the tutorial into docs/images: all, or those named.

    python docs/figures.py [NAME ...] [--out FOLDER]

All sounds are the synthetic band's and all networks are trained here, in a minute or two.
"""

import argparse
import io
import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

import keras_sep
from keras_sep import ops

RATE = 8000
BLUE, ORANGE, GREEN, PINK, GREY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999"
WIDE = (7.2, 2.4)
matplotlib.rcParams.update({
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
    "svg.hashsalt": "keras_sep", "axes.titlesize": 9,
})  # fmt: skip


def panels(count=1, size=WIDE, **kwargs):
    """A figure and its axes."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(1, count, **kwargs)


def bare(axes):
    """Axes without lines and ticks, for a drawing."""
    axes.set_axis_off()
    return axes


def song(seconds=6.0, seed=3):
    """Mono stems of one song, (samples, 1) each."""
    stems = keras_sep.data.band_song(seconds, RATE, seed=seed)
    return {name: stem.mean(axis=1, keepdims=True) for name, stem in stems.items()}


def decibels(waveform, frame_length=512, hop_length=64):
    """Levels of an STFT, (bins, frames)."""
    level = ops.magnitude(ops.stft(waveform[None], frame_length, hop_length))
    return 20 * np.log10(np.asarray(level)[0, :, :, 0].T + 1e-4)


def show(axes, picture, title, **kwargs):
    """One picture of time and frequency."""
    axes.imshow(picture, origin="lower", aspect="auto", interpolation="nearest", **kwargs)
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])


def gradient_descent():
    """Steps down the same parabola with three learning rates."""
    figure, all_axes = panels(3, sharey=True)
    across = np.linspace(-2.2, 2.2, 100)
    for axes, rate in zip(all_axes, (0.03, 0.3, 0.97), strict=True):
        weights = [2.0]
        for _ in range(8):
            weights.append(weights[-1] - rate * 2 * weights[-1])
        axes.plot(across, across**2, color=GREY)
        axes.plot(weights, np.square(weights), "o-", color=ORANGE, markersize=4, linewidth=1)
        axes.set(title=f"learning rate {rate}", xlabel="weight", xticks=[0], yticks=[])
    all_axes[0].set_ylabel("loss")
    return figure


def mask_reshape():
    """A row of numbers becomes a table of bins and sources."""
    figure, axes = panels(size=(7.2, 1.8))
    bare(axes).set(xlim=(-0.5, 17), ylim=(-1.0, 3.1))
    for place in range(8):
        bin_, source = divmod(place, 2)
        colour = (BLUE, ORANGE)[source]
        for x, y in ((place, 1.2), (11 + source, 3 - bin_ - 0.8)):
            axes.add_patch(
                matplotlib.patches.Rectangle((x, y), 0.92, 0.72, color=colour, alpha=0.6)
            )
            axes.text(x + 0.46, y + 0.36, place, ha="center", va="center")
        if source == 0:
            axes.text(10.8, 3 - bin_ - 0.44, f"bin {bin_}", ha="right", va="center")
    axes.text(4, 0.7, "what a dense layer returns: (8,)", ha="center", va="center")
    axes.annotate("", (9.6, 1.55), (8.3, 1.55), arrowprops={"arrowstyle": "->"})
    axes.text(13.4, 2.5, "a column for each source:\n(4 bins, 2 sources)", va="center")
    return figure


def recurrence():
    """What reaches one frame of the output, forwards only and in both directions."""
    figure, all_axes = panels(2)
    for axes, both in zip(all_axes, (False, True), strict=True):
        bare(axes).set(xlim=(-0.7, 6.7), ylim=(-0.5, 2.6))
        axes.set_title("bidirectional: hears past and future" if both else "causal: hears the past")
        for frame in range(7):
            heard = both or frame <= 3
            axes.plot(frame, 0, "s", color=BLUE if heard else "#cccccc", markersize=11)
            axes.plot(frame, 1, "o", color=GREEN if heard else "#cccccc", markersize=11)
            arrow = {"arrowstyle": "->", "color": GREEN if heard else "#cccccc"}
            axes.annotate("", (frame, 0.8), (frame, 0.2), arrowprops=arrow)
            if frame < 3 or (both and frame > 3):
                step = 1 if frame < 3 else -1
                axes.annotate(
                    "", (frame + 0.8 * step, 1), (frame + 0.2 * step, 1), arrowprops=arrow
                )
        axes.plot(3, 2, "D", color=ORANGE, markersize=10)
        axes.annotate("", (3, 1.8), (3, 1.2), arrowprops={"arrowstyle": "->"})
        axes.text(3.35, 2, "mask of this frame", va="center")
        axes.text(-0.5, -0.45, "frames of the mixture, time to the right")
    return figure


def receptive_field():
    """Which inputs reach one output through three layers, without and with dilation."""
    figure, all_axes = panels(2, size=(7.2, 2.2))
    for axes, dilations in zip(all_axes, ((1, 1, 1), (1, 2, 4)), strict=True):
        bare(axes)
        reached = {0}
        for layer, dilation in zip((3, 2, 1), reversed(dilations), strict=True):
            below = {place + dilation * tap for place in reached for tap in (-1, 0, 1)}
            for place in reached:
                for tap in (-1, 0, 1):
                    line = [place, place + dilation * tap], [layer, layer - 1]
                    axes.plot(*line, color=GREY, linewidth=0.7, zorder=0)
            axes.scatter(range(-8, 9), [layer] * 17, s=14, color="#dddddd", zorder=1)
            axes.scatter(list(reached), [layer] * len(reached), s=26, color=GREEN, zorder=2)
            reached = below
        axes.scatter(range(-8, 9), [0] * 17, s=14, color="#dddddd", zorder=1)
        axes.scatter(list(reached), [0] * len(reached), s=26, color=BLUE, zorder=2)
        axes.set_title(f"dilations {', '.join(map(str, dilations))}: {len(reached)} frames")
    return figure


def activations():
    """Six activations and their slopes."""
    figure, all_axes = panels(6, size=(7.2, 1.7), sharey=True)
    across = np.linspace(-3, 3, 301)
    functions = {
        "sigmoid": keras.ops.sigmoid,
        "tanh": keras.ops.tanh,
        "relu": keras.ops.relu,
        "leaky relu": lambda x: keras.ops.leaky_relu(x, 0.25),
        "softplus": keras.ops.softplus,
        "gelu": keras.ops.gelu,
    }
    for axes, (name, function) in zip(all_axes, functions.items(), strict=True):
        values = np.asarray(function(across))
        axes.plot(across, np.gradient(values, across), color=ORANGE, linewidth=1, linestyle="--")
        axes.plot(across, values, color=BLUE)
        axes.set(title=name, ylim=(-1.2, 2.2), xticks=[-2, 0, 2])
        axes.axhline(0, color=GREY, linewidth=0.5)
    all_axes[0].legend(["slope", "value"], frameon=False, fontsize=7, loc="upper left")
    return figure


def normalisations():
    """Which values share one mean and one scale."""
    kinds = {
        "batch: one feature,\nall examples": lambda e, t, f: f == 2,
        "layer: one frame": lambda e, t, f: (e == 0) & (t == 3),
        "instance: one feature\nof one example": lambda e, t, f: (e == 0) & (f == 2),
        "global: one example": lambda e, t, f: e == 0,
    }
    figure, all_axes = panels(len(kinds), size=(7.2, 2.0))
    example, frame, feature = np.meshgrid(range(2), range(8), range(4), indexing="ij")
    for axes, (title, chosen) in zip(all_axes, kinds.items(), strict=True):
        chosen = chosen(example, frame, feature)
        rows = np.concatenate([chosen[0].T, np.full((1, 8), np.nan), chosen[1].T])
        axes.pcolormesh(rows, cmap="Blues", vmin=-0.2, vmax=1.3, edgecolors="white", linewidth=0.5)
        axes.set(title=title, xticks=[], yticks=[2, 7])
        axes.set_yticklabels(["example 1", "example 2"] if axes is all_axes[0] else ["", ""])
        axes.tick_params(length=0)
        axes.set_xlabel("time")
    return figure


def dropout():
    """The same features three times, with other ones left out each time."""
    figure, all_axes = panels(4, size=(7.2, 1.6), sharey=True)
    x = np.abs(np.random.default_rng(1).normal(1, 0.4, 16)).astype("float32")
    for place, axes in enumerate(all_axes):
        y = keras.layers.Dropout(0.5, seed=place)(x[None], training=place > 0)
        axes.bar(range(16), np.asarray(y)[0], color=ORANGE if place else BLUE)
        axes.set(title=f"step {place}" if place else "separating", xticks=[])
    return figure


def resolution():
    """One song through a short, a medium and a long window."""
    figure, all_axes = panels(3)
    mixture = sum(song(2.0).values())
    for axes, length in zip(all_axes, (64, 512, 4096), strict=True):
        levels = decibels(mixture, length, min(length // 4, 64))
        title = f"{length} samples, {1000 * length / RATE:.0f} ms"
        show(axes, levels, title, cmap="magma", vmin=levels.max() - 60, vmax=levels.max())
    return figure


def mel_filters():
    """Every fourth filter of forty, on an axis of hertz."""
    figure, axes = panels(size=(7.2, 1.7))
    filters = ops.mel_filterbank(sample_rate_hz=16000, bins=513, mels=40, normalize=False)
    for place in range(0, 40, 3):
        axes.plot(np.linspace(0, 8, 513), np.asarray(filters)[:, place], linewidth=1)
    axes.set(xlabel="kHz", yticks=[])
    return figure


def magnitude_and_phase():
    """The two halves of a spectrum: one has a structure that is seen, one has not."""
    figure, all_axes = panels(2)
    pair = ops.stft(song(1.5)["vocals"][None], 512, 64)
    level = 20 * np.log10(np.asarray(ops.magnitude(pair))[0, :, :128, 0].T + 1e-3)
    show(all_axes[0], level, "magnitude in decibels", cmap="magma")
    phase = np.asarray(ops.phase(pair))[0, :, :128, 0].T
    show(all_axes[1], phase, "phase", cmap="twilight")
    return figure


def masks():
    """Mixture, ideal ratio mask of the vocals, what it lets through, and the true vocals."""
    stems = song(4.0)
    figure, all_axes = panels(4)
    stft = keras_sep.layers.STFT(512, 64)
    pair = stft(np.stack([*stems.values()], axis=-1)[None])
    mask = np.asarray(ops.ideal_ratio_mask(pair))[..., [*stems].index("vocals")]
    mixture = stft(sum(stems.values())[None])
    inverse = stft.inverse()([mask * np.asarray(x) for x in mixture], length=len(stems["vocals"]))
    top = decibels(sum(stems.values())).max()
    levels = {"cmap": "magma", "vmin": top - 60, "vmax": top}
    show(all_axes[0], decibels(sum(stems.values())), "mixture", **levels)
    show(all_axes[1], mask[0, :, :, 0].T, "mask of the vocals", cmap="gray", vmin=0, vmax=1)
    show(all_axes[2], decibels(np.asarray(inverse)[0]), "mixture times mask", **levels)
    show(all_axes[3], decibels(stems["vocals"]), "the true vocals", **levels)
    return figure


def loss_shapes():
    """Absolute and squared error, and how far decibels go."""
    figure, (left, right) = panels(2)
    across = np.linspace(-2, 2, 201)
    left.plot(across, np.abs(across), color=BLUE, label="L1")
    left.plot(across, across**2, color=ORANGE, label="L2, squared")
    left.set(xlabel="error of one value", ylabel="loss")
    left.legend(frameon=False)
    share = np.logspace(-3, 0.5, 100)
    right.semilogx(share, 20 * np.log10(share), color=GREEN)
    right.set(xlabel="error, as a share of the source", ylabel="negative SDR, dB")
    return figure


def phase_sensitive():
    """A stem's spectrum in the direction of the mixture's: what a real mask can give."""
    figure, axes = panels(size=(4.6, 2.4))
    mixture, stem = np.array([3.0, 0.8]), np.array([1.2, 1.6])
    unit = mixture / np.linalg.norm(mixture)
    along = unit * (stem @ unit)
    for end, colour, name in ((mixture, GREY, "mixture Y"), (stem, BLUE, "stem S: |S| for MSA")):
        axes.annotate("", end, (0, 0), arrowprops={"arrowstyle": "->", "color": colour, "lw": 2})
        axes.text(*(end + 0.06), name, color=colour)
    axes.annotate("", along, (0, 0), arrowprops={"arrowstyle": "->", "color": ORANGE, "lw": 2})
    axes.text(1.4, 0.12, r"$|S|\,\cos\theta$ for PSA", color=ORANGE)
    axes.plot(*zip(stem, along, strict=True), color=GREY, linestyle=":")
    axes.set(xlim=(0, 4.2), ylim=(-0.1, 2.1), xlabel="real", ylabel="imaginary", aspect="equal")
    return figure


def permutations():
    """The error of every estimate against every source, and the two orders."""
    figure, axes = panels(size=(3.4, 2.0))
    errors = np.array([[4.0, 0.5], [0.7, 5.0]])
    axes.imshow(errors, cmap="Blues", vmin=-2, vmax=9)
    for (row, column), value in np.ndenumerate(errors):
        best = row != column
        axes.text(column, row, value, ha="center", va="center", weight="bold" if best else "normal")
    axes.set(xticks=[0, 1], yticks=[0, 1])
    axes.set_xticklabels(["estimate 1", "estimate 2"])
    axes.set_yticklabels(["speaker A", "speaker B"])
    return figure


def _magnitudes(seeds, seconds=4.0):
    """Magnitudes of mixtures and of their vocals, one example per song."""
    stft = keras_sep.layers.STFT(256, 128)
    songs = [song(seconds, seed) for seed in seeds]
    mixtures = np.stack([sum(stems.values()) for stems in songs])
    vocals = np.stack([stems["vocals"] for stems in songs])[..., None]
    return np.asarray(ops.magnitude(stft(mixtures))), np.asarray(ops.magnitude(stft(vocals)))


def training_curve():
    """A network too large for four songs, and where early stopping stops it."""
    keras.utils.set_random_seed(0)
    magnitude = keras.Input((None, 129, 1))
    x = keras_sep.layers.FlattenBins()(magnitude)
    x = keras.layers.BatchNormalization()(keras.ops.log1p(10 * x))
    for _ in range(3):
        x = keras.layers.Conv1D(192, 5, padding="same", activation="relu")(x)
    masks = keras_sep.layers.MaskHead(129, 1, channels=1)(x)
    model = keras.Model(magnitude, keras_sep.layers.ApplyMask()(masks, magnitude))
    loss = keras_sep.losses.SpectrogramLoss(norm="l1")
    model.compile(keras.optimizers.Adam(1e-3), loss=loss)
    valid = _magnitudes(range(20, 23))
    data = _magnitudes(range(4))
    history = model.fit(
        *data, batch_size=1, validation_data=valid, epochs=40, verbose=0, shuffle=False
    ).history
    figure, axes = panels(size=(6.4, 2.4))
    best = int(np.argmin(history["val_loss"])) + 1
    epochs = range(1, 41)
    axes.plot(epochs, history["loss"], color=BLUE, label="training")
    axes.plot(epochs, history["val_loss"], color=ORANGE, label="validation")
    axes.axvline(best, color=GREY, linestyle=":", label=f"best epoch, {best}")
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    axes.legend(frameon=False)
    return figure


def learned_filters():
    """Filters of a small Conv-TasNet, before and after some hundred steps."""
    keras.utils.set_random_seed(0)
    network = keras_sep.zoo.conv_tasnet(
        filters=64, kernel_size=32, stride=16, bottleneck=24, hidden=48, skip=24, blocks=4,
        repeats=1, encoder_activation="relu",
    )  # fmt: skip
    encoder = network.get_layer("encoder")
    kernels = [np.squeeze(np.asarray(encoder.kernel))]
    pieces = []
    for seed in range(12):
        stems = song(4.0, seed)
        both = np.stack([stems["vocals"], sum(stems.values()) - stems["vocals"]], axis=-1)
        pieces.append(both.reshape(4, RATE, 1, 2))
    pieces = np.concatenate(pieces)
    network.compile(keras.optimizers.Adam(3e-3, clipnorm=5.0), loss=keras_sep.losses.SISDR())
    network.fit(pieces.sum(axis=-1), pieces, batch_size=4, epochs=25, verbose=0)
    kernels.append(np.squeeze(np.asarray(encoder.kernel)))
    figure, all_axes = panels(2, size=(7.2, 2.8))
    for axes, kernel, title in zip(all_axes, kernels, ("at the start", "trained"), strict=True):
        order, _ = keras_sep.plots.sort_filters(kernel, RATE)
        spectra = np.abs(np.fft.rfft(kernel[:, order], 256, axis=0))
        show(axes, (spectra / spectra.max(axis=0)).T, title, cmap="magma")
        axes.set(xlabel="frequency", ylabel="filter")
    return figure


VECTORS = (
    gradient_descent, mask_reshape, recurrence, receptive_field, activations, normalisations,
    dropout, mel_filters, loss_shapes, phase_sensitive, permutations, training_curve,
)  # fmt: skip
PICTURES = (resolution, magnitude_and_phase, masks, learned_filters)
FIGURES = {f.__name__: (f, ".svg") for f in VECTORS} | {f.__name__: (f, ".png") for f in PICTURES}


def write(name, out):
    """Draw one figure into a folder, as an SVG or a PNG of few colours; returns its path."""
    draw, suffix = FIGURES[name]
    path = Path(out) / f"{name}{suffix}"
    figure = draw()
    if suffix == ".svg":
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
        return path
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, facecolor="white")
    Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    return path


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--out", default=Path(__file__).parent / "images", metavar="FOLDER")
    args = parser.parse_args(arguments)
    if unknown := set(args.names) - set(FIGURES):
        parser.error(f"no figure is called {', '.join(sorted(unknown))}; there are {[*FIGURES]}")
    for name in args.names or FIGURES:
        path = write(name, args.out)
        print(f"{path}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
