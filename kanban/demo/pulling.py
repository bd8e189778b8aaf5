"""How the demo's developers pull items: which rules they bent, and the reasons they gave."""

from kanban.demo.workspace import Workspace
from kanban.reads.board import place

#: Items that were pulled before higher ones, with the reason ("": none given).
_PASSED_OVER = {
    "item 38": "Too large for now",
    "item 39": "Needs someone else’s skill",
    "item 40": "Too large for now",
    "item 51": "",
    "item 52": "Agreed with the owner",
    "item 53": "Too large for now",
}
#: Items that were pulled although In progress was full, with the reason.
_OVER_LIMIT = {"item 40": "Somebody is away", "item 52": "Urgent", "item 53": "Somebody is away"}


def pull(ferry: Workspace, name: str, by: str) -> None:
    """Pull an item into progress; passed-over items are only looked up if the story has some, since that is slow."""
    product, item = ferry.item(name)
    why = _PASSED_OVER.get(name)
    target = next(c for c in product.standing if c.name == "In progress")
    where = place.read_place(ferry.session, product, target, place.BOTTOM, item=item, pulling=why is not None)
    item.move_to(where, by=ferry.member(by), passed_over_reason=why or None, limit_reason=_OVER_LIMIT.get(name))
