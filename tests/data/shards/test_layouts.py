"""Tiny folders of each data set's shape: what is stored is what their descriptions say."""

import json

import numpy as np
import pytest

from keras_sep.data import prepare, prepared_tracks, write_audio

RATE_HZ = 8000


def noise(seed, samples=1009):
    return (0.1 * np.random.default_rng(seed).standard_normal((samples, 1))).astype(np.float32)


def write(path, array):
    write_audio(path, array, RATE_HZ, "float")


def prepared(root, **settings):
    report = prepare(root, root.parent / "shards", dtype="float32", **settings)
    return report, prepared_tracks(root.parent / "shards")


@pytest.mark.parametrize(
    ("mixtures", "heard"),
    [
        (("mix",), ("s1", "s2")),  # WSJ0-2mix
        (("mix_clean", "mix_both", "mix_single"), ("s1", "s2", "noise")),  # WHAM!, LibriMix
        (("mix_single",), ("s1", "noise")),
    ],
)
def test_mixtures(tmp_path, mixtures, heard):
    of = {"mix": ("s1", "s2"), "mix_clean": ("s1", "s2"), "mix_single": ("s1", "noise")}
    for number, (split, name) in enumerate([("tr", "a_b"), ("cv", "c_d"), ("tt", "e_f")]):
        stems = {s: noise(10 * number + i) for i, s in enumerate(("s1", "s2", "noise"))}
        for mixture in mixtures:
            parts = of.get(mixture, ("s1", "s2", "noise"))
            write(tmp_path / "set" / split / mixture / f"{name}.wav", sum(stems[s] for s in parts))
        for stem in {*heard, "s1", "s2"}:
            write(tmp_path / "set" / split / stem / f"{name}.wav", stems[stem])
    report, tracks = prepared(tmp_path / "set")
    assert report.layout == "mixtures"
    assert report.problems == []  # the mixture is the sum of these
    assert report.tracks == {"test": 1, "train": 1, "valid": 1}
    (valid,) = prepared_tracks(tmp_path / "shards", "valid")
    assert valid.name == "c_d"
    assert {*valid.stems} == {*heard}
    np.testing.assert_array_equal(valid.read("s1"), noise(10))
    assert len(tracks) == 3


def test_librimix_has_two_folders_for_training(tmp_path):
    for number, split in enumerate(("train-100", "train-360", "dev", "test")):
        for place, folder in enumerate(("s1", "s2")):
            write(tmp_path / "set" / split / folder / "x.wav", noise(10 * number + place))
        total = noise(10 * number) + noise(10 * number + 1)
        write(tmp_path / "set" / split / "mix_clean" / "x.wav", total)
    report, _ = prepared(tmp_path / "set")
    assert report.tracks == {"test": 1, "train": 2, "valid": 1}
    names = [track.name for track in prepared_tracks(tmp_path / "shards", "train")]
    assert names == ["train-360 x", "x"]  # one name, told apart by its folder


def test_moisesdb_stems_are_sums_of_files_that_may_end_early(tmp_path):
    folder = tmp_path / "set" / "moisesdb_v0.1" / "0a1b"
    parts = {
        "vocals/1.wav": noise(0),
        "vocals/2.wav": noise(1, 701),
        "bass/3.wav": noise(2),
    }
    for name, array in parts.items():
        write(folder / name, array)
    (folder / "data.json").write_text(json.dumps({"song": "Over/Out", "artist": "Nobody"}))
    report, (track,) = prepared(tmp_path / "set")
    assert (report.layout, report.tracks) == ("moisesdb", {"train": 1})
    assert track.name == "Nobody - Over Out"
    assert track.samples == 1009
    wanted = noise(0)
    wanted[:701] += noise(1, 701)
    np.testing.assert_array_equal(track.read("vocals"), wanted)
    np.testing.assert_array_equal(track.read("bass"), noise(2))
    assert [one["kind"] for one in report.problems] == ["lengths"]


def test_slakh_stems_are_sums_of_a_class_of_instruments(tmp_path):
    for number, split in enumerate(("train", "validation", "omitted")):
        folder = tmp_path / "set" / split / f"Track0000{number}"
        arrays = [noise(10 * number + place) for place in range(3)]
        for place, array in enumerate(arrays):
            write(folder / "stems" / f"S0{place}.wav", array)
        write(folder / "mix.wav", sum(arrays))
        (folder / "metadata.yaml").write_text(
            "UUID: 1a\nstems:\n"
            "  S00: {inst_class: Guitar, is_drum: false}\n"
            "  S01: {inst_class: Strings (continued), is_drum: false}\n"
            "  S02: {inst_class: Guitar, is_drum: false}\n"
        )
    report, _ = prepared(tmp_path / "set")
    assert report.layout == "slakh"
    assert report.tracks == {"omitted": 1, "train": 1, "valid": 1}
    assert report.problems == []
    (track,) = prepared_tracks(tmp_path / "shards", "valid")
    assert [*track.stems] == ["guitar", "strings_continued"]
    np.testing.assert_array_equal(track.read("guitar"), noise(10) + noise(12))
    (folder / "metadata.yaml").write_text("stems: {S00: {inst_class: Guitar}}")
    report = prepare(tmp_path / "set", tmp_path / "shards", dtype="float32")
    (bad,) = report.problems
    assert bad["kind"] == "left out"
    assert "metadata.yaml has no `inst_class` of 'S01'" in bad["text"]


def test_divide_and_remaster_calls_its_mixture_mix(tmp_path):
    arrays = {"speech": noise(0), "music": noise(1), "sfx": noise(2)}
    for name, array in {**arrays, "mix": sum(arrays.values())}.items():
        write(tmp_path / "set" / "cv" / "1002" / f"{name}.wav", array)
    report, (track,) = prepared(tmp_path / "set", mixture=True)
    assert report.problems == []
    assert {*track.stems} == {*arrays}
    np.testing.assert_array_equal(track.read_mixture(), sum(arrays.values()))
    assert report.tracks == {"valid": 1}


