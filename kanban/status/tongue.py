"""How sentences about facts come into the reader's language."""

from typing import Any, Protocol


class Gettext(Protocol):
    """Translates a sentence and fills in its named values."""

    def __call__(self, string: str, **variables: Any) -> str: ...


def plain(string: str, **variables: Any) -> str:
    """The sentence in English."""
    return string % variables if variables else string
