"""Opening a file with FFmpeg, which must not open others on its behalf."""

from pathlib import Path
from typing import Any

import av

# Formats that hold audio themselves: a playlist would make FFmpeg open other files and addresses.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,dtshd,eac3,flac,flv,gsm,loas,matroska,webm,mov,"
    "mp4,mp3,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nut,ogg,oma,rm,tak,truehd,tta,voc,w64,wav,wv"
)


def open_with_ffmpeg(source: Any) -> Any:
    """Open a file for reading.

    Args:
        source: A path, or an open binary file.

    Returns:
        A container of PyAV, which closes itself as a context manager.
    """
    if isinstance(source, Path):
        source = (
            f"file:{source.absolute()}"  # with its protocol, as a name may look like an address
        )
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    return av.open(source, options=options, metadata_errors="replace")
