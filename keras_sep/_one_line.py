"""What went wrong, in one line for a user."""

import reprlib

MOST_CHARACTERS = 300
shown = reprlib.Repr().repr  # of any value: short, and done in no time however values are nested


def one_line(error: BaseException | str, most: int = MOST_CHARACTERS) -> str:
    """The text of an error on one line, shortened in its middle; its class where it has no text."""
    text = " ".join(str(error)[: 100 * most].split()) or type(error).__name__
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    half = most // 2
    return text if len(text) <= most else f"{text[:half]} ... {text[-half:]}"
