"""Hands for tests of undo: a change as a page sends it, the way back that it offers, and limits in between."""

import re
from typing import Any

from werkzeug.test import TestResponse

from kanban.models import WipMode
from tests.blueprints.places import column_id
from tests.builders import World


def act(world: World, who: str, path: str, **fields: Any) -> TestResponse:
    """One change, as the page's script sends it."""
    answer = world.browser(who).post(path, fields, hx=True)
    assert answer.status_code == 200, answer.text
    return answer


def move(world: World, who: str, ref: str, to: str, place: str = "bottom") -> TestResponse:
    return act(world, who, f"/items/{ref}/move", column=column_id(world, to), place=place)


def undo_in(html: str) -> str:
    return re.findall(r'action="(/products/FE/undo/\d+)"', html)[0]


def undo(world: World, who: str = "olga", version: int | None = None) -> TestResponse:
    return world.browser(who).post(f"/products/FE/undo/{version or world.version()}", hx=True)


def limit(world: World, name: str, count: int, mode: WipMode) -> None:
    with world.changing() as (_session, product, member):
        found = next(one for one in product.columns if one.name == name)
        found.change(by=member, wip_limit=count, wip_mode=mode)
