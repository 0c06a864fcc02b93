"""Tables written as text in the source, where an indented line continues the one before it."""

import re

_CONTINUATION = re.compile(r"\n +")


def unwrap(text: str) -> str:
    """The text with every continued line on one line, without blank lines around it."""
    return _CONTINUATION.sub(" ", text).strip()
