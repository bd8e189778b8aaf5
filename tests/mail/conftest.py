"""An application that can send mail, on both databases, and a mail server to send to."""

from collections.abc import Iterator

import pytest
from flask import Flask

from kanban.extensions import db
from tests.mail.application import make_app
from tests.mail.server import MailServer


@pytest.fixture
def app(ready_url: str) -> Iterator[Flask]:
    """The smallest application that can send mail."""
    app = make_app(ready_url)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that stalls for three seconds where it is told to."""
    with MailServer(stall_s=3).running() as server:
        yield server
