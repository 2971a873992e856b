"""Downloads: whole or not at all, checked, resumed, and never by two at once."""

import contextlib
import errno
import hashlib
import threading

import pytest

from keras_sep.pretrained import _cache, _download
from keras_sep.pretrained._download import Unreachable, download
from keras_sep.pretrained.preset import Original

ADDRESS = "https://weights.example.org/of%20a/net.th"
PLACE = "weights.example.org/of a/net.th"
CONTENT = bytes(range(256)) * 3000  # several chunks


def original(content=CONTENT, digits=64):
    return Original(ADDRESS, f"sha256:{hashlib.sha256(content).hexdigest()[:digits]}", 0.8)


@pytest.fixture
def served(publisher):
    publisher.files["weights.example.org/of%20a/net.th"] = CONTENT
    return publisher


@pytest.mark.parametrize("digits", [64, 8])
def test_a_file_is_fetched_once_and_kept(served, home, digits):
    path = download(original(digits=digits))
    assert path == home / "downloads" / PLACE
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    served.files.clear()
    assert download(original()) == path
    assert len(served.asked) == 1


@pytest.mark.fault
@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_download_goes_on(served, ranges):
    served.ranges = ranges
    served.cuts = [3 << 16, 5 << 16]
    assert download(original()).read_bytes() == CONTENT
    assert [start for _, start in served.asked] == [0, 3 << 16, (8 if ranges else 5) << 16]


@pytest.mark.fault
def test_what_a_stopped_process_left_is_gone_on_with(served, home):
    path = _cache.original_file(ADDRESS)
    path.parent.mkdir(parents=True)
    part = path.with_name("net.th.part")
    part.write_bytes(CONTENT[:1000])
    assert download(original()).read_bytes() == CONTENT
    assert [start for _, start in served.asked] == [1000]
    path.unlink()
    part.write_bytes(b"of another version")  # nothing of it is kept
    assert download(original()).read_bytes() == CONTENT
    assert not part.exists()
    path.unlink()
    part.write_bytes(CONTENT)  # whole, but not yet moved
    assert download(original()).read_bytes() == CONTENT


@pytest.mark.fault
def test_a_connection_that_brings_nothing_is_given_up(served, home):
    served.cuts = [1 << 16, 0, 0]
    with pytest.raises(Unreachable, match=r"not downloaded \("):
        download(original())
    assert len(served.asked) == 2
    assert [path.stat().st_size for path in home.rglob("*.part")] == [1 << 16]  # to go on from


@pytest.mark.fault
def test_another_hash_is_never_read(served, home):
    with pytest.raises(Unreachable) as error:
        download(original(b"the true ones"))
    text = str(error.value)
    assert "what it sends has another hash" in text
    assert f"its SHA256 is {hashlib.sha256(b'the true ones').hexdigest()}" in text
    assert str(home / "downloads" / PLACE) in text
    assert len(text.splitlines()) == 1
    assert list((home / "downloads").rglob("*.th*")) == []


@pytest.mark.fault
def test_a_file_put_there_by_hand_is_checked(served, home):
    path = _cache.original_file(ADDRESS)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert download(original()) == path
    assert not served.asked
    path.write_bytes(CONTENT[:-1])
    assert download(original()).read_bytes() == CONTENT
    assert len(served.asked) == 1


@pytest.mark.fault
@pytest.mark.parametrize("status", [404, 503])
def test_what_a_server_refuses(served, status):
    served.status = status
    with pytest.raises(Unreachable, match=f"HTTP {status}"):
        download(original(digits=8))


@pytest.mark.fault
def test_without_a_network_it_is_said_what_to_put_where(home, monkeypatch):
    monkeypatch.delenv("KERAS_SEP_MIRROR", raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):  # a proxy is asked, if it is of no use
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(Unreachable) as error:
        download(original(digits=8))
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    assert str(error.value) == (
        f"{ADDRESS}: not downloaded (no connection through the proxy). Try again, or put the file "
        f"at {home / 'downloads' / PLACE}: its SHA256 begins with {digits}"
    )


@pytest.mark.fault
def test_an_endless_answer_ends(served, home, monkeypatch):
    monkeypatch.setattr(_download, "MOST_BYTES", 1 << 20)
    served.endless = True
    with pytest.raises(Unreachable, match="more than 1 MiB"):
        download(original())
    assert list((home / "downloads").rglob("*.th*")) == []


@pytest.mark.fault
def test_a_full_disk_is_said_and_cleared(served, home, monkeypatch):
    real = _download._opened

    class Full:
        def __init__(self, file):
            self.file = file

        def tell(self):
            return self.file.tell()

        def write(self, chunk):
            if self.file.tell():
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(chunk)

    class Opened:
        def __init__(self, *given):
            self.real = real(*given)

        def __enter__(self):
            return Full(self.real.__enter__())

        def __exit__(self, *given):
            return self.real.__exit__(*given)

    monkeypatch.setattr(_download, "_opened", Opened)
    with pytest.raises(ValueError, match=r"net\.th\.part: not written \(No space left on device\)"):
        download(original())
    assert list((home / "downloads").rglob("*.th*")) == []


@pytest.mark.fault
def test_of_two_at_once_one_fetches(served, home):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(download(original()).read_bytes()))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [CONTENT] * 3
    assert len(served.asked) == 1


@pytest.mark.fault
def test_whoever_waits_for_another_process_is_told(home, monkeypatch):
    told = []
    monkeypatch.setattr(
        _cache, "waiting", lambda text: told.append(text) or contextlib.nullcontext()
    )
    path = _cache.original_file(ADDRESS)
    with _cache.only_process(path):
        assert not told
        with contextlib.ExitStack() as other:
            monkeypatch.setattr(_cache.time, "sleep", lambda _: other.close())
            other.enter_context(_cache.lock(path.with_name("else.th.lock")))
            with _cache.only_process(path.with_name("else.th")):
                assert told == ["another process works on else.th"]
