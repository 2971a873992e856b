"""Which channels are separated together, by the layouts that FFmpeg names."""

import av
import numpy as np
import pytest

from keras_sep.inference._channel_groups import ChannelGroups

# of FFmpeg's layouts: pairs left and right, and those in the middle
PAIRS = [("FL", "FR"), ("BL", "BR"), ("SL", "SR")]


def heard_by(channels, model_channels):
    """The groups of channels that a model is given, each as the channels that it is the sum of."""
    seen = []

    def separate(samples):
        seen.append(samples.copy())
        return np.stack([samples, -samples], axis=-1)

    unit = np.eye(channels)  # a sample for every channel
    groups = ChannelGroups(separate, channels, model_channels)
    return seen, groups(unit), groups


@pytest.mark.fault
@pytest.mark.parametrize("layout", ["3.0", "quad", "5.0", "5.1", "6.1", "7.1"])
def test_pairs_and_the_centre_of_a_layout_come_back_in_their_places(layout):
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    seen, stems, groups = heard_by(len(names), 2)
    wanted = [pair for pair in PAIRS if pair[0] in names]
    wanted += [(name, name) for name in names if name in ("FC", "BC")]
    found = [tuple(names[int(np.argmax(side))] for side in samples.T) for samples in seen]
    assert sorted(found) == sorted(wanted)
    back = np.eye(len(names)) * [name != "LFE" for name in names]
    np.testing.assert_array_equal(stems, np.stack([back, -back], axis=-1))
    assert ("low-frequency" in groups.words) == ("LFE" in names)


@pytest.mark.fault
@pytest.mark.parametrize("channels", [9, 10, 16])
def test_what_is_no_layout_goes_two_by_two(channels):
    seen, stems, groups = heard_by(channels, 2)
    assert len(seen) == (channels + 1) // 2
    np.testing.assert_array_equal(stems[..., 0], np.eye(channels))
    assert groups.words.startswith(f"{channels} channels separated as 1 and 2, 3 and 4, ")


@pytest.mark.fault
def test_a_model_of_one_channel_hears_the_mean_without_the_low_frequencies():
    seen, stems, groups = heard_by(6, 1)
    mean = np.array([1, 1, 1, 0, 1, 1]) / 5
    np.testing.assert_allclose(seen[0][:, 0], mean)
    np.testing.assert_allclose(stems[..., 0], mean[:, None] * (mean > 0))
    assert groups.words == (
        "6 channels downmixed to 1 and back; the low-frequency channel is not separated"
    )


@pytest.mark.parametrize(("channels", "model_channels"), [(2, 2), (6, 6), (6, None), (1, None)])
def test_channels_that_the_model_takes_are_left_as_they_are(channels, model_channels):
    seen, stems, groups = heard_by(channels, model_channels)
    np.testing.assert_array_equal(seen, [np.eye(channels)])
    np.testing.assert_array_equal(stems[..., 0], np.eye(channels))
    assert groups.words == ""


def test_speakers_keep_their_seats_from_group_to_group():
    rng = np.random.default_rng(3)
    speakers = rng.standard_normal((101, 1, 2))
    calls = []

    def separate(samples):
        calls.append(1)
        stems = speakers * samples.shape[1]
        return np.repeat(stems, 2, axis=1)[..., :: -1 if len(calls) % 2 else 1]

    stems = ChannelGroups(separate, 4, 2, interchangeable_sources=True)(rng.random((101, 4)))
    np.testing.assert_array_equal(stems, np.repeat(2 * speakers[..., ::-1], 4, axis=1))
