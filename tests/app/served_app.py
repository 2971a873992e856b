"""The app as a command serves it, and what people do with its page."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import pytest

RESULT = "document.querySelector('#result')?.innerText ?? ''"
FRAME = "document.querySelector('#result iframe')?.contentDocument"


@contextlib.contextmanager
def served(temporary, *options):
    """The address of the app, which Ctrl-C ends."""
    command = [sys.executable, "-m", "keras_sep_cli", "app", "--port", "0", "--no-browser"]
    server = subprocess.Popen(
        [*command, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.match(r"(http://127\.0\.0\.1:\d+) separates songs", line):
            break
    else:
        pytest.fail(f"no server: {said}")
    try:
        yield found[1]
    finally:
        server.send_signal(signal.SIGINT)
        status, rest = server.wait(30), server.stderr.read()
        server.stderr.close()
    assert status == 128 + signal.SIGINT, rest
    assert rest.splitlines() == ["keras-sep app: interrupted"]


def separated(tab, path, seconds=120):
    """What is shown of a song."""
    assert tab.run("!document.querySelector('#result iframe, #result .problem')")
    tab.choose("input[type=file]", path)
    # its name is there while it is still being sent, too
    tab.wait("!!document.querySelector('.file-preview-holder')", 30)
    tab.run(
        "[...document.querySelectorAll('button')].find((b) => b.innerText === 'Separate').click()"
    )
    # not the words of the progress, which are in the same place
    tab.wait("!!document.querySelector('#result iframe, #result .problem')", seconds)
    return tab.run(RESULT)


def download(tab, folder, song, stems):
    """Click every link, and return the file of each stem."""
    tab.run("document.querySelectorAll('#result li a').forEach((link) => link.click())")
    saved = {name: folder / f"{song} - {name}.wav" for name in stems}
    end = time.monotonic() + 30
    while {*folder.iterdir()} != {folder / f"{song}.zip", *saved.values()}:
        assert time.monotonic() < end, [*folder.iterdir()]
        time.sleep(0.1)
    return saved
