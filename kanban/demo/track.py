"""The forecast's track record in the demo workspace: each day's forecast, stored on that day.

The same code as for every product stores it, so that what it said can be compared with what happened later.
"""

from functools import partial

from kanban.demo.workspace import Workspace
from kanban.models import Product
from kanban.reads.insights import snapshots

_QUIET_DAYS = 28
"""Until there are four complete weeks, the forecast gives no dates, so nothing is stored."""


def tell(ferry: Workspace, days: int) -> None:
    """Schedule storing the forecast, day by day until now."""
    for ago in range(days - _QUIET_DAYS, -1, -1):
        ferry.ago(partial(_remember, ferry), days=ago)


def _remember(ferry: Workspace) -> None:
    product = ferry.session.get_one(Product, ferry.product_id)
    for step in snapshots.STEPS:
        for statement in step(ferry.session, product):
            ferry.session.execute(statement)
