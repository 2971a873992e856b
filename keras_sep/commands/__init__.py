"""The commands of `keras-sep`; `keras_sep_cli` parses the arguments and calls `run(args)`."""
