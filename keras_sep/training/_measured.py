"""Seconds and memory of a recipe's pipeline and steps on this machine."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from keras_sep.training import datasets
from keras_sep.training.build import build_model, build_network
from keras_sep.training.compile_arguments import compile_arguments
from keras_sep.training.devices import distribution
from keras_sep.training.recipe import Recipe

_STEPS = 3  # at least, of each measurement


def measured(recipe: Recipe, data_dir: str | Path, seconds: float) -> dict[str, Any]:
    """Measure the pipeline alone, a step alone, and both together, for some seconds each.

    Args:
        recipe: Recipe of the training.
        data_dir: Folder as for `train`.
        seconds: Duration of each measurement in seconds; some steps are taken in any case.
    """
    audio = datasets.training_audio(recipe, data_dir)
    held_out = datasets.validation_audio(recipe, data_dir)
    devices = distribution(mirrored=False)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        dataset = datasets.training_dataset(recipe, audio, cache)
        steps = int(dataset.cardinality())
        # more passes, as one may be over in less time than is measured
        batches = itertools.chain.from_iterable(itertools.repeat(dataset))
        batch = next(batches)
        batch_seconds = _per_step(lambda: next(batches), seconds)

        before = 0 if _gpu() else _status("VmRSS")
        keras.utils.set_random_seed(recipe.seed)
        model = build_model(recipe, build_network(recipe))
        model.compile(**compile_arguments(recipe, devices))
        model.optimizer.build(model.trainable_variables)
        model.train_on_batch(*_pair(batch))  # which traces it
        step_seconds = _per_step(lambda: model.train_on_batch(*_pair(batch)), seconds)
        together = _per_step(lambda: model.train_on_batch(*_pair(next(batches))), seconds)
        peak = _peak_bytes()
        validation = 0.0
        if held_out:
            dataset = datasets.validation_dataset(recipe, held_out, cache)
            batch = next(iter(dataset))
            model.test_on_batch(*_pair(batch))
            once = _per_step(lambda: model.test_on_batch(*_pair(batch)), min(seconds, 2))
            validation = int(dataset.cardinality()) * once
    return {
        "items_per_second": recipe.fit.batch_size / batch_seconds,
        "pipeline_seconds_per_batch": batch_seconds,
        "step_seconds": step_seconds,
        "seconds_per_step_of_both": together,
        "validation_seconds": validation,
        "steps_per_epoch": steps,
        "peak_bytes": None if peak is None or before is None else peak - before,
    }


def _pair(batch: Any) -> tuple[Any, ...]:
    return batch if isinstance(batch, tuple) else (batch,)


def _per_step(run: Callable[[], Any], seconds: float) -> float:
    """Seconds of a run: their median or, where runs overlap, all by their number."""
    taken: list[float] = []
    begun = before = time.perf_counter()
    while before - begun < seconds or len(taken) < _STEPS:
        run()
        now = time.perf_counter()
        taken.append(now - before)
        before = now
    mean = (before - begun) / len(taken)
    return mean if len(taken) < 10 else max(mean, statistics.median(taken))


def _peak_bytes() -> int | None:
    """Most memory so far: of this process or, on a GPU, what TensorFlow has allocated there."""
    if gpu := _gpu():
        import tensorflow as tf

        return int(tf.config.experimental.get_memory_info(gpu)["peak"])
    return _status("VmHWM")


def _gpu() -> str | None:
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    return "GPU:0" if tf.config.list_logical_devices("GPU") else None


def _status(name: str) -> int | None:
    """A size of this process, in bytes; None where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(name)]
    return 1024 * int(found[0]) if found else None
