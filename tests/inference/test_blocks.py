"""Blocks, their joins and the order of their sources."""

import threading
import time

import keras
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from small import HOP, RATE, SOURCES, difference_db, noise, small_separator

import keras_sep
from keras_sep.inference import BlockGrid, CompiledSeparator, block_grid, separate_blocks
from keras_sep.inference._continue_order import continue_order
from keras_sep.layers import WienerFilter

GRID = BlockGrid(stride=101, context=37, fade=22)


def joined(separate, signal, grid, chunk=17, **kwargs):
    chunks = (signal[start : start + chunk] for start in range(0, len(signal), chunk))
    return np.concatenate(list(separate_blocks(separate, chunks, grid, **kwargs)))


@pytest.mark.parametrize("samples", [1, 36, 101, 174, 175, 176, 177, 276, 277, 1009])
@pytest.mark.parametrize("chunk", [13, 401])
def test_pieces_follow_without_gap_or_overlap(samples, chunk):
    signal = noise(samples)
    stems = joined(lambda x: np.stack([x, -2 * x, 3 * x], -1), signal, GRID, chunk)
    assert stems.shape == (samples, 2, 3)
    # the two sides of a fade add up to one within float32's rounding
    np.testing.assert_allclose(stems, signal[..., None] * [1, -2, 3], rtol=1e-6)


def test_every_sample_has_its_context():
    def to_the_nearer_end(block):
        index = np.arange(len(block))
        nearer = np.minimum(index, len(block) - 1 - index).astype("float32")
        return nearer[:, None, None]

    samples = 1009
    distance = joined(to_the_nearer_end, noise(samples, channels=1), GRID)[:, 0, 0]
    to_file_end = to_the_nearer_end(np.empty(samples))[:, 0, 0]
    assert (distance >= np.minimum(to_file_end, GRID.context - GRID.fade / 2)).all()
    assert distance[200:-200].min() < GRID.context + 1  # and no more than is paid for


def test_no_block_is_longer_than_the_grid_says_however_long_the_signal():
    longest = {}
    for samples in (500, 5000):
        lengths = []

        def record(block, lengths=lengths):
            lengths.append(len(block))
            return block[..., None]

        joined(record, noise(samples), GRID)
        assert lengths[0] == GRID.block
        longest[samples] = max(lengths)
    assert longest[500] == longest[5000] == GRID.block


def test_a_filter_shorter_than_the_context_does_not_notice_the_joins():
    taps = np.hanning(27)

    def smooth(block):
        padded = np.pad(block, ((13, 13), (0, 0)), mode="reflect")
        return (sliding_window_view(padded, 27, axis=0) @ taps)[..., None]

    signal = noise(907)
    reference = smooth(signal)
    # half of 27 taps is 13, and 37 - 22 / 2 = 26 samples are there
    np.testing.assert_allclose(joined(smooth, signal, GRID), reference, atol=1e-6)
    too_short = GRID._replace(context=11)
    assert np.abs(joined(smooth, signal, too_short) - reference).max() > 1e-3


@pytest.mark.parametrize("iterations", [0, 1])
def test_blocks_of_a_separator_are_the_whole(iterations):
    separator = small_separator(WienerFilter(iterations, window_frames=17))
    signal = noise(4 * RATE + 7)
    compiled = CompiledSeparator(separator)
    reference = compiled(signal)
    grid = block_grid(separator, block_seconds=0.5, context_seconds=0.4)._replace(fade=64)
    assert grid.stride % (HOP * 17) == 0
    assert len(signal) > 4 * grid.stride
    # 24 frames of context: what the recurrent layer remembers from beyond them is that small
    assert difference_db(joined(compiled, signal, grid), reference) < -75
    if iterations:  # what the grid is for: off it, the filter's windows are other windows
        shifted = grid._replace(stride=grid.stride + HOP * 8)
        assert difference_db(joined(compiled, signal, shifted), reference) > -60


def test_blocks_start_on_the_windows_of_a_network():
    """A U-Net's windows are then those of the whole file, and with them every sample."""
    network = keras_sep.zoo.unet(SOURCES, bins=33, channels=2, filters=(3, 5), window_frames=16)
    separator = keras_sep.Separator(network, RATE, SOURCES, keras_sep.layers.STFT(64, HOP))
    signal = noise(4 * RATE + 7)
    compiled = CompiledSeparator(separator)
    reference = compiled(signal)
    grid = block_grid(separator, block_seconds=0.5, context_seconds=0.4)._replace(fade=64)
    assert grid.stride % (HOP * 8) == 0
    # the same float32 sums, in batches of another size
    assert difference_db(joined(compiled, signal, grid), reference) < -110
    shifted = grid._replace(stride=grid.stride + HOP * 3)
    assert difference_db(joined(compiled, signal, shifted), reference) > -60


