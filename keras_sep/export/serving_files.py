"""Files with which a server runs everything in a folder of models."""

import os
from functools import partial
from pathlib import Path

from keras_sep._printable import printable
from keras_sep._whole_files import replace_whole

MODELS = "models.config"
# What the server calls batching is its only queue: without it, all requests run at the same time.
BATCHING = """\
# One row of one request at a time. Requests are never joined: those of unequal length cannot be,
# and padding would change what a network makes of them.
max_batch_size { value: 256 }  # rows of a request
max_execution_batch_size { value: 1 }
enable_large_batch_splitting { value: true }
batch_timeout_micros { value: 0 }

# Separations at the same time, each of which uses all cores and the memory of a block.
num_batch_threads { value: 2 }

# Rows that wait. Further requests are refused as UNAVAILABLE; keras_sep.client sends them again.
max_enqueued_batches { value: 64 }
"""
MONITORING = """\
# Counts and latencies for Prometheus, on the port of REST:
# http://localhost:8501/monitoring/prometheus/metrics
prometheus_config {
  enable: true
  path: "/monitoring/prometheus/metrics"
}
"""
COMPOSE = """\
# docker compose up
services:
  serving:
    image: tensorflow/serving  # for production, add the tag of a release
    ports:
      - "8500:8500"  # gRPC
      - "8501:8501"  # REST, and monitoring
    volumes:
      - ./:/models:ro
    command:
      - --model_config_file=/models/models.config
      - --model_config_file_poll_wait_seconds=60
      - --enable_batching=true
      - --batching_parameters_file=/models/batching_parameters.txt
      - --monitoring_config_file=/models/monitoring.config
      - --rest_api_timeout_in_ms=600000
    restart: unless-stopped
"""
KEPT = {
    "batching_parameters.txt": BATCHING,
    "monitoring.config": MONITORING,
    "compose.yaml": COMPOSE,
}


def serving_files(folder: str | os.PathLike) -> list[Path]:
    """Write what TensorFlow Serving needs to serve every model in a folder.

    `models.config` lists the models, and is written anew each time; the server reads it again every
    minute. `batching_parameters.txt`, `monitoring.config` and `compose.yaml`, for `docker compose
    up`, are yours to change, and written only if they are not there.

    Args:
        folder: Folder of the models, `<folder>/<name>/<version>/`, such as `saved_models`.

    Returns:
        The files that were written.

    Raises:
        ValueError: If there is no model, or a file cannot be written.

    Example:

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "band" / "1").mkdir(parents=True)
    >>> (folder / "band" / "1" / "saved_model.pb").touch()
    >>> [file.name for file in serving_files(folder)]
    ['models.config', 'batching_parameters.txt', 'monitoring.config', 'compose.yaml']
    >>> [file.name for file in serving_files(folder)]
    ['models.config']
    """
    folder = Path(folder)
    versions = [path.parent for path in folder.glob("*/*/saved_model.pb")]
    names = sorted({path.parent.name for path in versions if path.name.isdecimal()})
    if not names:
        raise ValueError(
            f"{printable(folder)}: contains no model; `keras-sep export` writes them as "
            "<name>/<version>/"
        )
    files = {MODELS: _models(names)} | KEPT
    written = [folder / name for name in files if name == MODELS or not (folder / name).exists()]
    for path in written:
        replace_whole(path, partial(Path.write_text, data=files[path.name], encoding="utf-8"))
    return written


def _models(names: list[str]) -> str:
    entries = "".join(
        f"  config {{\n    name: {_quoted(name)}\n    base_path: {_quoted(f'/models/{name}')}\n"
        '    model_platform: "tensorflow"\n  }\n'
        for name in names
    )
    return f"# Written by keras-sep export --serving.\nmodel_config_list {{\n{entries}}}\n"


def _quoted(text: str) -> str:
    """A string of a text proto; other than ASCII as its bytes."""
    escaped = (
        chr(byte) if 31 < byte < 127 and byte not in b'\\"' else f"\\{byte:03o}"
        for byte in text.encode()
    )
    return f'"{"".join(escaped)}"'
