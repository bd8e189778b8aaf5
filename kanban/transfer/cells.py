"""The guard that keeps a spreadsheet from running a cell as a formula: put on when writing, taken off when reading."""

import re

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guard(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would run it; `unguard` gives it back unchanged."""
    return f"'{text}" if _RISKY.match(text) else text


def unguard(text: str) -> str:
    """The text as it was before it was guarded."""
    return text[1:] if _GUARDED.match(text) else text
