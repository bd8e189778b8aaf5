"""Which notifications their reader may still see, by what they are in the product at the moment of looking.

What stakeholders read and ask, and what requests come in, is told to an owner: who is none any more, and sees neither
stakeholders nor requests, is not told how many there are either.
"""

import sqlalchemy as sa

from kanban.models import Member, Notification
from kanban.policy import Action, Role, allows
from kanban.reads import acknowledged

_NEEDS = {
    Action.SEE_STAKEHOLDERS: (acknowledged.WHAT, "stakeholder_asked"),
    Action.SEE_REQUESTS: ("request_asked", "request_judged"),
}


def may_see() -> sa.ColumnElement[bool]:
    """A condition on notifications that are joined with their reader's membership."""
    return sa.and_(
        *(
            sa.or_(Notification.what.not_in(whats), Member.role.in_([role for role in Role if allows(role, action)]))
            for action, whats in _NEEDS.items()
        )
    )
