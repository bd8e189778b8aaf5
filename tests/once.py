"""Shared folders that take long to make and are only copied: the first worker that needs one makes it for all."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

_PATIENCE_S = 300


def once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name as `make` fills it; other workers wait while one makes it.

    If the making failed, each worker makes its own, so that each of their tests fails with the reason.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    whole, begun = shared / name, shared / f"{name}.begun"
    try:
        begun.mkdir()
    except FileExistsError:
        if _comes(whole, unless=begun / "failed"):
            return whole
    making = tmp_path_factory.mktemp(name)
    try:
        make(making)
    except BaseException:
        (begun / "failed").touch()
        raise
    if not whole.exists():
        making.rename(whole)
        return whole
    return making


def _comes(whole: Path, *, unless: Path) -> bool:
    end = time.monotonic() + _PATIENCE_S
    while not whole.exists() and not unless.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return whole.exists()
