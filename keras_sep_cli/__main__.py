"""`python -m keras_sep_cli`, for when the console script is not installed."""

import sys

from keras_sep_cli import main

sys.exit(main())
