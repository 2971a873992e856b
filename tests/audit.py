"""What Python is made to do meanwhile, as its audit events tell."""

import contextlib
import sys

HARMFUL = {
    *("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect"),
    *("os.remove", "os.rename", "os.mkdir", "os.chmod", "shutil.rmtree"),
    *("pickle.find_class", "marshal.loads", "ctypes.dlopen"),
}
PROGRAMS = {"import", "exec", "compile"}

_watched: list[tuple[set[str], list[str]]] = []


def _hook(event, arguments):
    if not _watched:
        return
    events, seen = _watched[-1]
    mode = arguments[1] if event == "open" else None
    if event in events or (isinstance(mode, str) and set(mode) & set("wax+")):
        seen.append(f"{event} {arguments[:2]}")


sys.addaudithook(_hook)


@contextlib.contextmanager
def nothing_done(events=HARMFUL):
    """Fail where one of these events was seen within, or a file opened for writing."""
    seen: list[str] = []
    _watched.append((events, seen))
    try:
        yield
    finally:
        _watched.pop()
    assert not seen
