"""The Flask extensions, among them the database session, and the settings of the current application."""

from typing import Any

import flask
import sqlalchemy as sa
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect

from kanban.config import Config
from kanban.models import Model


class _OneDatabase(Session):
    """A session that doesn't search for the database of each statement, since all tables are in the same one."""

    def get_bind(self, *args: Any, **options: Any) -> sa.Engine | sa.Connection:
        found: sa.Engine | sa.Connection | None = options.get("bind") or self.info.get("engine")
        if found is None:
            found = self.info["engine"] = super().get_bind(*args, **options)
        return found


class _Limits(Limiter):
    """A limiter that looks for limits before the view only in the API, whose views are limited all together.

    Any other view that is limited counts its calls itself, by its decorator. Looking for limits before such views took
    3 % of a move and found nothing.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware or flask.request.path.startswith("/api/"):
            super()._check_request_limit(callable_name, in_middleware)


db = SQLAlchemy(metadata=Model.metadata, session_options={"expire_on_commit": False, "class_": _OneDatabase})
csrf = CSRFProtect()
babel = Babel()
limiter = _Limits(key_func=get_remote_address, storage_uri="memory://", strategy="moving-window")


def settings() -> Config:
    """The settings of the current application, as read from the environment."""
    config: Config = flask.current_app.config["KANBAN"]
    return config
