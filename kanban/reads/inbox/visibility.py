"""Which notifications their reader may still see, given their present role in the product.

What stakeholders read and ask, which requests come in, which drafts wait and which webhooks fail is for those with the
owner's rights: a former owner does not even see how many there are.
"""

import sqlalchemy as sa

from kanban.models import Member, Notification, constant
from kanban.policy import Action, Role, allows
from kanban.reads.updates import acknowledged

_NEEDS = {
    Action.SEE_STAKEHOLDERS: (acknowledged.WHAT, "stakeholder_asked", "update_handed_over", "update_held"),
    Action.SEE_REQUESTS: ("request_asked", "request_judged"),
    Action.CONFIGURE: ("webhook_stopped",),
}


def may_see() -> sa.ColumnElement[bool]:
    """A condition on notifications joined with their reader's membership."""
    return sa.and_(
        *(
            sa.or_(
                Notification.what.not_in(whats),
                Member.role.in_([constant(role) for role in Role if allows(role, action)]),
            )
            for action, whats in _NEEDS.items()
        )
    )
