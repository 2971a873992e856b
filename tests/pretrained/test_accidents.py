"""What happens to downloads: other processes, proxies, login pages, folders that cannot be used."""

import dataclasses
import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from keras_sep import _home
from keras_sep.pretrained import preset
from keras_sep.pretrained._download import Unreachable, download
from keras_sep.pretrained._licenses import require_accepted
from keras_sep.pretrained.preset import Original

ADDRESS = "https://weights.example.org/net.th"
CONTENT = bytes(range(256)) * 3000
FILE = Original(ADDRESS, f"sha256:{hashlib.sha256(CONTENT).hexdigest()}", 0.8)
FIRST = 3 << 16  # what arrives before an accident

pytestmark = pytest.mark.fault


@pytest.fixture
def served(publisher):
    publisher.serve(ADDRESS, CONTENT)
    return publisher


@pytest.fixture
def begun():
    """Starts processes that download the file, and ends those that still run."""
    running = []

    def start():
        program = Path(__file__).with_name("one_download.py")
        command = [sys.executable, program, FILE.address, FILE.hash]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(condition):
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_of_two_processes_one_fetches(served, home, begun):
    served.held = FIRST, threading.Event()
    both = [begun(), begun()]
    wait_for(lambda: served.asked)
    time.sleep(0.3)  # until the other one waits, too
    served.held[1].set()
    path = home / "downloads" / "weights.example.org" / "net.th"
    assert [process.communicate()[0] for process in both] == [f"{path}\n"] * 2
    assert path.read_bytes() == CONTENT
    assert len(served.asked) == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_killed_process_locks_nothing_and_loses_nothing(served, home, begun):
    served.held = FIRST, threading.Event()
    process = begun()
    part = home / "downloads" / "weights.example.org" / "net.th.part"
    wait_for(lambda: part.exists() and part.stat().st_size == FIRST)
    process.kill()
    process.wait()
    served.held[1].set()
    lock = part.with_name("net.th.lock")
    assert lock.exists()
    assert download(FILE).read_bytes() == CONTENT
    assert [start for _, start in served.asked] == [0, FIRST]
    assert not lock.exists()


def test_a_login_page_is_no_file(served, home):
    served.serve(ADDRESS, b"\n<!DOCTYPE html>\n<title>Hotel guests: please log in</title>")
    with pytest.raises(Unreachable, match=r"not downloaded \(a web page came instead, as from a"):
        download(FILE)
    assert list((home / "downloads").rglob("*.th*")) == []
    served.serve(ADDRESS, CONTENT)
    assert download(FILE).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["with spaces", "Küche — 音楽", "quote's"])
def test_a_folder_of_any_name(served, tmp_path, monkeypatch, name):
    monkeypatch.setenv(_home.HOME, str(tmp_path / name))
    path = download(FILE)
    assert path == tmp_path / name / "downloads" / "weights.example.org" / "net.th"
    assert path.read_bytes() == CONTENT


@pytest.fixture
def only_read(monkeypatch):
    """Makes a file system that is only read; permissions would not stop root."""
    read = Path.open

    def opened(path, mode="r", *args, **kwargs):
        return read(path, mode, *args, **kwargs) if set(mode) <= {*"rbt"} else refused()

    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def forbid():
        monkeypatch.setattr(Path, "open", opened)
        monkeypatch.setattr(Path, "mkdir", refused)

    return forbid


def test_a_cache_that_is_only_read(served, home, only_read):
    path = download(FILE)
    only_read()
    assert download(FILE) == path
    other = dataclasses.replace(FILE, address=f"{ADDRESS}.other")
    with pytest.raises(ValueError, match=r"net\.th\.other: not written \(Read-only file system\)$"):
        download(other)
    terms = preset.preset_of("umxl")
    require_accepted(terms, accept=True)  # though nothing remembers it
    with pytest.raises(ValueError, match="forbid commercial use"):
        require_accepted(terms, accept=False)


def test_a_folder_that_cannot_be_made(served, home):
    home.write_text("a file of this name")
    with pytest.raises(ValueError, match=r"net\.th: not written \(.+\)$"):
        download(FILE)
    assert not served.asked


class Proxy:
    """Answers for every host, and refuses to connect to any."""

    def __init__(self, server):
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.asked = []


@pytest.fixture
def proxy(home, monkeypatch):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            known.asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT)

        def do_CONNECT(self):
            known.asked.append(self.path)
            self.send_error(403)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Proxy(server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    for name in ("NO_PROXY", "no_proxy", "KERAS_SEP_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, known.address)
    yield known
    server.shutdown()
    server.server_close()


def test_a_proxy_is_asked(proxy, monkeypatch):
    with pytest.raises(Unreachable, match=r"not downloaded \(no connection through the proxy\)"):
        download(FILE)
    assert proxy.asked == ["weights.example.org:443"]
    monkeypatch.setenv("KERAS_SEP_MIRROR", "http://mirror.example.org/weights")
    assert download(FILE).read_bytes() == CONTENT
    assert proxy.asked[1:] == ["http://mirror.example.org/weights/weights.example.org/net.th"]
