"""The name of a target's layers."""

import re


def layer_name(target: str) -> str:
    """The target as layers can be named after it."""
    name = re.sub(r"[^\w.-]", "_", str(target), flags=re.ASCII)
    return name if name[:1].isalnum() else f"target{name}"
