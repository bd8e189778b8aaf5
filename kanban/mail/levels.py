"""How much of an update a stakeholder gets by mail, by the level they chose; its page always shows all of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Commitment, Item, Level, Product, Request, Stakeholder, commitment_stakeholder
from kanban.reads.promises.milestones import list_milestones

_BRIEF_SECTIONS = ("delays", "decisions")


@dataclass(frozen=True)
class Concern:
    """What concerns one stakeholder: items and words of what was promised to them, and their name.

    `refs` are references such as FE-12; `words` are statements of promises and names of milestones, case-folded.
    """

    refs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    name: str = ""

    def covers(self, kind: str, line: Mapping[str, Any]) -> bool:
        """Whether a line is about something promised to them, or asks them by name to decide."""
        if (line.get("ref") or "") in self.refs or (line.get("text") or "").casefold() in self.words:
            return True
        said = f"{line.get('text') or ''} {line.get('note') or ''}".casefold()
        return kind == "decisions" and bool(self.name) and self.name.casefold() in said


def concern_of(session: orm.Session, product: Product, person: Stakeholder) -> Concern:
    """What was promised to a stakeholder and not withdrawn: its items, the items of its milestones, and its words."""
    return concerns_of(session, product, [person])[person.id]


def concerns_of(session: orm.Session, product: Product, people: Iterable[Stakeholder]) -> dict[int, Concern]:
    """The concern of each of these people by their id, in as many queries as for one."""
    names = {person.id: person.name for person in people}
    to = commitment_stakeholder.c.stakeholder_id
    rows = session.execute(
        sa.select(to, Commitment.statement, Commitment.milestone_id, Item.number)
        .join(commitment_stakeholder, commitment_stakeholder.c.commitment_id == Commitment.id)
        .outerjoin(Request, Request.id == Commitment.request_id)
        .outerjoin(Item, Item.id == sa.func.coalesce(Commitment.item_id, Request.item_id))
        .where(to.in_(names), Commitment.withdrawn_at.is_(None))
    ).all()
    has_aims = any(row.milestone_id for row in rows)
    aims = {line.id: line for line in list_milestones(session, product)} if has_aims else {}
    refs: dict[int, set[str]] = defaultdict(set)
    words: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        words[row.stakeholder_id].add(row.statement.casefold())
        if row.number:
            refs[row.stakeholder_id].add(f"{product.key}-{row.number}")
        if aim := aims.get(row.milestone_id or 0):
            refs[row.stakeholder_id] |= {item.ref for item in aim.items}
            words[row.stakeholder_id].add(aim.name.casefold())
    return {each: Concern(frozenset(refs[each]), frozenset(words[each]), name) for each, name in names.items()}


def for_level(snapshot: Mapping[str, Any], level: Level, concern: Concern | None = None) -> dict[str, Any]:
    """What a mail of this level contains; `part` names the level. A delay notice is always sent in full.

    BRIEF: headline, health, summary, delays and decisions. MINE: headline, health, and the lines that concern the
    reader.
    """
    if level is Level.FULL or level is Level.NONE or snapshot.get("notice"):
        return {**snapshot, "part": Level.FULL.value}
    if level is Level.BRIEF:
        brief = [part for part in snapshot["sections"] if part["kind"] in _BRIEF_SECTIONS]
        return {**snapshot, "sections": brief, "part": level.value}
    mine = [
        {**part, "lines": [line for line in part["lines"] if (concern or Concern()).covers(part["kind"], line)]}
        for part in snapshot["sections"]
    ]
    sections = [part for part in mine if part["lines"]]
    return {**snapshot, "summary": "", "sections": sections, "part": level.value}


def passes_by(snapshot: Mapping[str, Any], level: Level, concern: Concern) -> bool:
    """Whether nothing in the update concerns somebody who wants only what concerns them."""
    return level is Level.MINE and not snapshot.get("notice") and not for_level(snapshot, level, concern)["sections"]
