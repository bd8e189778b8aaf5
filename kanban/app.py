"""Puts the application together: settings, extensions, pages, and what every answer carries."""

import importlib
import json
import logging
import sys
import uuid
from functools import lru_cache
from typing import Any

import flask
from babel import Locale
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from kanban import clock, formatting, guard, identity, live, markup, translation
from kanban.assets import Assets
from kanban.config import MOST_FILE_BYTES, MOST_FILES_AT_ONCE, Config
from kanban.extensions import babel, csrf, db, limiter
from kanban.mail.office import PostOffice
from kanban.reads import words
from kanban.templating import keep_compiled, share_globals
from kanban.transactions import settle_engine
from kanban.translation import language
from kanban.web import forms, headers, rail, refusals, typed

PAGES = (
    "auth",
    "people",
    "outgoing_mail",
    "owners",
    "me",
    "products",
    "settings",
    "columns",
    "label_settings",
    "members",
    "calendar",
    "backlog",
    "board",
    "moves",
    "bulk_ranking",
    "bulk_moves",
    "row_editing",
    "new_items",
    "import_export",
    "items",
    "comments",
    "criteria",
    "parts",
    "attachments",
    "item_links",
    "scores",
    "discarded",
    "splitting",
    "assigning",
    "labels",
    "questions",
    "my_work",
    "portfolio",
    "decisions",
    "undo",
    "promises",
    "notices",
    "milestones",
    "updates",
    "drafts",
    "publishing",
    "problems",
    "mails",
    "stakeholders",
    "stakeholder_import",
    "personal",
    "insights",
    "links",
    "lost_links",
    "request_forms",
    "request_pages",
    "answering",
    "inbox",
    "request_settings",
    "requests",
    "accepting",
    "update_questions",
    "live",
    "health",
    "metrics",
    "history",
    "search",
    "command_bar",
    "seen",
    "roadmap",
    "public_roadmap",
    "webhooks",
    "api",
)


class _Number(IntegerConverter):
    """A number in an address; one too large for any database matches no page."""

    regex = r"\d{1,9}"


def create_app(config: Config | None = None) -> flask.Flask:
    """Create the application for these settings (default: the environment's). The database must be up to date."""
    config = config or Config.from_environment()
    PostOffice.from_config(config)  # so that a wrong mail server fails the start, not the first mail
    app = OpenAPI(__name__, info=Info(title="Kanban", version="1"), doc_ui=False, static_folder="static")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters["int"] = _Number
    app.config.update(settings_of(config))
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    app.ensure_sync = _as_it_is  # type: ignore[method-assign,assignment]
    db.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=_language, timezone_selector=_zone)
    translation.init_app(app)
    with app.app_context():
        settle_engine(db.engine)
    headers.init_app(app)
    identity.init_app(app)
    guard.init_app(app)
    refusals.init_app(app)
    rail.init_app(app)
    live.init_app(app)
    _register_pages(app)
    _set_up_templates(app)
    guard.check_routes(app)
    return app


def _as_it_is(view: Any) -> Any:
    """Replaces Flask's `ensure_sync`: no view is a coroutine.

    Checking that for each of the 17 functions of a request took 2 % of a move.
    """
    return view


def settings_of(config: Config) -> dict[str, Any]:
    """The configuration of Flask and its extensions for these settings."""
    engine: dict[str, Any] = {"pool_size": 20, "max_overflow": 60, "pool_timeout": 30, "hide_parameters": True}
    engine["pool_use_lifo"] = True  # what the connection used last has cached of the file is most likely still valid
    if not config.is_sqlite:
        engine["isolation_level"] = "AUTOCOMMIT"  # for reads; begin_write opens a transaction
    return {
        "KANBAN": config,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        "SESSION_COOKIE_NAME": "__Host-kanban" if config.is_https else "kanban",
        "SESSION_COOKIE_SECURE": config.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_HEADERS_ENABLED": False,
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,
        "BABEL_DEFAULT_LOCALE": "en",
        "TESTING": config.testing,
        "PROPAGATE_EXCEPTIONS": config.testing,
    }


def _register_pages(app: flask.Flask) -> None:
    for name in PAGES:
        module = importlib.import_module(f"kanban.blueprints.{name}")
        module.register(app) if hasattr(module, "register") else app.register_blueprint(module.bp)


def _set_up_templates(app: flask.Flask) -> None:
    assets = Assets()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.auto_reload = False
    keep_compiled(app.jinja_env)
    share_globals(app.jinja_env)
    if app.testing:
        import jinja2

        app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.globals.update(asset=assets.url, icon=assets.icon, new_command=lambda: uuid.uuid4().hex)
    app.jinja_env.globals.update(most_files=MOST_FILES_AT_ONCE, most_file_bytes=MOST_FILE_BYTES)
    app.jinja_env.globals["reasons_for"] = words.reasons_for
    app.jinja_env.globals.update(read_written=typed.read_written, read_again=typed.read_again)
    app.jinja_env.globals["sends_mail"] = lambda: app.config["KANBAN"].sends_mail
    app.jinja_env.filters.update(
        reason_word=words.reason_word, cause_word=words.cause_word, stage_word=words.stage_word
    )
    app.jinja_env.filters.update(
        short_day=lambda day: formatting.short_day(day, language(), today=_today()),
        long_day=lambda day: formatting.long_day(day, language(), today=_today()),
        week_day=lambda day: formatting.week_day(day, language()),
        instant=lambda at: formatting.instant(at, _zone(), language()),
        short_instant=lambda at: formatting.short_instant(at, _zone(), language(), today=_today()),
        lately=lambda at: formatting.lately(at, _zone(), language(), today=_today()),
        appointment=lambda at: formatting.appointment(at, _zone(), language(), today=_today()),
        ago=lambda at: formatting.ago(at, clock.now(), language()),
        waiting=lambda at: formatting.waiting(at, clock.now(), language()),
        local_day=lambda at: clock.day_of(at, _zone()),
        days=lambda count: formatting.days(count, language()),
        long_days=lambda count: formatting.long_days(count, language()),
        length_of_time=lambda duration: formatting.length(duration, language()),
        number=lambda value: formatting.number(value, language()),
        file_size=lambda size: formatting.file_size(size, language()),
        initials=formatting.initials,
        markdown=markup.to_html,
        with_refs=markup.with_refs,
        focusing=forms.focusing,
        as_typed=forms.as_typed,
    )
    app.context_processor(lambda: {"lang": language()})


def _language() -> Locale:
    """The reader's language: one object for all requests in it, so that caches keyed by it find it by identity."""
    user = identity.maybe_user() if flask.has_request_context() else None
    return _parsed(user.language if user is not None else "en")


@lru_cache
def _parsed(language: str) -> Locale:
    return Locale.parse(language)


def _zone() -> str:
    user = identity.maybe_user() if flask.has_request_context() else None
    return user.time_zone if user is not None else "UTC"


def _today() -> Any:
    return clock.today(_zone())


class _JsonLines(logging.Formatter):
    """Formats each log record as one line of JSON, with the id of the request but never a token."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": clock.now().isoformat(), "level": record.levelname.lower(), "message": record.getMessage()}
        if flask.has_request_context():
            line["request"] = flask.g.get("request_id", "")
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Send the program's log to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logger = logging.getLogger("kanban")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
