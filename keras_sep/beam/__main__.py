"""Separate a catalogue: `python -m keras_sep.beam songs --model MODEL --out stems`.

What follows a lone `--` are options of Apache Beam, such as `--runner=DataflowRunner`.
"""

import importlib
import sys
from collections.abc import Sequence

from keras_sep._extras import require_extra
from keras_sep._printable import printable
from keras_sep.beam._options import parsed


def main(argv: Sequence[str] | None = None) -> int:
    """Run the pipeline; the status is 1 if a song, or all of it, failed."""
    args, beam_options = parsed(sys.argv[1:] if argv is None else argv)
    try:
        require_extra("A catalogue", "apache_beam", "beam")
        pipeline = importlib.import_module("keras_sep.beam._pipeline")
        return pipeline.run(args, beam_options)
    except (ValueError, ImportError) as error:
        print(f"python -m keras_sep.beam: {printable(error)}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
