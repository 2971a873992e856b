"""Zip archives from outside: the size of their content is bounded by the file's size."""

import os
import zipfile

LOCAL_HEADER_BYTES = 30  # before each member, and its name besides
MOST_EXPANDED = 20  # times the file's size, of compressed members together


def require_bounded(archive: zipfile.ZipFile, path: str | os.PathLike[str]) -> None:
    """Raise if members share a name or bytes, reach beyond the file, or expand too much.

    Raises:
        ValueError: With the member's name, as text to follow "Received:".
    """
    size = os.path.getsize(path)
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    starts = [member.header_offset for member in members[1:]] + [size]
    for member, after in zip(members, starts, strict=True):
        ends = member.header_offset + LOCAL_HEADER_BYTES + member.compress_size
        if member.header_offset < 0:
            raise ValueError(f"the member {member.filename!r} from before the file's beginning")
        if ends > after:
            where = "beyond the file's end" if ends > size else "into the next one"
            raise ValueError(f"the member {member.filename!r}, which reaches {where}")
    if len({member.filename for member in members}) < len(members):
        raise ValueError("two members with one name")
    expanded = sum(member.file_size for member in members)
    if expanded > MOST_EXPANDED * size:
        raise ValueError(f"{expanded} bytes in a file of {size}, packed too well to be weights")
