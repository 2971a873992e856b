"""What a training will cost, before it begins."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_sep._brief import counted
from keras_sep.training._graph_cost import graph_cost
from keras_sep.training._measured import measured
from keras_sep.training._step_graph import model_of_shapes, traced_step
from keras_sep.training.build import check
from keras_sep.training.compile_arguments import build_optimizer
from keras_sep.training.recipe import Recipe

SECONDS = 10.0
_SIZES = (2, 3, 5, 7, 11)  # distinct, of the axes of a small variable


def plan(
    recipe: Recipe, data_dir: str | Path | None = None, seconds: float = SECONDS
) -> dict[str, Any]:
    """Estimate the memory and the arithmetic of a training and, with data, measure its speed.

    Estimates allocate nothing: the network is built of shapes, and a step with all gradients is
    traced and counted operation by operation. Activations are the most results that are needed at
    the same time, in the order of the trace; on backends other than TensorFlow they and the
    arithmetic are not known. Recurrent layers are counted as Keras computes them; the loops that
    stand in for it on a CPU keep less, and so does `fit.checkpointing`, which is not counted.

    Args:
        recipe: Recipe of the training.
        data_dir: Folder as for `train`, to measure on this machine; None to estimate only. Default
            None.
        seconds: Duration of each of the measurements in seconds. Default 10.

    Returns:
        A dict of "network", "parameters", "trainable_parameters", "batch_size", "memory_bytes" (a
            dict of "weights", "gradients", "optimizer", "average", "activations" and "total"),
            "step_flops" and "step_moved_bytes", those of matrix products, convolutions and Fourier
            transforms, two for each multiplication and addition, and "left_out", the types of
            operations whose cost the graph does not say. With data also "measured", a dict of
            "items_per_second" of the pipeline alone, "step_seconds" of a step alone,
            "seconds_per_step_of_both", "steps_per_epoch", "validation_seconds" and "hours" to the
            recipe's last epoch or its time limit, "limited_by" ("data" or "step"), and
            "peak_bytes", what the model, its tracing and its steps took at most; on a GPU, what is
            allocated there.

    Raises:
        ValueError: If the recipe or the data cannot be trained with.

    Example:

    >>> recipe = keras_sep.training.Recipe.from_mapping({
    ...     "model": {"name": "open_unmix", "arguments": {"hidden": 8, "layers": 1}},
    ...     "sources": ["vocals", "other"], "targets": ["vocals"], "fit": {"batch_size": 1},
    ...     "stft": {"frame_length": 256, "hop_length": 128}, "data": {"excerpt_seconds": 0.5}})
    >>> memory = keras_sep.training.plan(recipe)["memory_bytes"]
    >>> memory["optimizer"] // memory["gradients"]  # Adam has two moments
    2
    """
    check(recipe)
    kept = dataclasses.replace(recipe.fit, checkpointing=False)
    model = model_of_shapes(dataclasses.replace(recipe, fit=kept))
    memory = {
        "weights": _bytes(model.variables),
        "gradients": _bytes(model.trainable_variables),
        **_optimizer_bytes(recipe, model),
    }
    document: dict[str, Any] = {
        "network": recipe.model.name,
        "parameters": model.count_params(),
        "trainable_parameters": sum(math.prod(v.shape) for v in model.trainable_variables),
        "batch_size": recipe.fit.batch_size,
        "memory_bytes": memory,
        "step_flops": None,
        "step_moved_bytes": None,
        "left_out": [],
    }
    if keras.backend.backend() == "tensorflow":
        cost = graph_cost(traced_step(recipe, model))
        memory["activations"] = max(0, round(cost.peak_bytes) - memory["gradients"])
        memory["total"] = sum(memory.values())
        document |= {"step_flops": round(cost.flops), "step_moved_bytes": round(cost.bytes)}
        document["left_out"] = sorted(cost.unknown)
    if data_dir is not None:
        document["measured"] = _with_hours(recipe, measured(recipe, data_dir, seconds))
    return document


def _with_hours(recipe: Recipe, speed: dict[str, Any]) -> dict[str, Any]:
    """Add how long the training takes, and what it waits for."""
    fit = recipe.fit
    epoch = speed["steps_per_epoch"] * speed["seconds_per_step_of_both"]
    whole = fit.epochs * (epoch + speed["validation_seconds"])
    if fit.time_limit_seconds is not None:
        whole = min(whole, fit.time_limit_seconds)
    waits = speed["pipeline_seconds_per_batch"] > speed["step_seconds"]
    return {**speed, "hours": whole / 3600, "limited_by": "data" if waits else "step"}


def plan_lines(recipe: Recipe, document: dict[str, Any]) -> list[str]:
    """Put what `plan` returned into lines for a person.

    Args:
        recipe: Recipe of the training.
        document: From `plan`.
    """
    memory = document["memory_bytes"]
    parts = [f"{name} {_megabytes(size)}" for name, size in memory.items() if name != "total"]
    lines = [
        f"network: {document['network']}, {document['parameters']:,} parameters, "
        f"{document['trainable_parameters']:,} of them trained",
        f"memory: {', '.join(parts)}"
        + (f"; together {_megabytes(memory['total'])}" if "total" in memory else ""),
    ]
    batch = counted(document["batch_size"], "excerpt")
    if document["step_flops"] is None:
        lines.append("activations and arithmetic: not known on this backend of Keras")
    else:
        lines.append(
            f"a step of {batch}: {document['step_flops'] / 1e9:.4g} GFLOP, "
            f"{document['step_moved_bytes'] / 1e9:.3g} GB moved at least"
        )
    if document["left_out"]:
        lines.append(f"left out, as the graph does not say: {', '.join(document['left_out'])}")
    if "measured" not in document:
        return [*lines, "--data DIR measures seconds and hours on this machine"]
    speed = document["measured"]
    peak = speed["peak_bytes"]
    limit = recipe.fit.time_limit_seconds
    end = counted(recipe.fit.epochs, "epoch")
    return [
        *lines,
        f"data: {speed['items_per_second']:.3g} excerpts/s, "
        f"{speed['pipeline_seconds_per_batch']:.3g} s per batch",
        f"a step: {speed['step_seconds']:.3g} s, {speed['seconds_per_step_of_both']:.3g} s with "
        "its data" + ("" if peak is None else f"; most memory, with the trace, {_megabytes(peak)}"),
        f"an epoch: {counted(speed['steps_per_epoch'], 'step')}, validation "
        f"{speed['validation_seconds']:.3g} s",
        f"to the end: {speed['hours']:.3g} h ({end}"
        + (f", or {limit:g} s at most)" if limit is not None else ")"),
        f"limited by: {speed['limited_by']}",
    ]


def _optimizer_bytes(recipe: Recipe, model: keras.Model) -> dict[str, int]:
    """Bytes of what the optimizer keeps for each weight, the moving average of weights apart.

    It is built for small variables, whose sizes along each axis are told apart.
    """
    kept = {"optimizer": 0, "average": 0}
    ranks: dict[int, list[Any]] = {}
    for variable in model.trainable_variables:
        ranks.setdefault(len(variable.shape), []).append(variable)
    for rank, variables in ranks.items():
        optimizer = build_optimizer(recipe)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        optimizer.build([keras.Variable(np.zeros(_SIZES[:rank], "float32"))])
        averages = getattr(optimizer, "_model_variables_moving_average", None) or ()
        for slot in optimizer.variables:
            name = "average" if any(slot is one for one in averages) else "optimizer"
            axes = [_SIZES.index(size) for size in slot.shape if size in _SIZES]
            if axes or slot.name not in ("iteration", "learning_rate"):
                each = [math.prod(variable.shape[axis] for axis in axes) for variable in variables]
                kept[name] += sum(each) * np.dtype(slot.dtype).itemsize
    return kept


def _bytes(variables: Any) -> int:
    return sum(math.prod(v.shape) * np.dtype(v.dtype).itemsize for v in variables)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.2f} GB"
