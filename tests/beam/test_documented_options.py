"""The commands of docs/catalogues.md: their options exist, here and in Beam."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("apache_beam", reason="the extra `beam` is not installed")

from apache_beam.options.pipeline_options import PipelineOptions

from keras_sep.beam._options import parsed

PAGE = (Path(__file__).parents[2] / "docs" / "catalogues.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"(?m)^python -m keras_sep\.beam ((?:.*\\\n)*.*)$", PAGE)


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_commands_parse(command):
    args, of_beam = parsed(shlex.split(command.replace("\\\n", " ")))
    assert args.songs or args.list
    known = argparse.ArgumentParser(allow_abbrev=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(known)
    assert known.parse_known_args(of_beam)[1] == []


def test_there_is_one_for_every_runner():
    assert len(COMMANDS) == 6
    assert set(re.findall(r"--runner=(\w+)", "".join(COMMANDS))) == {
        "DataflowRunner",
        "FlinkRunner",
        "SparkRunner",
    }
