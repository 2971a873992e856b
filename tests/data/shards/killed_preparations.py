"""Prepares a folder again and again, in processes that kill themselves at the nth write."""

import os
import signal
import sys
from pathlib import Path

from keras_sep.data import prepare
from keras_sep.data.shards import _groups, _storage

root, out, *moments = sys.argv[1:]
calls = 0


def counted(function, deadly):
    """The function, after whose call of this number the process is killed."""

    def call(*arguments, **named):
        global calls
        result = function(*arguments, **named)
        calls += 1
        if calls == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


for moment in map(int, moments):
    child = os.fork()
    if not child:
        # what writes, renames and makes sure: one counter for all of them
        write = _storage.ShardWriter.write
        _storage.ShardWriter.write = counted(write, moment)
        _groups.replace_whole = counted(_groups.replace_whole, moment)
        os.replace = counted(os.replace, moment)
        os.fsync = counted(os.fsync, moment)
        os.unlink = counted(os.unlink, moment)
        prepare(root, out, dtype="float32", shard_bytes=200_000, workers=2)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(status, len(list(Path(out).glob("*.audio"))), (Path(out) / "index.json").exists())
