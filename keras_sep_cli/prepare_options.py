"""The options of `keras-sep prepare`."""

import argparse

from keras_sep_cli.words import user_path

LAYOUTS = ("tracks", "mixtures", "moisesdb", "slakh", "dns", "csv")
DTYPES = ("int16", "float32")


def prepare_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `prepare` to its parser."""
    add = command.add_argument
    add(
        "data",
        type=user_path,
        nargs="?",
        metavar="DATA",
        help="folder of the data set: <split>/<track>/<stem>.wav or .stem.mp4 (MUSDB18, Divide and "
        "Remaster), WHAM!, LibriMix, WSJ0-mix, MoisesDB, Slakh2100 or the DNS Challenge; or a CSV "
        "file of paths, one row per track",
    )
    add("--out", type=user_path, metavar="SHARDS", help="folder of the shards and the report")
    add("--verify", type=user_path, metavar="SHARDS", help="compare shards with their hashes")
    add("--layout", choices=LAYOUTS, help="layout of DATA (default: what its folders look like)")
    add(
        "--sources", nargs="+", metavar="NAME", help="stems to store (default: those of each track)"
    )
    add("--sample-rate", type=int, metavar="HZ", help="rate to store (default: that of most files)")
    add(
        "--channels", type=int, metavar="N", help="channels to store (default: those of most files)"
    )
    add(
        "--dtype",
        choices=DTYPES,
        help="type of a sample: int16 keeps 16-bit files exactly, float32 all files, in twice the "
        "space (default: int16)",
    )
    add("--shard-mb", type=int, metavar="MB", help="largest size of a file (default: 256)")
    add("--mixture", action="store_true", help="store the files of the mixtures, too")
    add("--workers", type=int, metavar="N", help="tracks at a time (default: one per processor)")
    add("--overwrite", action="store_true", help="replace other prepared data in SHARDS")
