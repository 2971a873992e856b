"""The page of the app, in Gradio."""

import html
from pathlib import Path
from typing import Any
from urllib.parse import quote

from keras_sep._brief import one_line
from keras_sep._printable import printable
from keras_sep._tensorflow import tensorflow_errors
from keras_sep.app._too_large import PLACE
from keras_sep.app.models import Models
from keras_sep.app.results import Results
from keras_sep.app.separate_upload import Song, separate_upload
from keras_sep.app.settings import AppSettings

TITLE = "Separate a song"
CSS = """
.gradio-container { max-width: 1080px !important; margin: 0 auto !important; }
#result, #result > * { padding-left: 0 !important; padding-right: 0 !important; }
#result iframe { width: 100%; border: 0; display: block; }
.problem { color: #b3261e !important; font-weight: 600 !important; }
#too-large:empty { display: none; }
#result ul { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; padding: 0; }
#result li { margin: 0; }
#result li a { display: inline-block; padding: 8px 14px; border: 1px solid currentColor;
               border-radius: 7px; text-decoration: none; color: inherit; }
#result li a:hover { text-decoration: underline; }
@media (prefers-color-scheme: dark) { .problem { color: #ff9a8f !important; } }
"""
_LANE_PIXELS = 118  # of the player, before it is there to be measured
_REST_PIXELS = 420
# the frame has the height of its page, also when lanes wrap on a turned phone
_GROW = (
    "const frame = this, page = frame.contentDocument.documentElement;"
    "const grow = () => { frame.style.height = page.querySelector('body').offsetHeight + 'px'; };"
    "grow(); new ResizeObserver(grow).observe(page.querySelector('body'));"
)


def page(gradio: Any, models: Models, results: Results, settings: AppSettings) -> Any:
    """Build the page: a song and a model in, players and files out.

    Args:
        gradio: The module.
        models: Choices.
        results: Where songs and stems are kept.
        settings: Limits.
    """

    def separate(upload: str | None, model: str, progress: Any = gradio.Progress()) -> str:  # noqa: B008
        if not upload:
            return _problem("Choose a song first.")
        return separated(upload, model, models, results, settings, progress)

    with gradio.Blocks(title=TITLE, analytics_enabled=False) as blocks:
        gradio.HTML(
            f"<h1>{TITLE}</h1><p>Split a song into stems, play them in sync with solo and mute, "
            f"and download them. Songs of {html.escape(settings.in_words())}; songs and stems are "
            f"deleted after {settings.keep_minutes:g} minutes.</p>{PLACE}"
        )
        song = gradio.File(label=f"Song, {settings.in_words()}", type="filepath")
        labels = models.labels()
        model = gradio.Dropdown(
            labels, value=labels[0][1], label="Model", interactive=len(labels) > 1
        )
        button = gradio.Button("Separate", variant="primary")
        result = gradio.HTML("", elem_id="result")
        button.click(
            separate,
            [song, model],
            result,
            concurrency_limit=1,
            api_visibility="private",
            show_progress_on=[result],
        )
    blocks.queue(max_size=settings.max_waiting, default_concurrency_limit=1)
    return blocks


def separated(
    upload: str, model: str, models: Models, results: Results, settings: AppSettings, progress: Any
) -> str:
    """Separate an upload, and return what the page then shows: the player, or what went wrong.

    Args:
        upload: Path of the upload.
        model: Name of one of the choices.
        models: Choices.
        results: Where songs and stems are kept.
        settings: Limits.
        progress: Function of the share that is done, with the argument `desc`.
    """
    path = Path(upload).resolve()
    if not path.is_relative_to(results.uploads) or not path.is_file():
        return _problem("The song is no longer available: choose it again.")
    token, folder = results.new()
    try:
        with models.lock:
            progress(0.0, desc="Loading the model")
            song = separate_upload(
                models.load(model),
                path,
                folder,
                settings,
                lambda share, words: progress(share, desc=words),
            )
    except (ValueError, OSError, ImportError, MemoryError, *tensorflow_errors()) as error:
        results.discard(token)
        return _problem(one_line(error, 600))
    except BaseException:
        results.discard(token)
        raise
    results.done(token)
    return _song_html(song, token, settings)


def _problem(text: str) -> str:
    return f'<p class="problem" role="alert">{html.escape(printable(text))}</p>'


def _song_html(song: Song, token: str, settings: AppSettings) -> str:
    """The player in a frame, and links to the files."""
    name = html.escape(song.name)
    place = f"results/{token}"
    links = [(song.archive, "All stems (zip)", f"{song.name}.zip")]
    links += [(file, stem, f"{song.name} - {file.name}") for stem, file in song.stems.items()]
    items = "".join(
        f'<li><a href="{place}/{quote(file.name)}" download="{html.escape(saved)}">'
        f"{html.escape(words)}</a></li>"
        for file, words, saved in links
    )
    notes = [printable(note) for note in song.notes]
    if song.license:
        notes.append(f"Licence of the weights: {printable(song.license)}")
    notes.append(f"Deleted after {settings.keep_minutes:g} minutes.")
    height = _REST_PIXELS + _LANE_PIXELS * (len(song.stems) + 1)
    return (
        f'<iframe src="{place}/{quote(song.page.name)}" title="Player of {name}" '
        f'style="height: {height}px" onload="{html.escape(_GROW)}"></iframe>'
        f"<h2>Download</h2><ul>{items}</ul>"
        + "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    )
