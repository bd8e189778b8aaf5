"""A Trello board in its JSON export, as the records of its CSV with the days on which a card came into its lists."""

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from kanban.flow.stage import QUEUE, Stage
from kanban.transfer.vocabulary import stage_of

MAX_BYTES = 10_000_000
"""Parsed, it takes about ten times as much memory."""
HEADER = (
    *("Card ID", "Card name", "Card description", "List name", "Labels", "Members", "Due date", "Created", "Started"),
    *("Finished", "Last status change", "Archived"),
)
_BEGINS = re.compile(r'\{\s*"')


def records_of(text: str) -> list[list[str]] | None:
    """Header and one record per card, in the order of lists and cards; None if the text is no Trello board."""
    if not _BEGINS.match(text) or len(text) > MAX_BYTES or '"idList"' not in text:
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    board = _Board(told)
    return [list(HEADER), *board.records()]


class _Board:
    """What a file tells; anything in it may be missing, or of another type than it should be."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.cards = [card for card in _maps(told, "cards") if not card.get("isTemplate")]
        self.lists = {_text(each, "id"): each for each in _maps(told, "lists")}
        self.members = {_text(each, "id"): each for each in _maps(told, "members")}
        self.checklists: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for each in _maps(told, "checklists"):
            self.checklists[_text(each, "idCard")].append(each)
        self.arrivals: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.archived: dict[str, str] = {}
        for action in sorted(_maps(told, "actions"), key=lambda each: _text(each, "date")):
            self._follow(action)

    def records(self) -> Iterator[list[str]]:
        places = {number: place for place, number in enumerate(self.lists)}
        last = len(places)
        for card in sorted(self.cards, key=lambda card: (places.get(_text(card, "idList"), last), _place(card))):
            number, list_id = _text(card, "id"), _text(card, "idList")
            name = _text(self.lists.get(list_id, {}), "name")
            started, finished, changed = self._days(number, list_id, stage_of(name))
            yield [
                *(number, _text(card, "name"), self._description(card), name),
                "; ".join(_text(label, "name") or _text(label, "color") for label in _maps(card, "labels")),
                "; ".join(filter(None, (self._name(each) for each in _some(card, "idMembers")))),
                *(_text(card, "due"), _made_at(number), started, finished, changed, self._gone(card, list_id)),
            ]

    def _follow(self, action: Mapping[str, Any]) -> None:
        """Take from an action to which list a card came, or that it was archived or brought back."""
        data = _map(action, "data")
        number, at = _text(_map(data, "card"), "id"), _text(action, "date")
        arrived = _text(_map(data, "listAfter"), "id")
        if _text(action, "type") in ("createCard", "copyCard", "convertToCardFromCheckItem", "moveCardToBoard"):
            arrived = _text(_map(data, "list"), "id")
        if arrived:
            self.arrivals[number].append((at, arrived))
        if "closed" in _map(data, "old"):
            self.archived[number] = at if _map(data, "card").get("closed") else ""

    def _days(self, number: str, list_id: str, stage: Stage | None) -> tuple[str, str, str]:
        """When work began, when it ended, and when the card came to its list, as far as lists and actions tell."""
        trail = [(at, stage_of(_text(self.lists.get(place, {}), "name")), place) for at, place in self.arrivals[number]]
        came = trail[-1][0] if trail and trail[-1][2] == list_id else ""
        began = [at for at, reached, _place in trail if reached is not None and reached not in QUEUE]
        is_worked_on = stage is not None and stage not in QUEUE
        ended = came if stage is Stage.DONE else ""
        return (began[0] if began and is_worked_on else "", ended, came)

    def _description(self, card: Mapping[str, Any]) -> str:
        """The text, followed by each checklist as a list of tasks."""
        parts = [_text(card, "desc")]
        for each in sorted(self.checklists[_text(card, "id")], key=_place):
            tasks = [
                f"- [{'x' if _text(item, 'state') == 'complete' else ' '}] {' '.join(_text(item, 'name').split())}"
                for item in sorted(_maps(each, "checkItems"), key=_place)
            ]
            if tasks:
                parts.append("\n".join([f"**{' '.join(_text(each, 'name').split())}**", "", *tasks]))
        return "\n\n".join(filter(None, parts))

    def _gone(self, card: Mapping[str, Any], list_id: str) -> str:
        if card.get("closed"):
            return self.archived.get(_text(card, "id")) or "true"
        return "true" if self.lists.get(list_id, {}).get("closed") else ""

    def _name(self, member: Any) -> str:
        known = self.members.get(member, {}) if isinstance(member, str) else {}
        return _text(known, "fullName") or _text(known, "username")


def _made_at(number: str) -> str:
    """When a card was made, from its id, which begins with that second."""
    if not re.fullmatch("[0-9a-f]{24}", number):
        return ""
    return dt.datetime.fromtimestamp(int(number[:8], 16), dt.UTC).isoformat()


def _place(told: Mapping[str, Any]) -> float:
    place = told.get("pos")
    return float(place) if isinstance(place, int | float) and abs(place) < 1e300 else 0.0


def _some(told: Mapping[str, Any], name: str) -> list[Any]:
    found = told.get(name)
    return found if isinstance(found, list) else []


def _maps(told: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [each for each in _some(told, name) if isinstance(each, dict)]


def _map(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Characters that JSON can hold but databases refuse or people can't read."""


def _text(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    return _NO_TEXT.sub("", found) if isinstance(found, str) else ""
