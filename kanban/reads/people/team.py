"""People to be let into a product, from pasted lines: what would become of each, before anything is written."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Member, Product, User
from kanban.models.user import read_email, read_name
from kanban.policy import Role
from kanban.reads.stakeholders.entries import LineError, no_address, numbered, split_line

PEOPLE_AT_MOST = 100
_ROLES = {"delegate": Role.DELEGATE, "lead": Role.LEAD, "developer": Role.DEVELOPER, "viewer": Role.VIEWER}
_OWNER = "owner"


class InviteOutcome(StrEnum):
    """What becomes of somebody named: invited if without an account here, let in if with one, or a member already."""

    INVITED = "invited"
    LET_IN = "let_in"
    STAYS = "stays"


@dataclass(frozen=True)
class Row:
    """Somebody who is named, with the role they would then have.

    `name` is the one in their account only if they are a member: about others, a preview must reveal no more than the
    line said.
    """

    name: str
    email: str
    role: Role
    fate: InviteOutcome = InviteOutcome.INVITED
    user: User | None = None


@dataclass(frozen=True)
class Team:
    """What was understood, in the order of the lines; `doubled` is how many lines repeat an address."""

    rows: list[Row]
    troubles: list[LineError]
    doubled: int = 0

    def those(self, fate: InviteOutcome) -> list[Row]:
        """The rows with this fate."""
        return [row for row in self.rows if row.fate == fate]

    @property
    def in_short(self) -> str:
        """A hash of what would be done, to check that it is still what somebody was shown."""
        told = [[row.email, row.name, row.role, row.fate] for row in self.rows]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def read_team(session: orm.Session, product: Product, text: str, *, role: Role) -> Team:
    """Read one person per line: `Name <address>`, `Name, address` or `address`, followed by a role if it is not `role`.

    One query; Invalid if there are no lines or too many.
    """
    named: dict[str, tuple[int, str, Row]] = {}
    troubles, doubled = [], 0
    for number, line in numbered(text, most=PEOPLE_AT_MOST):
        try:
            row = _read(line, role)
        except Invalid as invalid:
            troubles.append(LineError.at(number, line, invalid.sentence))
            continue
        doubled += row.email in named
        named.setdefault(row.email, (number, line, row))
    known = _known(session, product, named)
    rows = []
    for number, line, row in named.values():
        user, has = known.get(row.email, (None, None))
        if user is not None and not user.is_active:
            sentence = gettext("Whoever has this address no longer has access to this installation.")
            troubles.append(LineError.at(number, line, sentence))
        elif user is not None and has is not None:
            rows.append(Row(user.name, user.email, has, InviteOutcome.STAYS, user))
        elif user is not None:
            rows.append(replace(row, fate=InviteOutcome.LET_IN, user=user))
        else:
            rows.append(row)
    return Team(rows, sorted(troubles, key=lambda trouble: trouble.line), doubled)


def _read(line: str, role: Role) -> Row:
    who, word = _role_behind(line)
    name, email, rest = split_line(who)
    if "@" not in email or email.count("@") > 1:
        raise Invalid({"people": no_address(email, shape="Name <address@example.org>")})
    email = read_email(email)
    if word == _OWNER:
        raise Invalid({"people": gettext("A product has exactly one owner. Hand it over instead.")})
    if rest:
        sentence = gettext("What follows the address isn’t a role. Write developer, delegate, lead or viewer.")
        raise Invalid({"people": sentence})
    return Row(read_name(name or email.partition("@")[0]), email, _ROLES.get(word, role))


def _role_behind(line: str) -> tuple[str, str]:
    """A line without the role at its end, and that role in lower case ("" if there is none)."""
    bare = line.rstrip(" \t,;()")
    word = re.split(r"[\s,;()>]", bare)[-1]
    if word.casefold() not in (*_ROLES, _OWNER):
        return line, ""
    return bare[: len(bare) - len(word)].rstrip(" \t,;("), word.casefold()


def _known(session: orm.Session, product: Product, emails: Iterable[str]) -> dict[str, tuple[User | None, Role | None]]:
    """By address, the accounts with these addresses, and the roles that they have in the product."""
    here = sa.and_(Member.user_id == User.id, Member.product_id == product.id)
    query = sa.select(User, Member.role).outerjoin(Member, here).where(User.email.in_(list(emails)))
    return {user.email: (user, role) for user, role in session.execute(query)}


def summarise(team: Team, *, by_mail: bool) -> str:
    """What was done, in up to three sentences."""
    counts = Counter(row.fate for row in team.rows)
    invited, let_in, stay = (counts[fate] for fate in InviteOutcome)
    words = []
    if invited and by_mail:
        words.append(
            ngettext("One person has been invited by mail.", "%(num)d people have been invited by mail.", invited)
        )
    elif invited:
        words.append(ngettext("One person has been invited.", "%(num)d people have been invited.", invited))
    if let_in:
        words.append(
            ngettext(
                "One person with an account is a member now.", "%(num)d people with an account are members now.", let_in
            )
        )
    if stay:
        words.append(
            ngettext(
                "One was already a member and keeps their role.",
                "%(num)d were already members and keep their roles.",
                stay,
            )
        )
    return " ".join(words)