@pytest.mark.fault
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(
    "stft",
    [
        keras_sep.layers.STFT(64, 15),
        keras_sep.layers.STFT(128, 91, fft_length=160),  # 91 is no divisor of anything tried
        keras_sep.layers.ConvSTFT(100, 44, window="sqrt_hann"),
    ],
)
def test_blocks_start_on_frames_of_any_hop(stft, inside):
    """Masks of one frame each: blocks give the samples of the whole, on frames and not off them."""
    magnitude = keras.Input((None, stft.compute_output_shape((1, 9, 2))[0][2], 2))
    level = keras.ops.max(magnitude, axis=2, keepdims=True)
    mask = keras.ops.expand_dims(magnitude / (level + 1e-6), -1)
    masks = keras.ops.concatenate([mask, 1.0 - mask], axis=-1)
    masked = keras.ops.expand_dims(magnitude, -1) * masks
    separator = keras_sep.Separator(keras.Model(magnitude, masked), RATE, SOURCES, stft)
    if inside:  # a network of waveforms with the same within
        network, hop = _functional(stft, separator.networks), stft.hop_length
        separator = keras_sep.Separator(network, RATE, SOURCES, stride_samples=hop)
    grid = block_grid(separator, block_seconds=0.5, context_seconds=0.4)._replace(fade=64)
    assert grid.stride == stft.hop_length * round(0.5 * RATE / stft.hop_length)
    signal = noise(4 * grid.stride + 7)
    compiled = CompiledSeparator(separator)
    reference = compiled(signal)
    # float32 sums, divided by windows at their thinnest
    assert difference_db(joined(compiled, signal, grid), reference) < -100
    shifted = grid._replace(stride=grid.stride + 3)
    assert difference_db(joined(compiled, signal, shifted), reference) > -60


def _functional(stft, network):
    mixture = keras.Input((None, 2))
    pair = stft(mixture)
    magnitudes = network(keras_sep.layers.Magnitude()(pair))
    stems = keras_sep.layers.ApplyMixturePhase()(magnitudes, pair)
    return keras.Model(mixture, stft.inverse()(stems, like=mixture))


def test_default_grid_is_four_wiener_windows_with_less_than_ten_seconds_of_context():
    network = keras_sep.zoo.open_unmix(SOURCES, bins=2049, hidden=2, layers=1)
    front_end = keras_sep.layers.STFT(4096, 1024)
    separator = keras_sep.Separator(network, 44100, SOURCES, front_end, WienerFilter())
    grid = block_grid(separator)
    assert grid.stride == 2 * 1024 * 300
    assert grid.context < 10 * 44100
    # a fifth window, begun, would cost the memory of a whole one
    assert 1190 < 1 + grid.block // 1024 <= 1200
    assert grid.fade == 4410
    # without windows, blocks lie on frames; without context there is nothing to fade
    assert block_grid(small_separator(), 0.1234, 0.0) == BlockGrid(stride=256, context=0, fade=0)


@pytest.mark.parametrize(
    ("window_frames", "stride_frames"),
    [
        (12, 24 * 36),  # of windows every 8 and every 12 frames; 14 s are 875 frames
        (17, 136 * 6),
        (467, 3736),  # just under a minute, which is 3750 frames
        (469, 8 * 109),  # 3752 would be over it
        (None, 8 * 109),
    ],
)
def test_blocks_start_on_windows_of_the_network_and_of_the_post_filter(
    window_frames, stride_frames
):
    network = keras_sep.zoo.unet(SOURCES, bins=33, channels=2, filters=(2, 3), window_frames=16)
    separator = keras_sep.Separator(
        network,
        RATE,
        SOURCES,
        keras_sep.layers.STFT(64, HOP),
        WienerFilter(window_frames=window_frames),
    )
    assert block_grid(separator).stride == stride_frames * HOP


def test_windows_of_the_post_filter_alone_may_be_long():
    grid = block_grid(small_separator(WienerFilter(window_frames=4001)))
    assert grid.stride == 4001 * HOP


@pytest.mark.parametrize("seconds", [(0, 1), (-1, 1), (1, -1), (float("nan"), 1)])
def test_a_grid_must_make_sense(seconds):
    with pytest.raises(ValueError, match=r"`block_seconds` must be positive.*Received: block_sec"):
        block_grid(small_separator(), *seconds)


