"""Runs a page of the docs: its blocks in their order, compared with what it says they print."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import keras_sep_cli

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(bash|python|yaml|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w./-]+\.(?:py|yaml|sh))\n")
PLAIN = re.compile(r"keras-sep [^|<>$&;]*")
DECIMAL = r"-?\d+\.\d+"


class Page:
    """A page that is read, and done, from top to bottom.

    A block whose first line is a comment with the name of a file is written to that file. Other
    blocks of Python share their names, as cells of a notebook do. A block of `text` is what the
    block before prints: `...` stands for anything, and numbers with decimals are compared as
    numbers, since processors round differently.
    """

    def __init__(self, path, capture):
        self.text = path.read_text(encoding="utf-8")
        self.capture = capture
        self.names = {"__name__": "__main__"}
        self.printed = ["", ""]

    def run(self):
        for block in BLOCK.finditer(self.text):
            language, code = block.groups()
            line = self.text.count("\n", 0, block.start()) + 2
            named = FILE.match(code)
            if language == "text":
                self._compare(code, line)
            elif named:
                Path(named[1]).write_text(code, encoding="utf-8")
            elif language == "python":
                exec(compile("\n" * (line - 1) + code, "page", "exec"), self.names)
                self._printed()
            elif language == "bash":
                self._commands(code)

    def _commands(self, code):
        lines = [line for line in re.sub(r"\\\n", " ", code).splitlines() if line.strip()]
        lines = [line.split("  #")[0].strip() for line in lines]
        if all(PLAIN.fullmatch(line) for line in lines):
            for line in lines:
                status = keras_sep_cli.main(shlex.split(line)[1:])
                self._printed(add=line is not lines[0])
                assert status == 0, f"{line}\n{self.printed[1]}"
            return
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
        command = ["bash", "-euo", "pipefail", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        self.printed = [done.stdout, done.stderr]

    def _printed(self, add=False):
        captured = self.capture.readouterr()
        before = self.printed if add else ["", ""]
        self.printed = [before[0] + captured.out, before[1] + captured.err]

    def _compare(self, wanted, line):
        pattern = re.escape(" ".join(wanted.split()))
        pattern = pattern.replace(re.escape("..."), r".*?").replace(r"\ ", r"\s*")
        numbers = re.findall(DECIMAL, wanted)
        pattern = re.sub(r"(\\-)?\d+\\\.\d+", lambda _: f"({DECIMAL})", pattern)
        for printed in (*self.printed, "\n".join(self.printed)):
            found = re.fullmatch(pattern, printed.strip(), re.DOTALL)
            if found:
                break
        assert found, f"line {line}: wanted\n{wanted}\nReceived:\n{''.join(self.printed)}"
        for theirs, ours in zip(numbers, found.groups(), strict=True):
            near = abs(float(theirs) - float(ours)) <= 0.1 + 0.1 * abs(float(theirs))
            assert near, f"line {line}: wanted {theirs} in\n{wanted}\nReceived:\n{printed}"
