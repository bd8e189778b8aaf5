"""The forecast's memory in the demo workspace: each day's forecast, stored on that day by the same code as for every
product, so that what it said about later days can be compared with the story."""

from functools import partial

from kanban.demo.workspace import Workspace
from kanban.models import Product
from kanban.reads.insights import snapshots

_QUIET_DAYS = 28
"""Before there are four whole weeks there is no date to keep."""


def tell(ferry: Workspace, days: int) -> None:
    """Store the forecast day by day until now."""
    for ago in range(days - _QUIET_DAYS, -1, -1):
        ferry.ago(partial(_remember, ferry), days=ago)


def _remember(ferry: Workspace) -> None:
    product = ferry.session.get_one(Product, ferry.product_id)
    for step in snapshots.STEPS:
        for statement in step(ferry.session, product):
            ferry.session.execute(statement)