def test_interchangeable_sources_keep_their_seats():
    rng = np.random.default_rng(37)
    sources = rng.standard_normal((1009, 2, 3)).astype("float32")
    orders = []

    def shuffled(block):  # finds the sources by value, hands them out in any order
        start = int(np.flatnonzero((sources.sum(-1) == block[0]).all(-1))[0])
        order = rng.permutation(3)
        orders.append(tuple(order))
        return 0.9 * sources[start : start + len(block)][..., order]

    signal = sources.sum(-1)
    stems = joined(shuffled, signal, GRID, interchangeable_sources=True)
    assert len(set(orders)) > 2
    first = list(orders[0])
    np.testing.assert_allclose(stems, 0.9 * sources[..., first], rtol=1e-5)
    orders.clear()
    assert np.abs(joined(shuffled, signal, GRID) - 0.9 * sources[..., list(orders[0])]).max() > 1


def test_source_order_is_by_correlation_not_by_level():
    rng = np.random.default_rng(41)
    reference = rng.standard_normal((211, 2, 4))
    order = [3, 1, 0, 2]
    stems = np.empty_like(reference)
    stems[..., order] = reference * [0.01, 1.0, 50.0, 2.0]
    assert continue_order(reference, stems + 0.001 * rng.standard_normal(stems.shape)) == order
    silence = np.zeros((211, 2, 3))
    assert continue_order(silence, silence) == [0, 1, 2]
    assert continue_order(reference[..., :3], silence) == [0, 1, 2]
    many = rng.standard_normal((211, 1, 10))  # as many as a loss in any order takes
    assert continue_order(many, many[..., ::-1]) == list(range(10))[::-1]


def network_without_front_end(name):
    """Small, and of limited reach: no normalisation over time, no recurrence, no attention."""
    small = {"channels": 2, "sources": 2}
    return {
        "conv_tasnet": lambda: keras_sep.zoo.conv_tasnet(
            **small, filters=7, kernel_size=21, stride=7, bottleneck=5, hidden=6, skip=5, blocks=2,
            repeats=1, normalization=keras.layers.LayerNormalization(),
        ),
        "wave_u_net": lambda: keras_sep.zoo.wave_u_net(
            **small, filters=5, depth=4, down_kernel_size=5, context=False
        ),
        "wave_u_net with context": lambda: keras_sep.zoo.wave_u_net(
            **small, filters=5, depth=4, down_kernel_size=5
        ),
        "demucs": lambda: keras_sep.zoo.demucs(
            **small, filters=4, depth=3, normalize=False, encoder_branches=False, rescale=None
        ),
    }[name]()  # fmt: skip


@pytest.mark.parametrize(
    ("name", "period"),
    [("conv_tasnet", 7), ("wave_u_net", 16), ("wave_u_net with context", 16), ("demucs", 32)],
)
def test_blocks_start_on_the_frames_of_a_network_without_front_end(name, period):
    keras.utils.set_random_seed(61)
    separator = keras_sep.Separator(network_without_front_end(name), RATE, SOURCES)
    compiled = CompiledSeparator(separator)
    grid = block_grid(separator, block_seconds=0.5, context_seconds=0.4)._replace(fade=64)
    assert grid.stride == period * round(0.5 * RATE / period)
    # of a length that leaves what a block leaves: Demucs then puts as many zeros before either
    signal = noise(grid.block + 5 * grid.stride)
    reference = compiled(signal)
    # every sample is the same, in batches of another size
    assert difference_db(joined(compiled, signal, grid), reference) < -110
    shifted = grid._replace(stride=grid.stride + 3)
    assert difference_db(joined(compiled, signal, shifted), reference) > -60


def of_shares(**known):
    """A separator of a network without facts, of which this is said."""
    mixture = keras.Input((None, 2))
    network = keras.Model(mixture, keras.ops.stack([mixture, mixture], axis=-1))
    return keras_sep.Separator(network, RATE, SOURCES, **known)


