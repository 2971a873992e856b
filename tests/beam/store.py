"""An object store for Beam that is a folder: files of it have no paths of this machine."""

import os

from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem, MatchResult
from apache_beam.io.localfilesystem import LocalFileSystem

SCHEME = "shelf"


class Shelf(FileSystem):
    """`shelf://bucket/name` is the file `bucket/name` below `root`, which a test sets."""

    root = ""
    most_bytes = None  # after which writing fails, as where a quota ends

    def __init__(self, pipeline_options=None):
        super().__init__(pipeline_options)
        self.disk = LocalFileSystem(pipeline_options)

    @classmethod
    def scheme(cls):
        return SCHEME

    def there(self, path):
        assert path.startswith(f"{SCHEME}://")
        return os.path.join(self.root, path.removeprefix(f"{SCHEME}://"))

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        return tuple(path.rsplit("/", 1))

    def mkdirs(self, path):
        raise BeamIOError("a store has no folders")

    def has_dirs(self):
        return False

    def _list(self, dir_or_prefix):
        for folder, _, names in os.walk(self.root):
            for name in names:
                file = os.path.join(folder, name)
                path = f"{SCHEME}://{os.path.relpath(file, self.root)}"
                if path.startswith(dir_or_prefix):
                    yield FileMetadata(path, os.path.getsize(file), os.path.getmtime(file))

    def create(self, path, mime_type="", compression_type="auto"):
        file = self.disk.create(self.there(path), mime_type, compression_type)
        return file if self.most_bytes is None else Full(file, self.most_bytes)

    def open(self, path, mime_type="", compression_type="auto"):
        return self.disk.open(self.there(path), mime_type, compression_type)

    def copy(self, source_file_names, destination_file_names):
        self.disk.copy(
            [*map(self.there, source_file_names)], [*map(self.there, destination_file_names)]
        )

    def rename(self, source_file_names, destination_file_names):
        self.disk.rename(
            [*map(self.there, source_file_names)], [*map(self.there, destination_file_names)]
        )

    def exists(self, path):
        return self.disk.exists(self.there(path))

    def size(self, path):
        return self.disk.size(self.there(path))

    def last_updated(self, path):
        return self.disk.last_updated(self.there(path))

    def checksum(self, path):
        return self.disk.checksum(self.there(path))

    def metadata(self, path):
        found = self.disk.metadata(self.there(path))
        return FileMetadata(path, found.size_in_bytes, found.last_updated_in_seconds)

    def delete(self, paths):
        found: list[MatchResult] = self.match(paths)  # of patterns, as in Beam's own
        for result in found:
            for data in result.metadata_list:
                os.remove(self.there(data.path))


class Full:
    """A file that takes so many bytes and no more; what it took appears when it is closed."""

    def __init__(self, file, most_bytes):
        self.file, self.left = file, most_bytes

    def write(self, content):
        self.left -= len(content)
        if self.left < 0:
            raise OSError(28, "No space left on device")
        return self.file.write(content)

    def close(self):
        self.file.close()
