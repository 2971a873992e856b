"""The callbacks of a recipe, ordered by their dependencies."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from keras_sep.training._clock import Clock, CosineRate, DecayingRate, WarmUp
from keras_sep.training._epoch_log import LOG, EpochLog
from keras_sep.training._processes import SharedClock, by_itself, is_first, processes
from keras_sep.training._scored_songs import chosen_songs
from keras_sep.training._song_score_log import SONG_SCORES, SongScoreLog
from keras_sep.training._tensorboard import TensorBoardLogs
from keras_sep.training.build import build_float32, build_kept, build_separator
from keras_sep.training.checkpoints import Checkpoints
from keras_sep.training.norms import NormsLog
from keras_sep.training.recipe import Recipe
from keras_sep.training.song_scores import NewScores, SongScores
from keras_sep.training.stop_at_nan import StopAtNaN


def build_callbacks(
    recipe: Recipe,
    out_dir: str | Path,
    network: keras.Model,
    held_out: Sequence[Any] = (),
) -> tuple[list[keras.callbacks.Callback], Checkpoints]:
    """Build the callbacks that a recipe asks for.

    Args:
        recipe: Recipe of the training.
        out_dir: Folder of checkpoints and logs.
        network: Network that the checkpoints keep, inside its separator.
        held_out: Audio from `validation_audio`, of which `fit.score` separates songs; if there is
            none, the training loss is monitored. Default ().

    Returns:
        All callbacks in the order in which `fit` should call them, and the `Checkpoints` among
        them, which restores a killed training.
    """
    fit, out_dir = recipe.fit, Path(out_dir)
    songs = chosen_songs(recipe, held_out)
    monitor = fit.score.monitor if fit.score else "val_loss" if held_out else "loss"
    mode = "max" if fit.score else "min"
    kept = build_kept(recipe, network)
    separator, trained = build_separator(recipe, kept), None if kept is network else network
    average = None if fit.ema_momentum is None else keras.callbacks.SwapEMAWeights()
    counters: dict[str, keras.callbacks.Callback] = {}
    new_scores: list[keras.callbacks.Callback] = []
    if fit.score is not None:
        log_dir = out_dir / "tensorboard" / "songs" if fit.tensorboard and is_first() else None
        scored, source = separator, trained
        if processes() > 1:
            with by_itself():  # the first process separates while the others wait
                scored, source = build_separator(recipe, build_float32(recipe)), network
        scores = SongScores(scored, songs, recipe.sources, fit.score, source, average, log_dir)
        counters["scores"], new_scores = scores, [NewScores(scores)]
        if is_first():
            new_scores.append(SongScoreLog(out_dir / SONG_SCORES, scores))
    clock = SharedClock if processes() > 1 and fit.time_limit_seconds is not None else Clock
    counters["clock"] = clock(fit.time_limit_seconds)
    if fit.final_learning_rate is not None:
        counters["cosine"] = CosineRate(
            fit.learning_rate, fit.final_learning_rate, fit.epochs, counters["clock"]
        )
    if fit.decay_factor is not None:
        counters["decay"] = DecayingRate(fit.learning_rate, fit.decay_factor)
    if fit.warmup_steps:
        rate = counters.get("cosine") or counters.get("decay") or fit.learning_rate
        counters["warm_up"] = WarmUp(fit.warmup_steps, rate)
    if fit.plateau_patience is not None:
        counters["plateau"] = keras.callbacks.ReduceLROnPlateau(
            monitor,
            factor=fit.plateau_factor,
            patience=fit.plateau_patience,
            mode=mode,
            min_delta=0.0,
            cooldown=fit.plateau_cooldown,
        )
    if fit.patience is not None:
        counters["early_stopping"] = keras.callbacks.EarlyStopping(
            monitor, patience=fit.patience, mode=mode
        )
    log, guard = EpochLog(out_dir / LOG), StopAtNaN()
    text, higher = recipe.to_yaml(), fit.score is not None
    checkpoints = Checkpoints(
        out_dir, separator, monitor, counters, trained, guard, log, text, average, higher
    )
    logs: list[keras.callbacks.Callback] = [guard]
    if average is not None:
        logs.insert(0, average)
    if is_first():
        logs.append(log)
    if fit.norms:
        logs.insert(0, NormsLog())
    if fit.tensorboard and is_first():
        logs.append(TensorBoardLogs(out_dir / "tensorboard", write_graph=False))
    return [*counters.values(), *new_scores, *logs, checkpoints], checkpoints
