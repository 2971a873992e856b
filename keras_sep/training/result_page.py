"""The page at the end of a training: an excerpt separated by the best epoch, and the losses."""

from pathlib import Path

from keras_sep import metrics
from keras_sep._brief import counted, one_line
from keras_sep._printable import printable, say
from keras_sep._tensorflow import tensorflow_errors
from keras_sep.inference import CompiledSeparator, load_separator
from keras_sep.listening_page import Section, Table, write_page
from keras_sep.plots import curves_svg
from keras_sep.training._excerpts import clips_and_scores, estimates, excerpts
from keras_sep.training._processes import is_first
from keras_sep.training._tensorboard import log_sounds
from keras_sep.training.checkpoints import SEPARATOR, Checkpoints
from keras_sep.training.datasets import Audio
from keras_sep.training.recipe import Recipe

PAGE = "listen.html"


def result_page(
    recipe: Recipe, checkpoints: Checkpoints, audio: Audio, held_out: Audio
) -> Path | None:
    """Write the page `listen.html` of a training that has ended, if the recipe wants one.

    Ten seconds from the middle of the first validation track, or of a mixture of the validation
    voices, are separated by the best epoch's separator and scored; without validation, of the
    training audio. TensorBoard gets the same sounds. A page that cannot be written does not fail
    the training: it is reported.

    Args:
        recipe: Recipe of the training.
        checkpoints: From `build_callbacks`, after `finish`.
        audio: Audio from `training_audio`.
        held_out: Audio from `validation_audio`.

    Returns:
        The path of the page; None if there is none.
    """
    if not recipe.fit.page or not is_first():
        return None
    path = checkpoints.out_dir / PAGE
    try:
        ((name, stems),) = excerpts(recipe, held_out or audio, 1)
        separator = CompiledSeparator(load_separator(checkpoints.out_dir / SEPARATOR))
        made = estimates(recipe, separator, stems)
        clips, scores = clips_and_scores(recipe, stems, made)
        header, *rows = metrics.report_cells({"": scores})
        cells = [row[1:] for row in rows]
        table = Table("Decibels over this excerpt.", header[1:], cells, summary=0)
        origin = "validation" if held_out else "training, as there is no validation"
        heard = Section(
            printable(name),
            f"{stems.shape[0] / recipe.sample_rate_hz:.0f} s of the data for {origin}. Solo an "
            "estimate and its reference in turn to compare them.",
            clips=clips,
        )
        write_page(
            path,
            "Training",
            f"What {recipe.model.name} learned, by the separator of epoch "
            f"{checkpoints.best_epoch} of {checkpoints.epochs_done}.",
            [heard, Section("Scores", metrics.IN_WORDS, table=table), _losses(recipe, checkpoints)],
            "Made at the end of the training by keras-sep train.",
        )
        if recipe.fit.tensorboard:
            log_sounds(path.parent / "tensorboard" / "listen", clips, checkpoints.best_epoch or 0)
    except (ValueError, OSError, MemoryError, *tensorflow_errors()) as error:
        say(f"{path}: not written ({one_line(error)}); the separator is not affected")
        return None
    return path


def _losses(recipe: Recipe, checkpoints: Checkpoints) -> Section:
    names = {"loss": "training", "val_loss": "validation"}
    log = checkpoints.log.values() if checkpoints.log is not None else {}
    curves = {names[name]: column for name, column in log.items() if name in names}
    facts = {
        "network": f"{recipe.model.name} for {', '.join(recipe.targets)}",
        "training": counted(checkpoints.epochs_done, "epoch"),
        "best": f"epoch {checkpoints.best_epoch}, {checkpoints.monitor} {checkpoints.best:.6g}",
    }
    svg = curves_svg(
        {name: [*column.values()] for name, column in curves.items()},
        {name: [*column] for name, column in curves.items()},
        logarithmic=all(value > 0 for column in curves.values() for value in column.values()),
    )
    return Section("Losses", curve_svg=svg, facts=facts)
