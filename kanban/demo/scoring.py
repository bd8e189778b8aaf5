"""What the demo's owner thinks of value and effort, and the item that she split this morning."""

from collections.abc import Callable, Iterator

from sqlalchemy import orm

from kanban.models import Item, Member, Product
from kanban.models.split import Split, split_item
from kanban.reads import locked
from kanban.reads.splitting import read_split_places

Act = Callable[[], None]

#: Value and effort by item.
POINTS = {
    73: (3, 2),
    66: (5, 4),
    75: (4, 2),
    62: (2, 4),
    77: (4, 1),
    68: (1, 1),
    80: (3, 1),
    64: (2, 3),
    81: (4, 2),
    59: (3, 3),
    41: (3, 2),
    71: (2, 1),
    79: (4, 2),
}
SPLIT = 57
PARTS = ("Park at the harbour and pay by the hour", "Keep a place for cars that come late")
REST = "A parking place is booked together with the ticket"


class Scoring:
    """Tells it by the same verbs that people use; `lock` begins each command."""

    def __init__(self, session: orm.Session, lock: Callable[[], Product], owner: Callable[[], Member]) -> None:
        self._session, self._lock, self._owner = session, lock, owner

    def script(self) -> Iterator[tuple[float, Act]]:
        """Pairs of hours ago and what happened then; the split comes after the last new item."""
        for step, (number, points) in enumerate(POINTS.items()):
            yield 5 - step / 60, lambda number=number, points=points: self._score(number, *points)  # type: ignore[misc]
        yield 2, self._split

    def _score(self, number: int, value: int, effort: int) -> None:
        item = self._item(number)
        item.edit({"value": value, "effort": effort}, revision=item.revision, by=self._owner())

    def _split(self) -> None:
        item = self._item(SPLIT)
        places = read_split_places(self._session, item.product, item, len(PARTS))
        split_item(item, Split(PARTS, rest=REST), places, needing={}, needs={}, by=self._owner())

    def _item(self, number: int) -> Item:
        loads = ("assignees", "labels", "criteria", "blocks", "links", "milestone")
        item = locked.item_in(self._session, self._lock(), number, loads)
        assert item is not None
        return item
