"""How sentences about facts get into the reader's language."""

from typing import Any, Protocol


class Gettext(Protocol):
    """Translates a sentence and fills in its named values."""

    def __call__(self, string: str, **variables: Any) -> str: ...


def plain(string: str, **variables: Any) -> str:
    """The sentence in English, with its values filled in."""
    return string % variables if variables else string