def test_networks_without_facts_have_what_their_separator_is_told():
    assert block_grid(of_shares())[:2] == (14 * RATE, 6.95 * RATE)
    known = of_shares(stride_samples=11, context_samples=30)
    assert block_grid(known)[:2] == (11 * 2545, 30 + RATE // 10)  # a fade more
    loaded = keras_sep.Separator.from_config(known.get_config())
    assert (loaded.stride_samples, loaded.context_samples) == (11, 30)
    for name in ("stride_samples", "context_samples"):
        with pytest.raises(ValueError, match=f"`{name}` must be a whole number of samples from"):
            of_shares(**{name: 1.5})


def test_the_reach_of_networks_is_context_enough():
    """Half a fade more, and blocks give the samples of the whole file; the default is longer."""
    keras.utils.set_random_seed(61)
    separator = keras_sep.Separator(network_without_front_end("conv_tasnet"), RATE, SOURCES)
    assert separator.context_samples == 20 + 3 * 7
    compiled = CompiledSeparator(separator)
    grid = block_grid(separator, block_seconds=0.5)
    assert grid.context == separator.context_samples + RATE // 10
    signal = noise(4 * RATE + 7)
    exact = grid._replace(context=separator.context_samples + 8, fade=16)
    assert difference_db(joined(compiled, signal, exact), compiled(signal)) < -110
    short = grid._replace(context=separator.context_samples - 21, fade=16)
    assert difference_db(joined(compiled, signal, short), compiled(signal)) > -90


def test_strides_that_are_too_long_are_left_out():
    separator = of_shares(stride_samples=61 * RATE)
    assert block_grid(separator, 0.1, 0.0).stride == RATE // 10


def test_a_network_made_for_segments_gets_them():
    network = keras_sep.zoo.htdemucs(
        filters=8, frame_length=256, depth=2, blocks=1, segment_samples=3001
    )
    separator = keras_sep.Separator(network, RATE, ("vocals", "drums", "bass", "other"))
    grid = block_grid(separator)
    assert grid.block == 3001 - 1  # context on both sides is the same
    assert grid.fade == 2 * grid.context  # as demucs
    assert grid.stride == 64 * 35  # three quarters are 2250.75
    assert grid.context >= 3001 // 8
    # what is put before a block counts
    compiled = CompiledSeparator(separator, shifts=3)
    most = block_grid(separator, before=compiled.most_shifted).block + compiled.most_shifted
    assert 3001 - 64 < most <= 3001
    # as soon as one is asked for, both are as they are for all others
    assert block_grid(separator, block_seconds=2).stride == 64 * 62
    assert block_grid(separator, context_seconds=1)[:2] == (64 * 438, RATE)


@pytest.mark.parametrize("padding", ["reflect", "zeros"])
def test_blocks_are_whole_windows_of_networks_with_long_ones(padding):
    """Of 16 s here: no window of a block is separated for a few frames, and few of them twice."""
    network = keras_sep.zoo.unet(SOURCES, bins=33, channels=2, filters=(2, 3), window_frames=1024)
    front_end = keras_sep.layers.STFT(64, HOP, padding=padding)
    separator = keras_sep.Separator(network, RATE, SOURCES, front_end)
    grid = block_grid(separator)
    assert grid.stride % (1024 * HOP) == 0
    frames = front_end.frame_count(grid.block)
    assert 0 <= -frames % 1024 < 4
    assert grid.block <= 1.34 * grid.stride
    assert grid.context >= 6.95 * RATE  # the default
    assert block_grid(separator, 3.0).stride == separator.stride_samples  # what is asked for


def test_a_model_without_facts_has_the_default_blocks():
    class Halves(keras.Model):
        sample_rate_hz = RATE

    defaults = BlockGrid(stride=14 * RATE, context=round(6.95 * RATE), fade=RATE // 10)
    assert block_grid(Halves()) == defaults


def test_blocks_at_the_same_time_keep_their_order():
    """Later blocks are done first, and no more are begun than may be."""
    grid = BlockGrid(stride=100, context=20, fade=10)
    signal = noise(1234)
    running, most, lock = [0], [0], threading.Lock()

    def separate(samples):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(max(0.0, 0.05 + 0.1 * float(samples[0, 0])))  # unlike its neighbours
        with lock:
            running[0] -= 1
        return np.stack([samples, 2 * samples], axis=-1)

    one = list(separate_blocks(separate, [signal], grid))
    assert most == [1]
    several = list(separate_blocks(separate, [signal], grid, in_flight=4))
    assert most == [4]
    assert [len(piece) for piece in several] == [len(piece) for piece in one]
    np.testing.assert_array_equal(np.concatenate(several), np.concatenate(one))


def test_a_stream_that_is_given_up_begins_no_more_blocks():
    begun = []

    def separate(samples):
        begun.append(len(samples))
        time.sleep(0.02)
        return samples[..., None]

    grid = BlockGrid(stride=100, context=20, fade=10)
    stream = separate_blocks(separate, [noise(9999)], grid, in_flight=3)
    next(stream)
    stream.close()
    time.sleep(0.2)
    assert len(begun) <= 4  # of a hundred
