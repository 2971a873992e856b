"""WSJ0-2mix, WHAM! and LibriMix: tiny folders of their shape, and the CSV files of the last."""

import numpy as np
import pytest

from keras_sep.data import (
    librimix_csv_tracks,
    librimix_tracks,
    wham_tracks,
    write_audio,
    wsj0_mix_tracks,
)

RATE_HZ = 8000
HEARD = {
    "mix": ["s1", "s2"],
    "mix_clean": ["s1", "s2"],
    "mix_both": ["s1", "s2", "noise"],
    "mix_single": ["s1", "noise"],
}
NAMES = {"a_b": 307, "c_d": 401}  # and their lengths


@pytest.fixture
def write_split(tmp_path):
    """Write one split: write_split("tr", mixtures, sources) -> {name: {source: array}}."""

    def write(split, mixtures, sources=("s1", "s2", "noise"), sample_rate_hz=RATE_HZ, heard=HEARD):
        rng = np.random.default_rng(0)
        arrays = {}
        for name, samples in NAMES.items():
            stems = {source: 0.1 * rng.standard_normal((samples, 1)) for source in sources}
            arrays[name] = {source: np.float32(stem) for source, stem in stems.items()}
            mixed = {
                mixture: sum(stems[source] for source in heard[mixture]) for mixture in mixtures
            }
            for folder, array in {**stems, **mixed}.items():
                path = tmp_path / split / folder / f"{name}.wav"
                write_audio(path, array, sample_rate_hz, "float")
        return arrays

    return write


def check(tracks, arrays, sources):
    assert [track.name for track in tracks] == [*NAMES]
    for track in tracks:
        assert [*track.stems] == sources
        assert (track.sample_rate_hz, track.channels) == (RATE_HZ, 1)
        assert track.samples == NAMES[track.name]
        stems = track.read_sources(sources)
        for place, source in enumerate(sources):
            np.testing.assert_array_equal(stems[..., place], arrays[track.name][source])
        np.testing.assert_allclose(track.read_mixture(), stems.sum(-1), atol=1e-7)


def test_wsj0_mix(tmp_path, write_split):
    arrays = write_split("cv", ["mix"], ("s1", "s2"))
    check(wsj0_mix_tracks(tmp_path, "cv"), arrays, ["s1", "s2"])


def test_wsj0_mix_of_three(tmp_path, write_split):
    three = ["s1", "s2", "s3"]
    arrays = write_split("tt", ["mix"], three, heard={"mix": three})
    check(wsj0_mix_tracks(tmp_path, "tt", 3), arrays, three)


@pytest.mark.parametrize("mixture", ["mix_both", "mix_clean", "mix_single"])
def test_wham_and_librimix(tmp_path, write_split, mixture):
    arrays = write_split("train-100", [mixture])
    check(wham_tracks(tmp_path, "train-100", mixture), arrays, HEARD[mixture])
    check(librimix_tracks(tmp_path, "train-100", mixture), arrays, HEARD[mixture])


def test_defaults(tmp_path, write_split):
    write_split("tr", ["mix_both", "mix_clean"])
    assert [*wham_tracks(tmp_path, "tr")[0].stems] == ["s1", "s2", "noise"]
    assert [*librimix_tracks(tmp_path, "tr")[0].stems] == ["s1", "s2"]


def test_librimix_of_three(tmp_path, write_split):
    three = ["s1", "s2", "s3"]
    arrays = write_split("dev", ["mix_clean"], three, heard={"mix_clean": three})
    check(librimix_tracks(tmp_path, "dev", sources=3), arrays, three)


def test_what_is_wrong_is_said_at_once(tmp_path, write_split):
    write_split("tr", ["mix_both"])
    (tmp_path / "tr" / "s2" / "a_b.wav").unlink()
    write_audio(tmp_path / "tr" / "s1" / "c_d.wav", np.zeros((397, 1)), RATE_HZ)
    with pytest.raises(ValueError) as caught:
        wham_tracks(tmp_path, "tr")
    missing, uneven = str(caught.value).split("\n")
    assert missing == f"{tmp_path / 'tr' / 's2' / 'a_b.wav'}: no such file"
    assert uneven == (
        f"{tmp_path / 'tr'}: stems of unequal length, in samples: mix_both/c_d.wav 401, "
        "s1/c_d.wav 397, s2/c_d.wav 401, noise/c_d.wav 401"
    )
    with pytest.raises(ValueError, match=r"tr: has no folder `mix_clean`"):
        wham_tracks(tmp_path, "tr", "mix_clean")
    with pytest.raises(ValueError, match=r"tt: has no folder `mix`"):
        wsj0_mix_tracks(tmp_path, "tt")
    with pytest.raises(ValueError, match=r"`mixture` must be one of \['mix_clean'.*: 'mix_all'"):
        librimix_tracks(tmp_path, "tr", "mix_all")
    for path in (tmp_path / "tr" / "mix_both").iterdir():
        path.unlink()
    with pytest.raises(ValueError, match=r"mix_both: no audio files in this folder"):
        wham_tracks(tmp_path, "tr")


