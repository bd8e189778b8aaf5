"""A search that found nothing, as it was perhaps meant: the words that begin no word of a title, one slip of the hand
away from one that does."""

import re
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Item, Member, User
from kanban.models.search_index import fold
from kanban.reads.search.inquiry import Inquiry

_MOST_TITLES, _MOST_WORDS, _SHORTEST = 20_000, 5, 4


def meant(session: orm.Session, user: User, inquiry: Inquiry) -> Inquiry | None:
    """The same with its mistyped words as titles that the person may see have them, most often; None if none is. One
    query, which reads every such title: only for what found nothing."""
    words = [word for word in inquiry.words[:_MOST_WORDS] if len(word) >= _SHORTEST and not word.isdecimal()]
    times = _known(session, user) if words else Counter[str]()
    known = {"".join(fold(word)): word for word in times}
    instead = {word: found for word in words if (found := _nearest(word, known, times))}
    if not instead:
        return None
    return Inquiry.read(_WORD.sub(lambda part: instead.get("".join(fold(part[0])), part[0]), inquiry.asked))


_WORD = re.compile(r"\w+")


def _known(session: orm.Session, user: User) -> Counter[str]:
    """The words of the newest titles in small letters, with how often they stand there."""
    mine = sa.select(Member.product_id).where(Member.user_id == user.id)
    query = sa.select(Item.title).where(Item.product_id.in_(mine), Item.discarded_at.is_(None))
    titles = session.scalars(query.order_by(Item.id.desc()).limit(_MOST_TITLES))
    return Counter(_WORD.findall("\n".join(titles).lower()))


def _nearest(asked: str, known: Mapping[str, str], times: Mapping[str, int]) -> str | None:
    """The most frequent of the known words that begins as asked but for one slip; None if one begins exactly so."""
    listed = "\n".join(known)
    if listed.startswith(asked) or f"\n{asked}" in listed:
        return None
    found = [known[plain] for plain in _slipped(asked).findall(listed)]
    return max(found, key=lambda word: (times[word], word), default=None)


def _slipped(asked: str) -> re.Pattern[str]:
    """Words that begin as asked, once a letter is taken for another, left out, put in, or changes places with the
    next."""
    halves = [(asked[:at], asked[at:]) for at in range(len(asked))]
    ways = [way for before, after in halves for way in (f"{before}.?{after[1:]}", f"{before}.{after}")]
    ways += [f"{before}{after[1]}{after[0]}{after[2:]}" for before, after in halves[:-1]]
    return re.compile(f"^(?:{'|'.join(ways)}).*$", re.MULTILINE)
