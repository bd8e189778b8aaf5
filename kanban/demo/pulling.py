"""How the demo's developers pull: which rules they bent, and what they said about it."""

from kanban.demo.workspace import Workspace
from kanban.reads.board import place

#: Which items were pulled before higher ones, and why ("": nobody said).
_PASSED_OVER = {
    "item 38": "Too large for now",
    "item 39": "Needs someone else’s skill",
    "item 40": "Too large for now",
    "item 51": "",
    "item 52": "Agreed with the owner",
    "item 53": "Too large for now",
}
#: Why some items came in although In progress was full.
_OVER_LIMIT = {"item 40": "Somebody is away", "item 52": "Urgent", "item 53": "Somebody is away"}


def pull(ferry: Workspace, name: str, by: str) -> None:
    """Into progress; what was passed over is looked up only if the story says so, since that costs time."""
    product, item = ferry.item(name)
    why = _PASSED_OVER.get(name)
    target = next(c for c in product.standing if c.name == "In progress")
    where = place.read_place(ferry.session, product, target, place.BOTTOM, item=item, pulling=why is not None)
    item.move_to(where, by=ferry.member(by), passed_over_reason=why or None, limit_reason=_OVER_LIMIT.get(name))
