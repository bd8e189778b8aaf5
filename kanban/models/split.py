"""Splitting an item: new items beside it that take over some of its criteria and links; its promises stay with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kanban.errors import Invalid, Refused
from kanban.models.item import Item
from kanban.models.kinds import Origin
from kanban.models.link import Link, LinkKind, Needs
from kanban.models.member import Member
from kanban.models.place import Place
from kanban.policy import Action

MOST_PARTS = 12

#: The index of the new item that something goes to; "all" leaves it with the old item and gives each new one a copy.
Target = int | Literal["all"]


@dataclass(frozen=True)
class Split:
    """How an item is split.

    titles     titles of the new items, in the order in which they follow the old one
    rest       the new title of the old item; empty: it keeps its own
    criteria   from a criterion's number to the index of the new item that takes it over; the others stay
    links      from the number of the item at the other end to the new item that takes over the link, or "all"
    """

    titles: Sequence[str]
    rest: str = ""
    criteria: Mapping[int, int] = field(default_factory=dict)
    links: Mapping[int, Target] = field(default_factory=dict)
    with_labels: bool = True
    with_milestone: bool = True


def split_item(
    item: Item,
    split: Split,
    places: Sequence[Place],
    *,
    needing: Mapping[int, Item],
    needs: Needs,
    by: Member,
    limit_reason: str | None = None,
) -> list[Item]:
    """Create the new items at these places and hand over what they take; `needing`: items that need it, by number.

    Raises Refused for finished and discarded items. A criterion that is met stays: it is about work that was done here.
    """
    by.must(Action.SPLIT)
    _check(item, split)
    if split.rest:
        item.edit({"title": split.rest}, revision=item.revision, by=by)
    made = [
        _make(item, title, place, split, by, limit_reason) for title, place in zip(split.titles, places, strict=True)
    ]
    _hand_over_criteria(item, split, made, by)
    _hand_over_links(item, split, made, needing, needs, by)
    item.record("split", by=by, into=[each.number for each in made])
    return made


def _check(item: Item, split: Split) -> None:
    item.refuse_discarded()
    if item.is_finished:
        raise Refused("It is finished. What is left of it belongs in a new item.")
    if not 1 <= len(split.titles) <= MOST_PARTS:
        raise Invalid({"titles": f"Write 1 to {MOST_PARTS} titles of new items, one per line."})
    targets = [target for target in (*split.criteria.values(), *split.links.values()) if target != "all"]
    if any(not 0 <= target < len(split.titles) for target in targets):
        raise Invalid({"titles": "A criterion or a link is to go to a line that isn’t there."})
    known = {criterion.number: criterion for criterion in item.criteria}
    for number in split.criteria:
        if number not in known:
            raise Refused("One of the criteria is gone. Somebody has removed it.")
        if known[number].met_at is not None:
            raise Refused(f"“{known[number].text}” is met already, so it stays with {item.ref}.")


def _make(item: Item, title: str, place: Place, split: Split, by: Member, limit_reason: str | None) -> Item:
    made = Item.create(
        item.product,
        title,
        place,
        by=by,
        type=item.type,
        labels=item.labels if split.with_labels else [],
        origin=Origin.SPLIT,
        limit_reason=limit_reason,
    )
    made.link(LinkKind.SPLIT_FROM, item, needs={}, by=by)
    made.milestone = None
    if split.with_milestone and item.milestone is not None:
        made.aim_for(item.milestone, is_reached=False, by=by)
    return made


def _hand_over_criteria(item: Item, split: Split, made: list[Item], by: Member) -> None:
    for criterion in [each for each in item.criteria if each.number in split.criteria]:
        item.remove_criterion(criterion.number, by=by)
        taken = made[split.criteria[criterion.number]].add_criterion(criterion.text, by=by)
        taken.question_id = criterion.question_id


def _hand_over_links(
    item: Item, split: Split, made: list[Item], needing: Mapping[int, Item], needs: Needs, by: Member
) -> None:
    """Move or copy the links. No circle can arise: the new items need, and are needed by, the same ones as the old."""
    own: dict[int, Link] = {link.other.number: link for link in item.links if link.kind is LinkKind.NEEDS}
    for number, target in split.links.items():
        takers = made if target == "all" else [made[target]]
        if number in own:
            other = own[number].other
            if target != "all":
                item.unlink(LinkKind.NEEDS, other, by=by)
            for taker in takers:
                taker.link(LinkKind.NEEDS, other, needs=needs, by=by)
        elif number in needing:
            other = needing[number]
            if target != "all":
                other.unlink(LinkKind.NEEDS, item, by=by)
            for taker in takers:
                other.link(LinkKind.NEEDS, taker, needs=needs, by=by)
        else:
            raise Refused("One of the links is gone. Somebody has removed it.")
