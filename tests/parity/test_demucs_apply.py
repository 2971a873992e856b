"""Blocks and shifts beside `demucs.apply.apply_model`, with the same random weights."""

import numpy as np
import pytest

pytest.importorskip("demucs")
import demucs.apply
from demucs.apply import BagOfModels, apply_model
from demucs_peer import Demucs, HDemucs, HTDemucs, randomised, torch
from peer import arrays

from keras_sep import Separator, convert
from keras_sep.data import read_resampled
from keras_sep.inference import CompiledSeparator, block_grid, separate_blocks

RATE_HZ = 44100
SOURCES = ["drums", "rest"]
SINGLE_DB = -110  # of float32 through a network; one sample in the wrong place is above -20


@pytest.fixture
def song(shared_audio):
    path = shared_audio / "musdb_clips" / "The Mountaineering Club - Mallory" / "mixture.mp3"
    return read_resampled(path, RATE_HZ)[10 * RATE_HZ :]


def theirs(peer, samples, **options):
    stems = apply_model(peer, torch.from_numpy(samples.T[None].copy()), **options)
    return stems[0].permute(2, 1, 0).numpy()  # (samples, channels, sources)


def in_blocks(separator, samples, grid):
    ours = CompiledSeparator(separator)
    return np.concatenate(list(separate_blocks(ours, [samples], grid)))


def difference_db(one, other):
    assert one.shape == other.shape
    return 10 * np.log10(((one - other) ** 2).sum() / (other**2).sum())


def test_shifts_of_a_bag(monkeypatch):
    sizes = {"channels": 8, "nfft": 64, "depth": 3, "norm_starts": 1, "norm_groups": 2}
    peers = [randomised(HDemucs(SOURCES, samplerate=4000, **sizes), seed) for seed in (1, 2)]
    weights = [[1.0, 0.5], [2.0, 0.0]]
    named = {str(n): convert.hdemucs(arrays(peer), norm_groups=2) for n, peer in enumerate(peers)}
    ours = CompiledSeparator(Separator(named, 4000, SOURCES, weights=weights), shifts=3)
    # demucs draws how much of half a second of zeros it leaves out; ours are in even steps
    zeros = [0, ours.most_shifted // 2, ours.most_shifted]
    drawn = iter([2000 - before for before in zeros] * 2)
    monkeypatch.setattr(demucs.apply.random, "randint", lambda least, most: next(drawn))
    x = np.random.default_rng(0).normal(size=(5000, 2)).astype("float32")
    wanted = theirs(BagOfModels(peers, weights), x, shifts=3, split=False)
    assert difference_db(ours(x), wanted) < SINGLE_DB


def test_segments_of_a_network_made_for_them(song):
    segment = 2 * 10752  # even, as the context on both sides is
    peer = randomised(
        HTDemucs(SOURCES, channels=8, nfft=512, depth=2, norm_starts=1, norm_groups=2, t_layers=1,
                 t_heads=4, bottom_channels=16, samplerate=RATE_HZ, segment=segment / RATE_HZ)
    )  # fmt: skip
    network = convert.htdemucs(arrays(peer), norm_groups=2, heads=4, segment_samples=segment)
    separator = Separator(network, RATE_HZ, SOURCES)
    grid = block_grid(separator)
    assert grid.block == segment
    assert abs(grid.stride - 0.75 * segment) < separator.stride_samples  # on the grid
    x = song[: 3 * grid.stride + segment // 2]
    overlap = 1 - (grid.stride + 0.5) / segment
    wanted = theirs(peer, x, shifts=0, overlap=overlap)
    # the last segment is short: theirs sees sound before it, ours zeros behind it
    common = slice(0, 3 * grid.stride)
    assert difference_db(in_blocks(separator, x, grid)[common], wanted[common]) < -90


def test_blocks_of_a_network_of_bounded_context(song):
    """Ours are those of the whole recording, as blocks lie on its strides and drop their ends."""
    peer = randomised(
        Demucs(SOURCES, channels=8, depth=3, norm_starts=9, dconv_mode=0, normalize=False,
               resample=False, samplerate=RATE_HZ)
    )  # fmt: skip
    network = convert.demucs(arrays(peer), normalize=False, resample=False)
    separator = Separator(network, RATE_HZ, SOURCES)
    # lengths for which nothing is padded, so that strides lie as in the whole
    whole, segment = (peer.valid_length(round(seconds * RATE_HZ)) for seconds in (6, 1.5))
    x = song[:whole]
    wanted = theirs(peer, x, shifts=0, split=False)
    grid = block_grid(separator, block_seconds=1)
    grid = grid._replace(context=(segment - grid.stride) // 2)
    assert grid.context > separator.context_samples + grid.fade // 2
    assert difference_db(in_blocks(separator, x, grid), wanted) < SINGLE_DB
    # demucs keeps the ends of segments, with little weight
    settings = {"shifts": 0, "segment": (segment + 0.5) / RATE_HZ}
    on_strides = theirs(peer, x, overlap=1 - (grid.stride + 0.5) / segment, **settings)
    assert difference_db(on_strides, wanted) < -100
    # and three quarters of a segment are no multiple of the strides
    assert difference_db(theirs(peer, x, **settings), wanted) > -40
