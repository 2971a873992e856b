"""`keras-sep prepare`: decode, resample and check a data set once, into shards."""

import argparse

from keras_sep._brief import counted
from keras_sep._printable import printable, say
from keras_sep.data import prepare, verify_prepared


def run(args: argparse.Namespace) -> int:
    """Prepare a data set, or verify one; the exit status is 1 if shards have changed."""
    if args.verify is not None:
        if args.data is not None or args.out is not None:
            raise ValueError("--verify only reads shards: leave out DATA and --out")
        problems = verify_prepared(args.verify)
        if problems:
            say(*problems)
            bad = counted(len(problems), "file")
            say(f"{args.verify}: {bad} differ: delete what is left, and prepare the data again")
            return 1
        print(f"{printable(args.verify)}: all shards are intact")
        return 0
    if args.data is None or args.out is None:
        raise ValueError(
            "wanted: keras-sep prepare DATA --out SHARDS, or keras-sep prepare --verify SHARDS"
        )
    given = {
        "layout": args.layout,
        "sources": args.sources,
        "sample_rate_hz": args.sample_rate,
        "channels": args.channels,
        "dtype": args.dtype,
        "shard_bytes": None if args.shard_mb is None else args.shard_mb * 10**6,
        "workers": args.workers,
    }
    report = prepare(
        args.data,
        args.out,
        mixture=args.mixture,
        overwrite=args.overwrite,
        **{name: value for name, value in given.items() if value is not None},
    )
    print(*map(printable, report.lines()), sep="\n")
    print(f"{printable(args.out)}: {report.bytes / 1e9:.2f} GB, details in report.json")
    return 0
