"""Fixtures of the guards: the application's routes, and a furnished workspace that a test may change."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kanban.extensions import limiter
from tests.applications import make_app
from tests.conftest import to_one_file
from tests.guards import workspace as furnished
from tests.guards.furnishing import make
from tests.guards.workspace import Workspace
from tests.once import once


@pytest.fixture
def app_of_routes(tmp_path: Path) -> Iterator[Flask]:
    """The application over a database without tables, which is enough to read its routes."""
    yield from make_app(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path, own=True)


@pytest.fixture(scope="session")
def workspace_template(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the furnished workspace, beside a file about its contents; made once for all workers."""
    return once(tmp_path_factory, "workspace", lambda folder: _furnish(demo_template, folder)) / "kanban.sqlite3"


def _furnish(demo: Path, folder: Path) -> None:
    path = shutil.copy(demo / "kanban.sqlite3", folder)
    for app in make_app(f"sqlite:///{path}", folder):
        furnished.save(folder, *make(app))
    to_one_file(path)


@pytest.fixture(scope="module")
def workspace(workspace_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The furnished workspace for all tests of a module; a test that changes it must restore it."""
    folder = tmp_path_factory.mktemp("copy")
    path = shutil.copy(workspace_template, folder / "kanban.sqlite3")
    shutil.copytree(workspace_template.parent / "attachments", folder / "attachments")
    known, people = furnished.load(workspace_template.parent)
    for app in make_app(f"sqlite:///{path}", folder):
        limiter.enabled = False
        yield Workspace(app, workspace_template, known, people)
        limiter.enabled = True
