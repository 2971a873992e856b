"""Random excerpts out of several containers: milliseconds each, and the space they take.

An excerpt is six seconds of four stereo stems at 44.1 kHz, each stem from a track and a place of
its own, as float32. All containers hold the same 16-bit samples, and are read from the memory that
the system keeps of files, so a disk's own time is not in it. Records of ArrayRecord and TFRecord
are seconds of a stem. ArrayRecord is left out where the package `array-record` is not installed.
Rewrites benchmarks/results/shards.md.
"""

import argparse
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from timing import interleaved

RATE_HZ, SECONDS = 44100, 6
STEMS = ("drums", "bass", "other", "vocals")
LENGTH = SECONDS * RATE_HZ
_PHRASE = 10  # seconds that a track repeats
STEP = np.float32(2**-15)
Read = Callable[[int, int, int], np.ndarray]  # (track, stem, start) -> (samples, channels)


def of_tracks(tracks) -> Read:
    """Reads what keras_sep reads: files, or shards."""
    return lambda track, stem, start: tracks[track].read(STEMS[stem], start, LENGTH)


def cut(records: list[bytes], start: int) -> np.ndarray:
    """The excerpt out of the seconds that it touches."""
    joined = np.frombuffer(b"".join(records), "<i2").reshape(-1, 2)
    first = start % RATE_HZ
    return np.multiply(joined[first : first + LENGTH], STEP, dtype=np.float32)


def seconds_of(start: int) -> range:
    """The seconds that an excerpt touches."""
    return range(start // RATE_HZ, -(-(start + LENGTH) // RATE_HZ))


def of_array_records(samples: np.ndarray, path: Path, options: str) -> Read:
    """One file of all seconds of all stems."""
    from array_record.python import array_record_module

    writer = array_record_module.ArrayRecordWriter(str(path), f"group_size:1,{options}")
    for second in samples.reshape(-1, RATE_HZ, 2):
        writer.write(second.tobytes())
    writer.close()
    reader = array_record_module.ArrayRecordReader(str(path), "readahead_buffer_size:0")
    _, stems, length, _ = samples.shape

    def read(track: int, stem: int, start: int) -> np.ndarray:
        first = (track * stems + stem) * (length // RATE_HZ)
        return cut(reader.read([first + second for second in seconds_of(start)]), start)

    return read


def of_tf_records(samples: np.ndarray, folder: Path) -> Read:
    """A file for each stem: records are read one after another, so those before are skipped."""
    import tensorflow as tf

    folder.mkdir()
    for track, stems in enumerate(samples):
        for stem, array in enumerate(stems):
            with tf.io.TFRecordWriter(str(folder / f"{track}-{stem}")) as writer:
                for second in array.reshape(-1, RATE_HZ, 2):
                    writer.write(second.tobytes())

    def read(track: int, stem: int, start: int) -> np.ndarray:
        wanted = seconds_of(start)
        records = tf.data.TFRecordDataset(str(folder / f"{track}-{stem}"))
        some = records.skip(wanted.start).take(len(wanted))
        return cut([record.numpy() for record in some], start)

    return read


def containers(root: Path, tracks: int, seconds: int) -> tuple[dict[str, Read], dict[str, int]]:
    """How each container is read, and its size in bytes."""
    from keras_sep import data

    data.synthetic_band(
        root / "band", train=tracks, valid=0, test=0, seconds=_PHRASE, sample_rate_hz=RATE_HZ
    )
    found = data.find_tracks(root / "band", "train", STEMS)
    stems = np.stack([track.read_sources(STEMS) for track in found])  # (tracks, samples, 2, stems)
    stems = np.tile(stems, (1, seconds // _PHRASE, 1, 1))  # which takes as long to read
    samples = np.rint(stems.transpose(0, 3, 1, 2) * 2**15).clip(-(2**15), 2**15 - 1).astype("<i2")
    for number, track in enumerate(samples):
        for name, array in zip(STEMS, track, strict=True):
            for suffix in ("wav", "flac"):
                path = root / suffix / "train" / f"{number}" / f"{name}.{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(path, array, RATE_HZ, subtype="PCM_16")
    readers: dict[str, Read] = {}
    places: dict[str, Path] = {}
    for dtype in ("int16", "float32"):
        name = f"shards of keras_sep, {dtype}"
        places[name] = root / dtype
        data.prepare(root / "wav", root / dtype, dtype=dtype)
        readers[name] = of_tracks(data.prepared_tracks(root / dtype))
    for suffix in ("wav", "flac"):
        name = f"{suffix.upper()} files, 16 bits"
        places[name] = root / suffix
        readers[name] = of_tracks(data.find_tracks(root / suffix, "train", STEMS))
    try:
        for options in ("uncompressed", "zstd:1"):
            name = f"ArrayRecord, {options}"
            places[name] = root / f"{options[:4]}.array_record"
            readers[name] = of_array_records(samples, places[name], options)
    except ImportError:
        print("array-record is not installed: left out")
        places = {name: places[name] for name in readers}
    places["TFRecord"] = root / "tf"
    readers["TFRecord"] = of_tf_records(samples, places["TFRecord"])

    sizes = {}
    for name, place in places.items():
        files = [place] if place.is_file() else list(place.rglob("*"))
        sizes[name] = sum(path.stat().st_size for path in files if path.is_file())
    wanted = samples[1, 2, 12345 : 12345 + LENGTH] * STEP
    for name, read in readers.items():
        if not np.array_equal(read(1, 2, 12345), wanted):
            raise SystemExit(f"{name}: other samples than the rest")
    return readers, sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--excerpts", type=int, default=8, help="in each timing")
    parser.add_argument("--tracks", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=60, help="of each track, in tens")
    default = Path(__file__).parent / "results" / "shards.md"
    parser.add_argument("--out", default=default, type=Path)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        readers, sizes = containers(Path(folder), options.tracks, options.seconds)
        out = np.empty((LENGTH, 2, len(STEMS)), np.float32)
        rng = np.random.default_rng(0)
        draws = rng.integers(
            (options.tracks, options.seconds * RATE_HZ - LENGTH), size=(options.excerpts, 4, 2)
        )

        def timed(read: Read) -> Callable[[], None]:
            def run() -> None:
                for excerpt in draws.tolist():
                    for stem, (track, start) in enumerate(excerpt):
                        out[..., stem] = read(track, stem, start)

            return run

        found = interleaved({name: timed(read) for name, read in readers.items()}, options.repeats)
        duration = options.tracks * options.seconds / 60

        lines = [
            "# Random excerpts out of several containers",
            "",
            "Written by `benchmarks/shards.py`: six seconds of four stereo stems at 44.1 kHz, each",
            f"from its own place of {options.tracks} tracks of {options.seconds} s, as float32, in",
            "one thread, from the system's memory of files. Milliseconds of an excerpt, minimum",
            f"and median of {options.repeats} in turn, {platform.machine()}.",
            "",
            "| container | minimum, ms | median, ms | to WAV | MB for a minute |",
            "|---|---|---|---|---|",
        ]
        wav = found["WAV files, 16 bits"][1]
        for name, (least, middle) in found.items():
            ms = [1000 * seconds / options.excerpts for seconds in (least, middle)]
            size = sizes[name] / duration / 1e6
            lines.append(
                f"| {name} | {ms[0]:.1f} | {ms[1]:.1f} | {middle / wav:.2f} | {size:.0f} |"
            )
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
