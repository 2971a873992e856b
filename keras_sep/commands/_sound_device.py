"""What PortAudio knows of a sound device, and the rate at which it runs."""

from typing import Any

from keras_sep_cli.sound_devices import sounddevice


def sound_device(device: Any, way: str) -> dict[str, Any]:
    """What PortAudio knows of a device.

    Args:
        device: Its number, a part of its name, or "default".
        way: "input" or "output".

    Raises:
        ValueError: If there is no such device, or it cannot be told from others.
    """
    library = sounddevice()
    try:
        info = library.query_devices(None if device == "default" else device, way)
    except (ValueError, library.PortAudioError) as error:
        text = " ".join(str(error).split())
        raise ValueError(
            f"--{way}: {text}. `--devices` lists the sound devices; files go "
            "through standard input and output"
        ) from None
    if info[f"max_{way}_channels"] < 1:
        raise ValueError(f"--{way}: {info['name']} has none. `--devices` lists the sound devices")
    return info


def rate_of(info: dict[str, Any], way: str, channels: int, rate_hz: int) -> int:
    """The model's rate, or that of the device where it cannot run at the model's.

    Args:
        info: `sound_device`.
        way: "input" or "output".
        channels: Number of channels that the device is to have.
        rate_hz: Sample rate of the model in Hz.

    Raises:
        ValueError: If the device runs at neither.
    """
    library = sounddevice()
    check = getattr(library, f"check_{way}_settings")
    own_hz = round(info["default_samplerate"])
    said = None
    for rate in (rate_hz, own_hz):
        try:
            check(device=info["index"], channels=channels, dtype="float32", samplerate=rate)
        except library.PortAudioError as error:
            said = error
        else:
            return rate
    raise ValueError(
        f"--{way}: {info['name']} runs neither at {rate_hz} Hz, the rate of the model, nor at "
        f"{own_hz} Hz, its own, with {channels} channels ({said})"
    )


def opened(kind: str, info: dict[str, Any], **settings: Any) -> Any:
    """A stream of sounddevice, of the class `kind`.

    Raises:
        ValueError: If the device refuses, as one that another program holds does.
    """
    library = sounddevice()
    try:
        return getattr(library, kind)(device=info["index"], dtype="float32", **settings)
    except library.PortAudioError as error:
        raise ValueError(f"the sound device {info['name']} cannot be opened ({error})") from None
