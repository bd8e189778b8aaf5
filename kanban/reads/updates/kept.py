"""Which mails of a published update were kept for want of a mail server and may go out now."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Delivery, DeliveryState, StatusUpdate


def read_kept(session: orm.Session, update: StatusUpdate) -> list[Delivery]:
    """Those of its mails that may go out late, with their people; one query."""
    query = (
        sa.select(Delivery)
        .where(Delivery.update_id == update.id, Delivery.state == DeliveryState.KEPT)
        .options(orm.joinedload(Delivery.stakeholder))
        .execution_options(populate_existing=True)
    )
    return [mail for mail in session.scalars(query) if mail.may_go_late]
