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
        help="folder of the data set: <split>/<track>/<stem>.wav or .stem.mp4 (MUSDB18, "
        "Divide and Remaster), WHAM!, LibriMix, WSJ0-mix, MoisesDB, Slakh2100 or the "
        "DNS Challenge; or a CSV file with one row of paths per track",
    )
    add("--out", type=user_path, metavar="SHARDS", help="folder for the shards and the report")
    add("--verify", type=user_path, metavar="SHARDS", help="check shards against their hashes")
    add("--layout", choices=LAYOUTS, help="layout of DATA (default: detected from its folders)")
    add(
        "--sources",
        nargs="+",
        metavar="NAME",
        help="stems to store (default: all stems of each track)",
    )
    add(
        "--sample-rate",
        type=int,
        metavar="HZ",
        help="sample rate to store (default: that of most files)",
    )
    add(
        "--channels",
        type=int,
        metavar="N",
        help="number of channels to store (default: that of most files)",
    )
    add(
        "--dtype",
        choices=DTYPES,
        help="sample type: int16 stores 16-bit files exactly, float32 stores any file "
        "exactly in twice the space (default: int16)",
    )
    add(
        "--shard-mb",
        type=int,
        metavar="MB",
        help="maximum size of a shard file in MB (default: 256)",
    )
    add("--mixture", action="store_true", help="also store the mixture files")
    add(
        "--workers",
        type=int,
        metavar="N",
        help="number of tracks to process at once (default: one per processor)",
    )
    add("--overwrite", action="store_true", help="replace other prepared data in SHARDS")
