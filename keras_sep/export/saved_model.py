"""A `Separator` as a SavedModel for TensorFlow Serving."""

import json
import os
from pathlib import Path
from typing import Any

from keras_sep._faster_operations import faster_operations
from keras_sep._printable import printable
from keras_sep._served_facts import served_facts
from keras_sep._tensorflow import require_tensorflow
from keras_sep.export._metadata import metadata_signatures
from keras_sep.export._portable import portable
from keras_sep.export._separation import require_separator, separation
from keras_sep.export._stream import stream_signature
from keras_sep.export._version_folder import version_folder
from keras_sep.export._warm_up import FILE, write_warm_up
from keras_sep.export._without_gradients import without_gradients
from keras_sep.inference import block_grid, stem_gains
from keras_sep.separator import Separator


def saved_model(
    separator: Separator,
    path: str | os.PathLike,
    overwrite: bool = False,
    stems: Any = None,
    warm_up: bool = True,
) -> Path:
    """Write a separator as a version folder that TensorFlow Serving loads.

    The graph covers everything from waveform to stems: front end, networks, post-filter and
    inverse. It accepts any batch size and length, draws no random numbers, and consists of
    operations that run on CPUs, whatever the model was trained on. Requests must have the model's
    sample rate and number of channels: the graph neither resamples nor mixes channels.

    Args:
        separator: Separator to export, new or loaded from a `.keras` file.
        path: Version folder to write, `<name>/<version>`. The version is a whole number; a server
            of `<name>` picks the highest.
        overwrite: Whether to replace an existing version instead of raising. Default False.
        stems: Names of the stems that the graph outputs, such as `("vocals", "no_vocals")`, or
            mapping from the name of each to gains, as for `inference.separate_file`. None for
            every source. Default None.
        warm_up: Whether a server shall separate a block of silence before it serves this version,
            so that no user waits for what is only done once. Default True.

    Returns:
        The folder written, holding

        - `saved_model.pb` and `variables/`: signature `serving_default`, from `waveform`, float32
          (batch, samples, channels), to one output per stem, named after it, float32 (batch,
          samples, channels); signature `metadata`, from nothing to `sample_rate_hz`,
          `source_names`, `channels` and `license`; and signature `metadata_json`, from `rows`,
          int32 (batch,) of any value, to `json`, (batch,), all that is known of the separator,
          which also answers over REST and where the server batches. For a causal separator of
          every source also signature `stream`, from `chunk`, a multiple of the stride long, and a
          state to one output per stem and the state after it, under the same names; the first
          state is zero.
        - `assets.extra/keras_sep.json`: the same JSON for readers of the folder, with the `stride`
          and `latency` in samples of a stream.
        - `assets.extra/tf_serving_warmup_requests`: one request of the length of a block for
          `serving_default`, and one of a stride for `stream`.

    Example:
        >>> import keras, keras_sep, tempfile
        >>> network = keras_sep.zoo.open_unmix(
        ...     targets=("vocals",), bins=33, channels=2, hidden=8, layers=1, bandwidth_bins=17)
        >>> separator = keras_sep.Separator(
        ...     {"vocals": network}, sample_rate_hz=8000,
        ...     front_end=keras_sep.layers.STFT(64, 16))
        >>> folder = keras_sep.export.saved_model(separator, tempfile.mkdtemp() + "/vocals/1")
        >>> sorted(item.name for item in folder.iterdir() if item.name != "fingerprint.pb")
        ['assets', 'assets.extra', 'saved_model.pb', 'variables']
    """
    tf = require_tensorflow("a SavedModel")
    require_separator(separator, "A SavedModel")
    gains = stem_gains(separator, stems)
    names = list(gains)
    metadata = served_facts(separator, None if stems is None else names)
    grid = block_grid(separator)
    metadata["blocks"] = grid._asdict()

    stems_of = separation(separator, gains, stems is not None)

    @tf.function(autograph=False)
    def separate(waveform):
        some = tf.debugging.assert_positive(
            tf.shape(waveform)[1], "`waveform` must have at least one sample"
        )
        with tf.control_dependencies([some]):
            waveform = tf.identity(waveform)
        return stems_of(waveform)

    with version_folder(path, overwrite) as folder:
        waveform = tf.TensorSpec((None, None, separator.channels), tf.float32, name="waveform")
        with portable(separator), faster_operations(separator):
            served = separate.get_concrete_function(waveform)
            stream = None if stems is not None else stream_signature(separator, tf)
        root = tf.Module()
        root.weights = served.variables  # what a SavedModel's variables hang on
        signatures, samples = {"serving_default": served}, {"serving_default": grid.block}
        if stream is not None:
            signatures["stream"], metadata["stream"] = stream
            samples["stream"] = metadata["stream"]["stride"]
        requests = {name: (graph, samples[name]) for name, graph in signatures.items()}
        text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
        signatures |= metadata_signatures(metadata, text, tf)
        # otherwise the LSTM's own gradients would be traced into the file, where a server needs
        # none
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        try:
            tf.saved_model.save(root, str(folder), signatures, options)
            without_gradients(folder)
            extra = folder / "assets.extra"
            extra.mkdir()
            (extra / "keras_sep.json").write_text(text, encoding="utf-8")
            if warm_up:
                write_warm_up(extra / FILE, Path(path).absolute().parent.name, requests, tf)
        except tf.errors.OpError as error:  # how TensorFlow says that a disk is full
            raise OSError(
                f"{printable(path)}: the export could not be written ({error.message})"
            ) from error
    return Path(path)
