"""Renames a column between the reading of a request and the lock that it takes."""

import pkgutil
from typing import Any

import pytest

from tests.builders import World


def rename_after(world: World, monkeypatch: pytest.MonkeyPatch, read: str, column: str) -> None:
    """Rename the column to "Soon" when the function with this dotted name is called next, before it returns."""
    before = pkgutil.resolve_name(read)

    def read_then_rename(*values: Any) -> Any:
        found = before(*values)
        monkeypatch.setattr(read, before)
        with world.changing() as (_session, product, member):
            next(each for each in product.columns if each.name == column).change(by=member, name="Soon")
        return found

    monkeypatch.setattr(read, read_then_rename)
