"""A publisher on this machine, and an empty cache."""

import dataclasses
import hashlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from keras_sep._home import HOME
from keras_sep.pretrained import _cache, preset


class Publisher:
    """Serves files at the places of their addresses, and misbehaves as it is told."""

    def __init__(self):
        self.files = {}  # by place: host and path
        self.asked = []  # places, and the byte each request starts from
        self.held = None  # after how many bytes answers wait, and the event that they wait for
        self.cuts = []  # after how many bytes the next answers end
        self.ranges = True
        self.endless = False
        self.status = None

    def serve(self, address, content):
        self.files[_cache.place_of(address)] = content


def _handler(publisher):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            place = self.path.lstrip("/")
            start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            publisher.asked.append((place, start))
            content = publisher.files.get(place)
            if content is None or publisher.status:
                self.send_error(publisher.status or 404)
                return
            if not publisher.ranges:
                start = 0
            if start and start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if not publisher.endless:
                self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            cut = publisher.cuts.pop(0) if publisher.cuts else len(content)
            begun = start
            try:
                if publisher.held:
                    begun, released = publisher.held
                    self.wfile.write(content[start:begun])
                    released.wait(30)
                self.wfile.write(content[max(start, begun) : start + cut])
                while publisher.endless:
                    self.wfile.write(bytes(1 << 16))
            except OSError:  # whoever asked has heard enough
                self.close_connection = True

    return Handler


@pytest.fixture
def home(monkeypatch, tmp_path):
    folder = tmp_path / "home"
    monkeypatch.setenv(HOME, str(folder))
    return folder


@pytest.fixture
def publisher(monkeypatch, home):
    publisher = Publisher()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(publisher))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    monkeypatch.setenv("KERAS_SEP_MIRROR", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield publisher
    server.shutdown()
    server.server_close()


@pytest.fixture
def publish(publisher, monkeypatch):
    """Serve these contents, by role, under the addresses of a preset, which gets their hashes."""

    def served(name, contents, **change):
        known = preset.all_presets()
        files = []
        for file in known[name].files:
            content = contents[file.role]
            publisher.serve(file.address, content)
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            members = dict.fromkeys(file.members)  # of no known hash
            files.append(dataclasses.replace(file, hash=digest, members=members))
        changed = {**known, name: dataclasses.replace(known[name], files=files, **change)}
        for user in ("preset", "model_file", "published_files"):
            module = sys.modules[f"keras_sep.pretrained.{user}"]
            monkeypatch.setattr(module, "all_presets", lambda: changed)
        return changed[name]

    return served
