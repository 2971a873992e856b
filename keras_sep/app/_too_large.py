"""What the page says of a file that is too large, before any of it is sent."""

import json

from keras_sep.app.settings import AppSettings

PLACE = '<p id="too-large" class="problem" role="alert"></p>'

# ahead of Gradio's own listeners, which would send the file, or speak of binary kilobytes
_SCRIPT = """<script>
(() => {
  const most = MOST, words = WORDS;
  const refuse = (event, files) => {
    const place = document.querySelector('#too-large');
    const large = [...files].find((file) => file.size > most);
    if (place) place.textContent = '';
    if (!large || !place) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    place.textContent = words.replace('SIZE', (large.size / 1e6).toFixed(1));
    return true;
  };
  window.addEventListener('change', (event) => {
    const input = event.target;
    // emptied, so that the same file can be chosen again
    if (input.type === 'file' && refuse(event, input.files)) input.value = '';
  }, true);
  window.addEventListener('drop', (event) => {
    if (refuse(event, event.dataTransfer?.files ?? []))
      event.target.dispatchEvent(new DragEvent('dragleave', { bubbles: true }));
  }, true);
})();
</script>"""


def most_bytes(settings: AppSettings) -> int:
    """Size of the largest file."""
    return round(1e6 * settings.max_megabytes)


def too_large(megabytes: str, settings: AppSettings) -> str:
    """Say that a file is too large, and what to do.

    Args:
        megabytes: Its size.
        settings: Limits.
    """
    return (
        f"The file is {megabytes} MB, and this page accepts at most {settings.max_megabytes:g} MB: "
        "compress it, or use keras-sep separate, which accepts any size."
    )


def script(settings: AppSettings) -> str:
    """The script that says so in `PLACE`, for the head of the page."""
    words = json.dumps(too_large("SIZE", settings))
    return _SCRIPT.replace("MOST", str(most_bytes(settings))).replace("WORDS", words)
