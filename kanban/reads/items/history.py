"""What happened to one item, from the log, in sentences for people; names are looked up when shown, never stored."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import orm

from kanban import clock, plain, translation
from kanban.formatting import file_size, short_day
from kanban.markup import Refs
from kanban.models import Event, Item, LibertyKind, Product, Question, Undated
from kanban.models.undo import PART_TAKEN_BACK, SPLIT_TAKEN_BACK
from kanban.reads.people.people import Person, people_by_id
from kanban.reads.words import cause_word, class_word, field_word, reason_word, type_word
from kanban.wording import Piece, compare

_WORDS_SHOWN = 80
_SAME_MOMENT = dt.timedelta(minutes=1)
_SHORT = 240
"""The most characters of a difference that are shown at once; a longer one is folded."""


@dataclass(frozen=True)
class Line:
    """One entry of the history; for an edit, `pieces` say what was removed and added. `refs` are the items to which
    references in the sentence link, if it holds a reason that somebody wrote."""

    at: dt.datetime
    sentence: str
    pieces: tuple[Piece, ...] = ()
    refs: Refs | None = None

    @property
    def is_long(self) -> bool:
        """Whether the difference is too long to be read in passing."""
        return sum(len(piece.text) for piece in self.pieces) > _SHORT


def tell(
    session: orm.Session,
    product: Product,
    events: list[Event],
    *,
    criteria: Mapping[int, str] | None = None,
    known: Mapping[int, Person] | None = None,
    came_in: bool = False,
) -> list[Line]:
    """The events (given oldest first) as sentences, newest first; the product's columns must be loaded.

    Two queries: questions, and people who are not `known`. `criteria` has the words that each criterion had before
    these events; `came_in` says that the item was imported from a list.
    """
    numbers = {event.data["question"] for event in events if event.data.get("question") is not None}
    people = people_by_id(session, _people_in(events), known, among=product)
    questions = _questions(session, product, numbers)
    lists = {event.version for event in events if came_in and event.kind == "created"}
    teller = _Teller(product, people, questions, dict(criteria or {}), lists)
    return [line for event in events for line in teller.lines(event)][::-1]


def newest_since(
    session: orm.Session, product: Product, version: int, *which: sa.ColumnElement[bool]
) -> tuple[str, str] | None:
    """The newest change of an item after this version, among those that `which` selects: its reference, and a sentence.

    Three queries; the product's columns must be loaded. Doesn't flush pending changes.
    """
    query = sa.select(Event, Item.number).join(Item, Item.id == Event.item_id)
    query = query.where(Event.product_id == product.id, Event.version > version, *which)
    with session.no_autoflush:
        row = session.execute(query.order_by(Event.version.desc(), Event.seq.desc()).limit(1)).first()
        lines = tell(session, product, [row[0]]) if row else []
    return (f"{product.key}-{row[1]}", lines[0].sentence) if row and lines else None


def _people_in(events: Iterable[Event]) -> set[int | None]:
    found: set[int | None] = set()
    for event in events:
        found.add(event.actor_id)
        found.add(event.data.get("person"))
        found.update(event.data.get("people", ()))
        if event.kind == "assigned":
            found.update(event.data["was"])
    return found


def _questions(session: orm.Session, product: Product, numbers: set[int]) -> dict[int, str]:
    if not numbers:
        return {}
    query = sa.select(Question.number, Question.body)
    rows = session.execute(query.where(Question.product_id == product.id, Question.number.in_(numbers)))
    return {number: plain.first_words(body, _WORDS_SHOWN) for number, body in rows}


@dataclass
class _Teller:
    """Puts events into words, one at a time and oldest first: a ticked criterion is quoted in its words of then."""

    product: Product
    people: dict[int, Person]
    questions: dict[int, str]
    criteria: dict[int, str]
    lists: set[int]

    def __post_init__(self) -> None:
        self.columns = {column.number: column.name for column in self.product.columns}

    def lines(self, event: Event) -> list[Line]:
        """Usually one line; none for an event that another event of the same command tells already."""
        if event.kind == "edited":
            return self._edited(event)
        if "criterion" in event.data and "text" in event.data:
            self.criteria[event.data["criterion"]] = event.data["text"]
        if self._is_from_list(event) and (told := _LISTED.get(event.kind)):
            return [Line(event.effective_at, told(self, event))]
        kind = "taken" if event.kind == "assigned" and event.data["people"] == [event.actor_id] else event.kind
        word = _BACK.get(event.kind, _WORDS.get(kind)) if "undoes" in event.data else _WORDS.get(kind)
        sentence = word(self, event.data, self._name(event.actor_id)) if word else None
        refs = self.product.refs if event.kind == "discarded" else None
        return [Line(event.effective_at, sentence, refs=refs)] if sentence else []

    def _edited(self, event: Event) -> list[Line]:
        who = self._name(event.actor_id)
        return [
            Line(
                event.effective_at,
                _("%(who)s undid a change to %(field)s", who=who, field=field_word(field))
                if "undoes" in event.data
                else _("%(who)s changed %(field)s", who=who, field=field_word(field)),
                _pieces(field, was, now),
            )
            for field, (was, now) in event.data["changes"].items()
        ]

    def _is_from_list(self, event: Event) -> bool:
        """Whether the imported list says so and not whoever imported it: it came with the item, or is dated earlier."""
        is_earlier = event.at - event.effective_at > _SAME_MOMENT and "undoes" not in event.data
        return is_earlier or event.version in self.lists

    def _name(self, user_id: int | None) -> str:
        if user_id is None:
            return _("The program")
        return self.people[user_id].listed if user_id in self.people else _("Somebody who left")

    def _names(self, ids: Iterable[int]) -> str:
        return ", ".join(sorted(self._name(user_id) for user_id in ids))

    def column(self, number: int) -> str:
        return self.columns.get(number, _("a column that is gone"))

    def question(self, data: dict[str, Any]) -> str:
        """The first words of the question that an event is about."""
        return self.questions.get(data["question"], "…")

    def ref(self, number: int) -> str:
        """The reference of another item of the product."""
        return f"{self.product.key}-{number}"

    def comment_removed(self, data: dict[str, Any], who: str) -> str:
        author = self._name(data["person"])
        if author == who:
            return _("%(who)s removed a comment", who=who)
        return _("%(who)s removed a comment by %(author)s", who=who, author=author)

    def created(self, data: dict[str, Any], who: str) -> str:
        return _("%(who)s created it in %(column)s", who=who, column=self.column(data["column"]))

    def listed(self, event: Event) -> str:
        """That it was imported from a list; if the list says when it was created, also by whom and on which day."""
        who, on = self._name(event.actor_id), clock.day_of(event.at, self.product.zone)
        if event.at - event.effective_at <= _SAME_MOMENT:
            return _("%(who)s imported it from a list", who=who)
        return _("Created, according to the list that %(who)s imported on %(day)s", who=who, day=_day(on.isoformat()))

    def moved_by_list(self, event: Event) -> str:
        """To which column it came, according to the list."""
        target, undated = self.column(event.data["to"]), Undated.from_log(event.data)
        if undated.finish:
            return _("According to the list, it reached %(target)s; when it was finished is not known", target=target)
        if undated.start:
            return _("According to the list, it reached %(target)s; when it was started is not known", target=target)
        return _("According to the list, it reached %(target)s", target=target)

    def moved(self, data: dict[str, Any], who: str) -> str:
        source, target = self.column(data["from"]), self.column(data["to"])
        if data["from"] == data["to"]:
            return _("%(who)s gave it another place in %(column)s", who=who, column=target)
        return _("%(who)s moved it from %(source)s to %(target)s", who=who, source=source, target=target)

    def limit_broken(self, data: dict[str, Any], who: str) -> str:
        column, count, limit = self.column(data["column"]), data["count"], data["limit"]
        if data["reason"]:
            return _(
                "%(column)s went over its limit, %(count)s of %(limit)s: %(reason)s",
                column=column,
                count=count,
                limit=limit,
                reason=reason_word(data["reason"]),
            )
        return _("%(column)s went over its limit, %(count)s of %(limit)s", column=column, count=count, limit=limit)

    def passed_over(self, data: dict[str, Any], who: str) -> str:
        refs = ", ".join(self.ref(number) for number in data["items"][:5])
        if data["reason"]:
            return _(
                "%(who)s pulled it before %(refs)s: %(reason)s", who=who, refs=refs, reason=reason_word(data["reason"])
            )
        return _("%(who)s pulled it before %(refs)s", who=who, refs=refs)

    def reason_given(self, data: dict[str, Any], who: str) -> str:
        reason = reason_word(data["reason"])
        if data["about"] == LibertyKind.PASSED_OVER:
            return _("%(who)s on why it was pulled first: %(reason)s", who=who, reason=reason)
        return _("%(who)s on why the limit was broken: %(reason)s", who=who, reason=reason)

    def assigned(self, data: dict[str, Any], who: str) -> str:
        if not data["people"]:
            return _("%(who)s unassigned %(people)s", who=who, people=self._names(data["was"]))
        return _("%(who)s assigned %(people)s", who=who, people=self._names(data["people"]))

    def made_part(self, data: dict[str, Any], who: str) -> str:
        if data["whole"] is None:
            return _("%(who)s made it an item of its own", who=who)
        return _("%(who)s made it a part of %(ref)s", who=who, ref=self.ref(data["whole"]))

    def linked(self, data: dict[str, Any], who: str) -> str:
        ref = self.ref(data["other"])
        if data["link"] == "split_from":
            return _("%(who)s split it from %(ref)s", who=who, ref=ref)
        return _("%(who)s said that it needs %(ref)s", who=who, ref=ref)

    def unlinked(self, data: dict[str, Any], who: str) -> str:
        ref = self.ref(data["other"])
        if data["link"] == "split_from":
            return _("%(who)s said that it was not split from %(ref)s", who=who, ref=ref)
        return _("%(who)s said that it no longer needs %(ref)s", who=who, ref=ref)

    def blocked(self, data: dict[str, Any], who: str) -> str | None:
        if data["question"] is not None:
            return _("“%(question)s” holds it up", question=self.question(data))
        if data["waiting_for"]:
            return _(
                "%(who)s blocked it, waiting for %(whom)s: %(reason)s",
                who=who,
                whom=data["waiting_for"],
                reason=data["reason"],
            )
        return _("%(who)s blocked it: %(reason)s", who=who, reason=data["reason"])

    def unblocked(self, data: dict[str, Any], who: str) -> str:
        if data["question"] is not None:
            return _("“%(question)s” no longer holds it up", question=self.question(data))
        return _("%(who)s unblocked it", who=who)

    def asked(self, data: dict[str, Any], who: str) -> str:
        whom = self._name(data["person"])
        question = self.question(data)
        if data["blocking"]:
            return _("%(who)s asked %(whom)s, blocking: “%(question)s”", who=who, whom=whom, question=question)
        return _("%(who)s asked %(whom)s: “%(question)s”", who=who, whom=whom, question=question)

    def promise_undone(self, data: dict[str, Any], who: str) -> str:
        day = _day(data["due_on"])
        match data["what"]:
            case "promised":
                return _("%(who)s undid the promise for %(day)s", who=who, day=day)
            case "promise_changed":
                return _("%(who)s undid moving the promise: %(day)s again", who=who, day=day)
        return _("%(who)s undid withdrawing the promise for %(day)s", who=who, day=day)

    def answered(self, data: dict[str, Any], who: str) -> str:
        question = self.question(data)
        if data["becomes"] == "decision":
            return _("%(who)s decided about “%(question)s”", who=who, question=question)
        return _("%(who)s answered “%(question)s”", who=who, question=question)


def _pieces(field: str, was: Any, now: Any) -> tuple[Piece, ...]:
    """The difference between texts word by word; between chosen values as a whole."""
    if field in ("title", "description"):
        return compare(was, now)
    return Piece("went", _value(field, was)), Piece("came", _value(field, now))


def _value(field: str, value: Any) -> str:
    if field == "labels":
        return ", ".join(value) or _("none")
    if field == "type":
        return type_word(value)
    if field == "class_of_service":
        return class_word(value)
    return _("nothing") if value is None else str(value) or _("nothing")


def _day(text: str) -> str:
    day, today = dt.date.fromisoformat(text), clock.now().date()
    return short_day(day, translation.language(), today=today)


def _size(size: int) -> str:
    return file_size(size, translation.language())


_Word = Callable[[_Teller, dict[str, Any], str], str | None]
_WORDS: dict[str, _Word] = {
    "created": _Teller.created,
    "imported": lambda t, d, who: _("%(who)s imported it", who=who),
    "request_accepted": lambda t, d, who: _("%(who)s took up request %(number)s with it", who=who, number=d["request"]),
    "split": lambda t, d, who: _(
        "%(who)s split it into %(refs)s", who=who, refs=", ".join(t.ref(number) for number in d["into"])
    ),
    "rejoined": lambda t, d, who: _("%(who)s undid the split", who=who),
    "moved": _Teller.moved,
    "limit_broken": _Teller.limit_broken,
    "passed_over": _Teller.passed_over,
    "reason_given": _Teller.reason_given,
    "assigned": _Teller.assigned,
    "taken": lambda t, d, who: _("%(who)s took it", who=who),
    "made_part": _Teller.made_part,
    "linked": _Teller.linked,
    "unlinked": _Teller.unlinked,
    "criterion_added": lambda t, d, who: _("%(who)s added the criterion “%(text)s”", who=who, text=d["text"]),
    "criterion_changed": lambda t, d, who: _(
        "%(who)s changed a criterion from “%(was)s” to “%(text)s”", who=who, was=d["was"], text=d["text"]
    ),
    "criterion_removed": lambda t, d, who: _("%(who)s removed the criterion “%(text)s”", who=who, text=d["text"]),
    "criterion_met": lambda t, d, who: _("%(who)s ticked “%(text)s”", who=who, text=t.criteria.get(d["criterion"], "")),
    "criterion_unmet": lambda t, d, who: _(
        "%(who)s unticked “%(text)s”", who=who, text=t.criteria.get(d["criterion"], "")
    ),
    "commented": lambda t, d, who: _("%(who)s commented", who=who),
    "comment_edited": lambda t, d, who: _("%(who)s changed a comment", who=who),
    "comment_removed": _Teller.comment_removed,
    "attached": lambda t, d, who: _(
        "%(who)s attached %(name)s (%(size)s)", who=who, name=d["name"], size=_size(d["size"])
    ),
    "detached": lambda t, d, who: _(
        "%(who)s removed the file %(name)s (%(size)s)", who=who, name=d["name"], size=_size(d["size"])
    ),
    "blocked": _Teller.blocked,
    "unblocked": _Teller.unblocked,
    "promised": lambda t, d, who: _("%(who)s promised it for %(day)s", who=who, day=_day(d["due_on"])),
    "promise_changed": lambda t, d, who: _(
        "%(who)s moved the promise from %(was)s to %(day)s (%(cause)s): %(why)s",
        who=who,
        was=_day(d["was_on"]),
        day=_day(d["due_on"]),
        cause=cause_word(d["cause"]),
        why=d["explanation"],
    ),
    "promise_withdrawn": lambda t, d, who: _("%(who)s withdrew the promise: %(reason)s", who=who, reason=d["reason"]),
    "promise_undone": _Teller.promise_undone,
    "aimed": lambda t, d, who: (
        _("%(who)s put it in a milestone", who=who)
        if d["milestone"]
        else _("%(who)s took it out of a milestone", who=who)
    ),
    "discarded": lambda t, d, who: _("%(who)s discarded it: %(reason)s", who=who, reason=d["reason"]),
    "restored": lambda t, d, who: _("%(who)s restored it", who=who),
    "asked": _Teller.asked,
    "answered": _Teller.answered,
    "assumed": lambda t, d, who: _(
        "%(who)s goes on with an assumption on “%(question)s”", who=who, question=t.question(d)
    ),
    "asked_back": lambda t, d, who: _("%(who)s asked back on “%(question)s”", who=who, question=t.question(d)),
    "replied": lambda t, d, who: _("%(who)s replied on “%(question)s”", who=who, question=t.question(d)),
    "sent_back": lambda t, d, who: _("%(who)s sent back the answer to “%(question)s”", who=who, question=t.question(d)),
    "answer_accepted": lambda t, d, who: _(
        "%(who)s accepted the answer to “%(question)s”", who=who, question=t.question(d)
    ),
    "withdrawn": lambda t, d, who: _("%(who)s withdrew “%(question)s”", who=who, question=t.question(d)),
}
#: Sentences for events that an imported list told.
_LISTED: dict[str, Callable[[_Teller, Event], str]] = {
    "created": _Teller.listed,
    "moved": _Teller.moved_by_list,
    "assigned": lambda t, event: t.assigned(event.data, _("The list")),
    "made_part": lambda t, event: t.made_part(event.data, _("The list")),
    "discarded": lambda t, event: _("According to the list, it was removed"),
}
#: Sentences for events that undo another one, where they differ from those in _WORDS.
_BACK: dict[str, _Word] = {
    "moved": lambda t, d, who: _("%(who)s undid a move: back to %(column)s", who=who, column=t.column(d["to"])),
    "assigned": lambda t, d, who: _("%(who)s undid a change to who it is assigned to", who=who),
    "restored": lambda t, d, who: _("%(who)s undid discarding it", who=who),
    "discarded": lambda t, d, who: (
        _("%(who)s undid the split that made it", who=who)
        if d["reason"] == SPLIT_TAKEN_BACK
        else _("%(who)s undid adding it", who=who)
        if d["reason"] == PART_TAKEN_BACK
        else _("%(who)s undid restoring it", who=who)
    ),
    "unblocked": lambda t, d, who: _("%(who)s undid blocking it", who=who),
    "blocked": lambda t, d, who: _("%(who)s undid unblocking it", who=who),
    "criterion_added": lambda t, d, who: _("%(who)s undid removing the criterion “%(text)s”", who=who, text=d["text"]),
    "criterion_changed": lambda t, d, who: _(
        "%(who)s undid a change to a criterion: “%(text)s” again", who=who, text=d["text"]
    ),
    "criterion_removed": lambda t, d, who: _("%(who)s undid adding the criterion “%(text)s”", who=who, text=d["text"]),
    "made_part": lambda t, d, who: (
        _("%(who)s undid a change: it is a part of %(ref)s again", who=who, ref=t.ref(d["whole"]))
        if d["whole"] is not None
        else _("%(who)s undid making it a part", who=who)
    ),
    "linked": lambda t, d, who: _("%(who)s undid removing the link to %(ref)s", who=who, ref=t.ref(d["other"])),
    "unlinked": lambda t, d, who: _("%(who)s undid adding the link to %(ref)s", who=who, ref=t.ref(d["other"])),
    "attached": lambda t, d, who: _("%(who)s undid removing %(name)s", who=who, name=d["name"]),
    "detached": lambda t, d, who: _("%(who)s undid attaching %(name)s", who=who, name=d["name"]),
    "criterion_unmet": lambda t, d, who: _(
        "%(who)s undid ticking “%(text)s”", who=who, text=t.criteria.get(d["criterion"], "")
    ),
    "criterion_met": lambda t, d, who: _(
        "%(who)s undid unticking “%(text)s”", who=who, text=t.criteria.get(d["criterion"], "")
    ),
}
