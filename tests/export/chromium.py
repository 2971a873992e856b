"""Chromium without a window, driven through the pipe of its DevTools protocol."""

import base64
import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def chromium():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


# reads from the pipe 3, writes to the pipe 4
_LAUNCH = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(pipes[0], 3)
os.dup2(pipes[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Tab:
    """A page of a browser, in one session of the protocol.

    Args:
        program: Path of Chromium.
        downloads: Folder for what the page saves.
    """

    def __init__(self, program, downloads):
        self.problems = []  # exceptions, errors on the console, files that did not come
        self.addresses = []  # of requests
        self._answers, self._number = Queue(), 0
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        ours_in, its_out = os.pipe()
        its_in, ours_out = os.pipe()
        command = [
            *(sys.executable, "-c", _LAUNCH, str(its_in), str(its_out), program, "--headless"),
            *("--remote-debugging-pipe", f"--user-data-dir={self._profile.name}"),
            *("--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio"),
            "--autoplay-policy=no-user-gesture-required",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "about:blank",
        ]
        self._process = subprocess.Popen(
            command, pass_fds=(its_in, its_out), stderr=subprocess.DEVNULL, start_new_session=True
        )
        os.close(its_in)
        os.close(its_out)
        self._in, self._out = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb", buffering=0)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._session = None
        try:
            self._begin(downloads)
        except BaseException:
            self.close()
            raise

    def _begin(self, downloads):
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        attached = self._send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Runtime", "Page", "Log", "Network", "DOM"):
            self._send(f"{domain}.enable")
        allowed = {"behavior": "allow", "downloadPath": str(downloads)}
        self._send("Browser.setDownloadBehavior", session=None, **allowed)

    def open(self, address):
        """Go to an address, and return when its document has taken the place of the last one."""
        loader = self._send("Page.navigate", url=address).get("loaderId")
        end = time.monotonic() + 30
        while (
            loader and loader != self._send("Page.getFrameTree")["frameTree"]["frame"]["loaderId"]
        ):
            assert time.monotonic() < end, f"{address} does not come; {self.problems}"
            time.sleep(0.02)

    def run(self, script):
        """The value of an expression, awaited if it is a promise."""
        found = self._send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def look(self, width, height=900, dark=False, still=False):
        """Give the page a window of this size, and the settings of its reader."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = {"color-scheme": dark and "dark", "reduced-motion": still and "reduce"}
        self._send(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": f"prefers-{name}", "value": value or ""}
                for name, value in features.items()
            ],
        )

    def press(self, key, code=None, text=""):
        """Press and release a key, such as "ArrowDown", "s" or " "."""
        named = {"key": key, "code": code or key, "text": text or (key if len(key) == 1 else "")}
        self._send("Input.dispatchKeyEvent", type="keyDown", **named)
        self._send("Input.dispatchKeyEvent", type="keyUp", **named)

    def picture(self):
        """A PNG of the whole page."""
        found = self._send("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(found["data"])

    def choose(self, selector, path):
        """Put a file into an input, as if it had been chosen."""
        root = self._send("DOM.getDocument")["root"]["nodeId"]
        node = self._send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._send("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def accessible(self):
        """Roles and names of what assistive technology is told of."""
        nodes = self._send("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node["ignored"]
        ]

    def wait(self, script, seconds=120.0):
        """Wait until an expression is true, and return it."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.run(script)
            except AssertionError as error:  # also while one page follows another
                problem = error
            else:
                if value:
                    return value
                problem = value
            assert time.monotonic() < end, f"{script} stays {problem!r}; {self.problems}"
            time.sleep(0.1)

    def close(self):
        with contextlib.suppress(OSError, AssertionError):
            self._send("Browser.close", session=None)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()
        self._out.close()
        self._reader.join(10)
        self._in.close()
        self._profile.cleanup()

    def _send(self, method, session="own", **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session == "own" and self._session is not None:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            try:
                answer = self._answers.get(timeout=120)
            except Empty:
                raise AssertionError(f"no answer to {method}") from None
            if answer is None:
                raise AssertionError(f"Chromium ended at {method}")
            if answer["id"] == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _read(self):
        pending = b""
        while piece := os.read(self._in.fileno(), 1 << 16):
            *messages, pending = (pending + piece).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self._answers.put(message)
                else:
                    self._note(message["method"], message["params"])
        self._answers.put(None)

    def _note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.addresses.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(params["exceptionDetails"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.problems.append(params["args"])


@contextlib.contextmanager
def served(folder, headers=()):
    """A server of static files: yields its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def end_headers(self):
            for name, value in dict(headers).items():
                self.send_header(name, value)
            super().end_headers()

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