def test_folders_of_tracks_without_splits(tmp_path):
    for number in range(2):
        for place, name in enumerate(("vocals", "accompaniment", "bass")):
            write(tmp_path / "set" / f"song {number}" / f"{name}.wav", noise(10 * number + place))
    report, tracks = prepared(tmp_path / "set", sources=["vocals", "accompaniment"])
    assert report.tracks == {"train": 2}
    assert [[*track.stems] for track in tracks] == [["vocals", "accompaniment"]] * 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no tracks in this folder; wanted <split>/<track>"):
        prepare(tmp_path / "empty", tmp_path / "more")


@pytest.mark.parametrize("noises", [True, False])
def test_noisy_speech_of_the_dns_challenge(tmp_path, noises):
    """Named as its generator names them: the three files of a mixture share a number alone."""
    for split, number in (("training", 10), ("training", 2), ("no_reverb", 2)):
        folder = tmp_path / "set" / split
        clean, dirt = noise(number), noise(number + 100)
        write(folder / "clean" / f"clean_fileid_{number}.wav", clean)
        if noises:
            write(folder / "noise" / f"noise_fileid_{number}.wav", dirt)
        write(folder / "noisy" / f"book_00_reader_0_SNR5_tl-25_fileid_{number}.wav", clean + dirt)
    write(tmp_path / "set" / "training" / "noisy" / "x_fileid_7.wav", noise(0))  # and nothing else
    report, tracks = prepared(tmp_path / "set", mixture=True)
    assert report.layout == "dns"
    assert report.tracks == {"no_reverb": 1, "train": 2}
    lost = {one["text"] for one in report.problems if one["kind"] == "left out"}
    kinds = ("clean", "noise") if noises else ("clean",)
    place = tmp_path / "set" / "training"
    assert lost == {
        f"{place}: fileid_7 must be one file in `{k}`. Received: 0 files" for k in kinds
    }
    (ten,) = [track for track in tracks if track.name == "fileid_10"]
    assert [*ten.stems] == [*kinds]
    np.testing.assert_array_equal(ten.read("clean"), noise(10))
    np.testing.assert_array_equal(ten.read_mixture(), noise(10) + noise(110))


def test_a_list_of_paths(tmp_path):
    root = tmp_path / "set"
    for number, name in enumerate(("a", "b", "c")):
        write(root / "x" / f"{name}.wav", noise(number))
        write(root / "y" / f"{name}.wav", noise(number + 10))
    write(tmp_path / "outside.wav", noise(0))
    (root / "all.csv").write_text(
        "name,split,vocals,drums\n"
        "one,tr,x/a.wav,y/a.wav\n"
        "two,valid,x/b.wav,\n"
        "three,train,x/c.wav,y/none.wav\n"
        "four,train,../outside.wav,y/c.wav\n"
        f"five,train,{tmp_path}/outside.wav,{root}/y/c.wav\n"
        "six,../../out,x/c.wav,y/c.wav\n"
        "seven,train,,\n"
    )
    report, tracks = prepared(root / "all.csv")
    assert (report.layout, report.tracks) == ("csv", {"train": 1, "valid": 1})
    assert [(track.name, [*track.stems]) for track in tracks] == [
        ("one", ["vocals", "drums"]),
        ("two", ["vocals"]),
    ]
    np.testing.assert_array_equal(tracks[0].read("drums"), noise(10))
    list_ = root / "all.csv"
    assert sorted(one["text"] for one in report.problems if one["kind"] == "left out") == [
        f"{list_}, line 4: drums: {root}/y/none.wav is not there",
        f"{list_}, line 5: vocals must be a path below {root}. Received: '../outside.wav'",
        f"{list_}, line 6: vocals must be a path below {root}. Received: '{tmp_path}/outside.wav'",
        f"{list_}, line 7: `split` must be a word. Received: '../../out'",
        f"{list_}, line 8: names no file of a source",
    ]


def test_a_folder_of_lists_and_the_metadata_of_librimix(tmp_path):
    root = tmp_path / "set"
    for place, name in enumerate(("mix_both", "s1", "s2", "noise")):
        write(root / "dev" / name / "u_v.wav", noise(place))
    lines = "mixture_ID,mixture_path,source_1_path,source_2_path,noise_path,length\nu_v,"
    moved = "/home/them/wav8k/min/dev/noise/u_v.wav"  # of the machine that made the data
    lines += f"dev/mix_both/u_v.wav,dev/s1/u_v.wav,{root}/dev/s2/u_v.wav,{moved},1009\n"
    (root / "metadata").mkdir()
    (root / "metadata" / "mixture_dev_mix_both.csv").write_text(lines)
    report, (track,) = prepared(root / "metadata" / "mixture_dev_mix_both.csv")
    assert (report.layout, report.tracks) == ("csv", {"valid": 1})
    assert (track.name, [*track.stems]) == ("u_v", ["s1", "s2", "noise"])
    np.testing.assert_array_equal(track.read("noise"), noise(3))

    for split, name in (("train", "s1"), ("valid", "s2"), ("test", "noise")):
        (root / f"{split}.csv").write_text(f"voice\ndev/{name}/u_v.wav\n")
    report = prepare(root, tmp_path / "other", layout="csv")
    assert report.tracks == {"test": 1, "train": 1, "valid": 1}
    (root / "valid.csv").write_text("name,split\na,b\n")
    with pytest.raises(ValueError, match=r"valid\.csv: must have a column of paths for each"):
        prepare(root, tmp_path / "third", layout="csv")
