"""A column that gets another name between what a request looks at and the lock it takes."""

import pkgutil
from typing import Any

import pytest

from tests.builders import World


def rename_after(world: World, monkeypatch: pytest.MonkeyPatch, read: str, column: str) -> None:
    """When the function of this dotted name is called the next time, the column is called "Soon" before it answers."""
    before = pkgutil.resolve_name(read)

    def read_then_rename(*values: Any) -> Any:
        found = before(*values)
        monkeypatch.setattr(read, before)
        with world.changing() as (_session, product, member):
            next(each for each in product.columns if each.name == column).change(by=member, name="Soon")
        return found

    monkeypatch.setattr(read, read_then_rename)
