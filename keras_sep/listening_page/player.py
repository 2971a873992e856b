"""The markup of the player, of the listening page and of the page for browsers."""

import html
from collections.abc import Iterable

from keras_sep.plots import WAVEFORM_SIZE

VIEWS = {"spectrogram": "Spectrogram", "waveform": "Waveform", "mask": "Mask"}


def player_html(title: str, seconds: float, lanes: str, views: Iterable[str]) -> str:
    """Return a player.

    Args:
        title: Name of what is played, for screen readers.
        seconds: Length in seconds.
        lanes: Its lanes, as of `lane_html`, or what will hold them.
        views: Names in `VIEWS` of the pictures to choose from, the first of which is shown.
    """
    title, views = html.escape(title), [*views]
    buttons = "".join(
        f'<button type="button" class="view" data-view="{view}" '
        f'aria-pressed="{"true" if view == views[0] else "false"}">{VIEWS[view]}</button>'
        for view in views
    )
    return (
        f'<div class="card mixer" role="group" tabindex="-1" aria-label="Player: {title}" '
        f'data-seconds="{seconds:.3f}" data-view="{views[0]}"><div class="transport">'
        f'<button type="button" class="play" aria-label="Play or pause: {title}">'
        f'Play</button><input type="range" class="seek" min="0" max="{seconds:.3f}" step="0.1" '
        f'value="0" aria-label="Position in {title}"><output aria-live="off">0:00</output></div>'
        f'<div class="views" role="group" aria-label="Pictures">{buttons}</div>'
        f'{lanes}<p class="problem" role="alert"></p></div>'
    )


def lane_html(
    label: str,
    title: str,
    picture: str,
    *,
    note: str = "",
    key: int = 0,
    muted: bool = False,
    masked: bool = False,
    attributes: str = "",
    more: str = "",
) -> str:
    """Return a row of a player: name, buttons, picture with a moving cursor.

    Args:
        label: Name of the sound.
        title: The same for screen readers, with what it is a sound of.
        picture: Markup of the pictures.
        note: Short text beside the name. Default "".
        key: Number of the key that plays it alone; 0 for none. Default 0.
        muted: Whether it begins silent. Default False.
        masked: Whether a mask is among the pictures. Default False.
        attributes: Further attributes of the row. Default "".
        more: Further buttons. Default "".
    """
    label, title = html.escape(label), html.escape(title)
    note = f'<span class="note">{html.escape(note)}</span>' if note else ""
    shortcut = f'<kbd class="keys">{key}</kbd>' if 0 < key < 10 else ""
    return (
        f'<div class="lane" role="group" tabindex="0" aria-label="{title}" '
        f'aria-keyshortcuts="S M"{attributes and f" {attributes}"}>'
        f'<div><div class="name">{shortcut}<b>{label}</b>{note}</div><div class="knobs">'
        f'<button type="button" class="mute" aria-label="Mute {label}" '
        f'aria-pressed="{"true" if muted else "false"}">Mute</button>'
        f'<button type="button" class="solo" aria-label="Solo {label}" aria-pressed="false">Solo'
        f'</button>{more}<input type="range" class="volume" min="0" max="1" step="0.01" value="1" '
        f'aria-label="Volume of {label}"></div></div>'
        f'<div class="picture{" masked" if masked else ""}">{picture}'
        '<span class="cursor"></span></div></div>'
    )


def waveform_html(title: str, path: str) -> str:
    """Return the picture of a waveform, with the path of `plots.WaveformPicture`."""
    width, height = WAVEFORM_SIZE
    return (
        f'<svg class="waveform" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'role="img" aria-label="Waveform: {html.escape(title)}"><path d="{path}"/></svg>'
    )
