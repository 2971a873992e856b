"""Scores of separated sources: SI-SDR, SDR and BSSEval v4, in NumPy float64."""

from keras_sep.metrics._in_words import IN_WORDS as IN_WORDS
from keras_sep.metrics.bss_eval import bss_eval
from keras_sep.metrics.evaluate import Scores as Scores
from keras_sep.metrics.evaluate import evaluate
from keras_sep.metrics.report import medians, report_json, report_table
from keras_sep.metrics.report import report_cells as report_cells
from keras_sep.metrics.sdr import sdr
from keras_sep.metrics.si_sdr import si_sdr
from keras_sep.metrics.source_order import source_order

__all__ = [
    "bss_eval",
    "evaluate",
    "medians",
    "report_json",
    "report_table",
    "sdr",
    "si_sdr",
    "source_order",
]
