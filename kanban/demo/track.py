"""The forecast's memory of the demo workspace: each day's own forecast, kept on that day by the code that keeps every
product's; what it said of the days after is therefore held against what the story brought."""

from collections.abc import Callable, Iterator

from sqlalchemy import orm

from kanban.models import Product
from kanban.reads import snapshots

_QUIET_DAYS = 28
"""Before there are four whole weeks there is no date to keep."""

Act = Callable[[], None]


class Remembering:
    """Tells how one product's forecast was kept, day by day until now."""

    def __init__(self, session: orm.Session, product_id: int, days: int) -> None:
        self._session, self._product_id, self._days = session, product_id, days

    def script(self) -> Iterator[tuple[float, Act]]:
        """Pairs of days ago and what happened then; the last one is now."""
        for ago in range(self._days - _QUIET_DAYS, -1, -1):
            yield float(ago), self._remember

    def _remember(self) -> None:
        product = self._session.get_one(Product, self._product_id)
        for step in snapshots.STEPS:
            for statement in step(self._session, product):
                self._session.execute(statement)
