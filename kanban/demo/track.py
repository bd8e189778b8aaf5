"""The forecast's memory of the demo workspace: each day's own forecast, kept on that day by the code that keeps every
product's; what it said of the days after is therefore held against what the story brought."""

from functools import partial

from kanban.demo.workspace import Workspace
from kanban.models import Product
from kanban.reads import snapshots

_QUIET_DAYS = 28
"""Before there are four whole weeks there is no date to keep."""


def tell(ferry: Workspace, days: int) -> None:
    """Have the forecast kept, day by day until now."""
    for ago in range(days - _QUIET_DAYS, -1, -1):
        ferry.ago(partial(_remember, ferry), days=ago)


def _remember(ferry: Workspace) -> None:
    product = ferry.session.get_one(Product, ferry.product_id)
    for step in snapshots.STEPS:
        for statement in step(ferry.session, product):
            ferry.session.execute(statement)
