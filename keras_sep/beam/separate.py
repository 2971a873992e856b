"""The songs of a catalogue to their stems, on the machines of any runner of Beam."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from keras_sep._brief import brief
from keras_sep._validate import require_positive_integers
from keras_sep.beam._entry import Settings
from keras_sep.beam._lines import WriteLines
from keras_sep.beam._places import inside, key_of, path_of, places
from keras_sep.beam._songs import FAILED, FAILURES, NAMESPACE, SeparateSongs, failed
from keras_sep.data.audio import chosen_bit_rate, require_known_format
from keras_sep.inference import CLIP_MODES

MANIFEST = "manifest"


class Separate(beam.PTransform):
    """Separate the songs of a bounded PCollection of paths into folders of stems.

    Paths and folders are of a disk that all workers share, or have a scheme that a file system of
    Beam is for, such as `gs://`, `s3://` or `hdfs://`. Each song is separated by
    `inference.separate_file`, in the memory of one block, by a worker that loads the model once;
    files of other machines are copied to a temporary file, and their stems back. The stems go to
    `<out>/<song>/<stem>.wav`, as those of `keras-sep separate` do; `separation.json` beside them
    says what they were made of, and by what.

    Songs that are done are skipped: the same pipeline, run again after it was killed, separates
    what is left. A path that comes several times is separated once. A song that fails costs no
    other: it is among the failures, and tried again the next time.

    Args:
        model: File of the separator that every worker can read: what `Separator.save`,
            `export.onnx` or `export.litert` writes.
        out: Folder for the folders of all songs, the manifest and the failures.
        audio_format: Format of the stems, as for `separate_file`. Default "wav16".
        bit_rate_kbps: Bit rate of a lossy format in kbit/s, as for `separate_file`. Default None.
        stems: Stems to write, as for `separate_file`. None for every source. Default None.
        clip: Treatment of stems beyond full scale, as for `separate_file`. Default "rescale".
        block_seconds: Stride from block to block in seconds, as for `separate_file`.
        context_seconds: Context on either side of a block in seconds, as for `separate_file`.
        shifts: Number of separations that are averaged, as for `CompiledSeparator`. Default 1.
        roots: Folders whose subfolders are kept in `out`. Songs elsewhere go by their names, and
            those that clash by as much of their paths as tells them apart. Default none.
        scores: Whether to score the stems of a `mixture` against the files of their names beside
            it, such as `vocals.wav`: SI-SDR and SDR. The files are read whole. Default False.
        overwrite: Whether stems in a song's folder may be replaced that were made of another file,
            by another model or with other settings. Default False.
        threads: Number of threads of a worker process on the CPU. None for one per core. Default
            None.
        shards: Number of files that manifest and failures are each written to. The lines of one,
            about a kilobyte each, are sorted in memory. Default 1.

    Returns:
        A dict of two PCollections of JSON objects, each in a line of ASCII, which are also written
        to `<out>/manifest.jsonl` and `<out>/failures.jsonl`. An object of "manifest", for each song
        whose stems are there, holds "input", "input_sha256", "input_bytes", "seconds",
        "sample_rate_hz", "channels", "folder" (in `out`), "outputs" (file of each stem in it),
        "scores" (or None), "notes" (such as a conversion of rates), "work_seconds", "model",
        "model_sha256", "license" and "settings"; one of "failures" holds "input" and "problem".

    Raises:
        ValueError: If a setting is wrong. A model that cannot be loaded fails the pipeline.

    Example:

    >>> import tempfile, json, pathlib, apache_beam as beam
    >>> from keras_sep.beam import Separate
    >>> folder = tempfile.mkdtemp()
    >>> stems = pathlib.Path(folder, "stems")
    >>> _ = keras_sep.data.write_audio(folder + "/song.wav", np.zeros((701, 2)), 8000)
    >>> network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=17, hidden=4, layers=1)
    >>> separator = keras_sep.Separator(
    ...     network, 8000, ("vocals", "drums"), keras_sep.layers.STFT(32, 8)
    ... )
    >>> separator.save(folder + "/small.keras")
    >>> with beam.Pipeline(runner="FnApiRunner") as pipeline:
    ...     paths = pipeline | beam.Create([folder + "/song.wav", folder + "/no.wav"])
    ...     results = paths | Separate(folder + "/small.keras", stems)
    >>> (song,) = map(json.loads, (stems / "manifest.jsonl").read_text().splitlines())
    >>> song["folder"], song["outputs"], song["sample_rate_hz"]
    ('song', {'vocals': 'vocals.wav', 'drums': 'drums.wav'}, 8000)
    >>> json.loads((stems / "failures.jsonl").read_text())["problem"]
    'cannot be opened (No such file or directory)'
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        out: str | os.PathLike[str],
        audio_format: str = "wav16",
        *,
        bit_rate_kbps: int | None = None,
        stems: Any = None,
        clip: str = "rescale",
        block_seconds: float | None = None,
        context_seconds: float | None = None,
        shifts: int = 1,
        roots: str | Sequence[str] = (),
        scores: bool = False,
        overwrite: bool = False,
        threads: int | None = None,
        shards: int = 1,
    ):
        super().__init__()
        require_positive_integers(shards=shards, shifts=shifts)
        if threads is not None:
            require_positive_integers(threads=threads)
        require_known_format(audio_format)
        chosen_bit_rate(audio_format, 2, bit_rate_kbps)
        if clip not in CLIP_MODES:
            raise ValueError(
                f"`clip` must be one of {', '.join(CLIP_MODES)}. Received: {brief(clip)}"
            )
        self.model, self.out = os.fspath(model), os.fspath(out)
        self.roots = [roots] if isinstance(roots, str) else [*roots]
        self.shards = shards
        settings = Settings(
            audio_format, bit_rate_kbps, stems, clip, block_seconds, context_seconds, shifts
        )
        self._songs = SeparateSongs(self.model, self.out, settings, scores, overwrite, threads)

    def expand(self, paths: beam.PCollection) -> Any:
        """Add the steps to the pipeline of the paths."""
        keyed = paths | "Key" >> beam.ParDo(_Keyed(self.roots)).with_outputs(FAILURES, main="songs")
        done = (
            keyed.songs
            | "Gather names" >> beam.GroupByKey()
            | "Place" >> beam.FlatMapTuple(_placed)
            | "Spread" >> beam.Reshuffle()
            | "Separate" >> beam.ParDo(self._songs).with_outputs(FAILURES, main=MANIFEST)
        )
        failures = (keyed[FAILURES], done[FAILURES]) | "All failures" >> beam.Flatten()
        results = {MANIFEST: done[MANIFEST], FAILURES: failures}
        for name, lines in results.items():
            _ = lines | f"Write {name}" >> WriteLines(self.out, name, self.shards)
        return results


class _Keyed(beam.DoFn):
    """From paths to those of songs that could get one folder."""

    def __init__(self, roots: Sequence[str]):
        self.roots = roots
        self._failed = Metrics.counter(NAMESPACE, FAILED)

    def process(self, given: Any) -> Iterable[Any]:
        try:
            path = path_of(given)
        except ValueError as error:
            self._failed.inc()
            named = os.fsdecode(given) if isinstance(given, str | bytes) else brief(given)
            yield beam.pvalue.TaggedOutput(FAILURES, failed(named, error))
            return
        place = inside(os.fsdecode(path), self.roots)
        yield os.fsencode(key_of(place)), (path, os.fsencode(place))


def _placed(key: bytes, songs: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for path, folder in places((path, os.fsdecode(place)) for path, place in songs):
        yield path, os.fsencode(folder)
