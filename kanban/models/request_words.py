"""The words of requests: tidied, kept to lengths a person can read, and cleared of the name of an erased person."""

import re
import unicodedata

from kanban.errors import Invalid
from kanban.models.stakeholder import FORMER

TITLE_AT_MOST = 200
WORDS_AT_MOST = 5000


def read_request(title: str, body: str) -> tuple[str, str]:
    """The tidied title, one line, and the words below it; Invalid names the fields that can't be used."""
    line, words, errors = " ".join(title.replace("\x00", "").split()), _plain(body), {}
    if not line:
        errors["title"] = "Say in a line what you need."
    elif len(line) > TITLE_AT_MOST:
        errors["title"] = f"A title can have at most {TITLE_AT_MOST} characters; put the rest below."
    if len(words) > WORDS_AT_MOST:
        errors["body"] = f"At most {WORDS_AT_MOST:,} characters fit here."
    if errors:
        raise Invalid(errors)
    return line, words


def read_words(words: str) -> str:
    """The tidied words that go with a decision or a judgement; Invalid if they are too long."""
    text = _plain(words)
    if len(text) > WORDS_AT_MOST:
        raise Invalid({"words": f"At most {WORDS_AT_MOST:,} characters fit here."})
    return text


def without(text: str, name: str, email: str) -> str:
    """The text with every occurrence of this address, and of this name as whole words, replaced.

    Case and Unicode normalisation make no difference.
    """
    whole, name = unicodedata.normalize("NFC", text), unicodedata.normalize("NFC", name)
    left = re.sub(re.escape(email), "…", whole, flags=re.IGNORECASE)
    left = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", FORMER, left, flags=re.IGNORECASE)
    return text if left == whole else left


def _plain(words: str) -> str:
    return words.replace("\x00", "").replace("\r\n", "\n").strip()
