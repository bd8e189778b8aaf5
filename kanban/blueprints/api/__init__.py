"""The HTTP API: JSON under /api/v1, by token only, behind the same gate and with the same verbs as the pages."""

from typing import Any

import flask
from flask_limiter.util import get_remote_address
from flask_openapi3.openapi import OpenAPI

from kanban import access, identity
from kanban.blueprints.api import (
    attachments,
    flow,
    items,
    links,
    mine,
    moves,
    new_items,
    problems,
    products,
    promises,
    reporting,
    requests,
    roadmaps,
    saying,
    splitting,
    stakeholding,
    talk,
    transfers,
    webhooks,
)
from kanban.blueprints.api.calls import api
from kanban.extensions import limiter, settings

__all__ = [
    "attachments",
    "flow",
    "items",
    "links",
    "mine",
    "moves",
    "new_items",
    "problems",
    "products",
    "promises",
    "register",
    "reporting",
    "requests",
    "roadmaps",
    "saying",
    "splitting",
    "stakeholding",
    "talk",
    "transfers",
    "webhooks",
]


def register(app: OpenAPI) -> None:
    """Register all calls and the document that describes them."""
    app.security_schemes = {"token": {"type": "http", "scheme": "bearer"}}
    app.register_api(api)


@api.get("/openapi.json", doc_ui=False)
@access.public
def document() -> dict[str, Any]:
    """What can be called, and how (OpenAPI 3.1)."""
    app = flask.current_app
    assert isinstance(app, OpenAPI)
    return api.tell(app)


def _rate() -> str:
    return settings().api_rate or ""


def _caller() -> str:
    """The key for rate limits: the token or, for calls without a valid one, the IP address."""
    token = identity.current_token()
    return f"token {token.id}" if token is not None else get_remote_address()


limiter.shared_limit(_rate, scope="api", key_func=_caller, exempt_when=lambda: not _rate())(api)