def test_resampling_is_said(tmp_path, write_split, capsys):
    write_split("tr", ["mix"], ("s1", "s2"), sample_rate_hz=16000)
    tracks = wsj0_mix_tracks(tmp_path, "tr", sample_rate_hz=RATE_HZ)
    assert [track.samples for track in tracks] == [154, 201]  # halves, rounded up
    assert capsys.readouterr().err == (
        f"{tmp_path / 'tr'}: 6 files resampled from 16000 to 8000 Hz\n"
    )


def write_csv(path, header, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def csv_lines(prefix, mixture, sources):
    """Of every mixture, as the scripts of LibriMix write them: full paths."""
    return [
        ",".join(
            [name, *(f"{prefix}dev/{folder}/{name}.wav" for folder in [mixture, *sources]), "7"]
        )
        for name in NAMES
    ]


@pytest.mark.parametrize(
    ("mixture", "columns"),
    [
        ("mix_clean", "source_1_path,source_2_path"),
        ("mix_both", "source_1_path,source_2_path,noise_path"),
        ("mix_single", "source_1_path,noise_path"),
    ],
)
def test_librimix_csv(tmp_path, write_split, mixture, columns, capsys):
    arrays = write_split("dev", [mixture])
    header = f"mixture_ID,mixture_path,{columns},length"
    sources = HEARD[mixture]
    path = tmp_path / "metadata" / f"mixture_dev_{mixture}.csv"
    write_csv(path, header, csv_lines(f"{tmp_path}/", mixture, sources))
    check(librimix_csv_tracks(path), arrays, sources)
    # relative paths, another place for the CSV, and columns that nobody asks for
    lines = [f"9,{line}" for line in csv_lines("", mixture, sources)]
    path = write_csv(tmp_path / "lists" / "of" / "mine.csv", f"number,{header}", lines)
    check(librimix_csv_tracks(path, tmp_path), arrays, sources)
    assert capsys.readouterr().err == ""
    # made on another machine
    lines = csv_lines("/somewhere/else/Libri2Mix/wav8k/min/", mixture, sources)
    path = write_csv(tmp_path / "metadata" / "moved.csv", header, lines)
    check(librimix_csv_tracks(path), arrays, sources)
    moved = len(NAMES) * (1 + len(sources))
    assert capsys.readouterr().err == (
        f"{path}: {moved} paths outside {tmp_path} are looked up under it\n"
    )


def test_a_csv_leads_nowhere_else(tmp_path, write_split):
    write_split("dev", ["mix_clean"])
    write_audio(tmp_path / "secret.wav", np.zeros((307, 1)), RATE_HZ)
    root = tmp_path / "dev"
    header = "mixture_ID,mixture_path,source_1_path,source_2_path"
    lines = [
        "a_b,mix_clean/a_b.wav,../secret.wav,s2/../../secret.wav",
        f"c_d,mix_clean/c_d.wav,{root}/../secret.wav,",
        "e_f,/a.wav,s1/a_b.wav",
    ]
    path = write_csv(tmp_path / "list.csv", header, lines)
    with pytest.raises(ValueError) as caught:
        librimix_csv_tracks(path, root)
    said = str(caught.value).replace(str(tmp_path), "").split("\n")
    assert said == [
        "/list.csv, line 2: source_1_path is not a path under /dev. Received: '../secret.wav'",
        "/list.csv, line 2: source_2_path is not a path under /dev. "
        "Received: 's2/../../secret.wav'",
        "/list.csv, line 3: source_2_path is not a path under /dev. Received: ''",
        # looked up in the folder as if moved, where it is not
        f"/dev/{'/'.join([*tmp_path.parts[-2:], 'secret.wav'])}: no such file",
        "/list.csv, line 4: source_2_path is not a path under /dev. Received: ''",
        "/dev/a.wav: no such file",
    ]


def test_a_csv_of_another_kind_is_named(tmp_path):
    path = write_csv(tmp_path / "metrics_dev.csv", "mixture_ID,source_1_SNR", ["a_b,1.5"])
    with pytest.raises(
        ValueError,
        match=r"has no columns \['mixture_path', 'source_1_path'\]. "
        r"It has: \['mixture_ID', 'source_1_SNR'\]",
    ):
        librimix_csv_tracks(path)
    with pytest.raises(ValueError, match=r"nowhere\.csv: no such CSV file"):
        librimix_csv_tracks(tmp_path / "nowhere.csv")
    path = write_csv(tmp_path / "short.csv", "mixture_ID,mixture_path,source_1_path", [])
    with pytest.raises(ValueError, match=r"short\.csv: lists no mixtures"):
        librimix_csv_tracks(path)
    path.write_bytes(b"mixture_ID,\xff\n")
    with pytest.raises(ValueError, match=r"short\.csv: not a CSV file in UTF-8"):
        librimix_csv_tracks(path)
