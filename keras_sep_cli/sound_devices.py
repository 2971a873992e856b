"""Sound devices: the library that reaches them, imported on use, and a list of them."""

from typing import Any

INSTALL = "pip install 'keras_sep[stream]'"


def sounddevice() -> Any:
    """The module `sounddevice`, whose absence, or that of PortAudio, is an `ImportError`."""
    try:
        import sounddevice
    except ImportError:
        raise ImportError(
            f"sound devices need the package sounddevice: install it, with `{INSTALL}`"
        ) from None
    except Exception as error:  # no library, or one that finds no sound system
        raise ImportError(
            "sound devices need the library PortAudio: install it, such as with "
            f"`apt install libportaudio2` ({error})"
        ) from None
    return sounddevice


def listed_devices() -> list[str]:
    """A heading, and a line for each sound device."""
    library = sounddevice()
    first = list(library.default.device)
    systems = [system["name"] for system in library.query_hostapis()]
    heading = ("", "", "name", "inputs", "outputs", "Hz", "input ms", "output ms")
    rows: list[tuple[str, ...]] = [heading]
    for number, device in enumerate(library.query_devices()):
        ways = [device["max_input_channels"], device["max_output_channels"]]
        late = [1000 * device[f"default_low_{way}_latency"] for way in ("input", "output")]
        rows.append(
            (
                "".join(
                    sign if number == one else " " for sign, one in zip("><", first, strict=True)
                ),
                str(number),
                f"{device['name']}, {systems[device['hostapi']]}",
                *map(str, ways),
                f"{device['default_samplerate']:.0f}",
                *(f"{ms:.0f}" if way else "" for ms, way in zip(late, ways, strict=True)),
            )
        )
    if len(rows) == 1:
        return ["there are no sound devices"]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if column == 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
