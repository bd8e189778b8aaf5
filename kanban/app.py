"""Puts the application together: settings, extensions, pages, and what every answer carries."""

import gzip
import importlib
import importlib.util
import json
import logging
import sys
from dataclasses import dataclass
from typing import Any

import flask
import flask_openapi3
import sqlalchemy as sa
from flask_babel import get_locale, gettext
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from kanban import access, clock, formatting, markup, migrating, replies
from kanban.config import Config
from kanban.extensions import babel, csrf, db, limiter, settle_engine
from kanban.mail.office import PostOffice
from kanban.models import Product, User
from kanban.reads import shell

PAGES = (
    "auth",
    "people",
    "me",
    "products",
    "settings",
    "columns",
    "members",
    "backlog",
    "board",
    "moves",
    "items",
    "questions",
    "updates",
    "mails",
    "stakeholders",
    "insights",
    "links",
    "live",
    "health",
    "api",
)


def create_app(config: Config | None = None) -> flask.Flask:
    """The application for these settings (default: those of the environment). The database must be up to date."""
    config = config or Config.from_environment()
    PostOffice.from_config(config)  # a wrong mail server stops the start, not the first mail
    app = flask_openapi3.OpenAPI(
        __name__, info=flask_openapi3.Info(title="Kanban", version="1"), doc_ui=False, static_folder="static"
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(_settings(config))
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    db.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=_language, timezone_selector=_zone)
    with app.app_context():
        settle_engine(db.engine)
    access.init_app(app)
    replies.init_app(app)
    _register_pages(app)
    _set_up_templates(app)
    app.before_request(_begin)
    app.after_request(_finish)
    access.check_routes(app)
    return app


def _settings(config: Config) -> dict[str, Any]:
    engine: dict[str, Any] = {"pool_size": 20, "max_overflow": 60, "pool_timeout": 30}
    if not config.is_sqlite:
        engine["pool_pre_ping"] = True
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
        if importlib.util.find_spec(f"kanban.blueprints.{name}") is None:  # until all pages stand
            continue
        module = importlib.import_module(f"kanban.blueprints.{name}")
        module.register(app) if hasattr(module, "register") else app.register_blueprint(module.bp)


# What templates get


@dataclass(frozen=True)
class Link:
    """A page in the rail."""

    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True)
class ProductLink:
    """A product in the switcher; `mark` is its two letters."""

    key: str
    name: str
    mark: str
    url: str


@dataclass(frozen=True)
class Shell:
    """The rail: the product at hand, its pages, the pages over all products, and the person's own."""

    product: ProductLink | None
    products: list[ProductLink]
    pages: list[Link]
    overview: list[Link]
    extras: list[Link]
    me_url: str
    sign_out_url: str


@dataclass(frozen=True)
class Me:
    """The person as templates see them."""

    id: int
    name: str
    initials: str
    theme: str
    is_admin: bool


def _set_up_templates(app: flask.Flask) -> None:
    assets = replies.Assets()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.auto_reload = False
    if app.testing:
        import jinja2

        app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.globals["asset"] = assets.url
    app.jinja_env.filters.update(
        short_day=lambda day: formatting.short_day(day, _locale(), today=_today()),
        long_day=lambda day: formatting.long_day(day, _locale(), today=_today()),
        instant=lambda at: formatting.instant(at, _zone(), _locale()),
        short_instant=lambda at: formatting.short_instant(at, _zone(), _locale(), today=_today()),
        ago=lambda at: formatting.ago(at, clock.now(), _locale()),
        waiting=lambda at: formatting.waiting(at, clock.now(), _locale()),
        local_day=lambda at: clock.day_of(at, _zone()),
        days=lambda count: formatting.days(count, _locale()),
        long_days=lambda count: formatting.long_days(count, _locale()),
        length_of_time=lambda duration: formatting.length(duration, _locale()),
        number=lambda value: formatting.number(value, _locale()),
        initials=formatting.initials,
        markdown=markup.to_html,
    )
    app.context_processor(_around)


def _around() -> dict[str, Any]:
    user = access.maybe_user() if flask.has_request_context() else None
    if user is None:
        return {"lang": _locale(), "me": None, "shell": None}
    me = Me(user.id, user.name, formatting.initials(user.name), user.theme, user.is_admin)
    return {"lang": _locale(), "me": me, "shell": None if replies.wants_fragment() else _shell(user)}


def _shell(user: User) -> Shell:
    session = db.session()
    rows = shell.products_of(session, user.id)
    products = [ProductLink(key, name, key[:2], flask.url_for("backlog.show", key=key)) for key, name, _ in rows]
    member = flask.g.get("member")
    product: Product | None = member.product if member is not None else None
    waiting = shell.waiting_on(session, user.id)
    if product is None and len(rows) == 1:
        product = session.scalar(sa.select(Product).where(Product.key == rows[0][0]))
    here = flask.request.endpoint or ""
    questions = Link(
        gettext("Questions"),
        flask.url_for("questions.queue"),
        "circle-question-mark",
        here.startswith("questions."),
        waiting or None,
        bool(waiting),
    )
    at_hand = None
    if product is not None:
        url = flask.url_for("backlog.show", key=product.key)
        at_hand = ProductLink(product.key, product.name, product.key[:2], url)
    return Shell(
        product=at_hand,
        products=products,
        pages=_pages(product, questions, here) if product is not None else [questions],
        overview=[Link(gettext("People"), flask.url_for("people.show"), "users", here.startswith("people."))]
        if user.is_admin
        else [],
        extras=[Link(gettext("New product"), flask.url_for("products.new"), "plus")],
        me_url=flask.url_for("me.show"),
        sign_out_url=flask.url_for("auth.sign_out"),
    )


_PART_OF = {"mails": "updates", "columns": "settings", "members": "settings"}


def _pages(product: Product, questions: Link, here: str) -> list[Link]:
    counts = shell.counts_of(db.session(), product.id)

    def page(label: str, endpoint: str, icon: str, count: int | None = None) -> Link:
        at = here.partition(".")[0]
        current = _PART_OF.get(at, at) == endpoint.partition(".")[0]
        return Link(label, flask.url_for(endpoint, key=product.key), icon, current, count or None)

    pages = [
        page(gettext("Backlog"), "backlog.show", "list", counts.backlog),
        page(gettext("Board"), "board.show", "square-kanban", counts.board),
        questions,
        page(gettext("Updates"), "updates.index", "send"),
    ]
    member = flask.g.get("member")
    if member is None or member.may(access.Action.SEE_STAKEHOLDERS):
        pages.append(page(gettext("Stakeholders"), "stakeholders.index", "users"))
    return [
        *pages,
        page(gettext("Insights"), "insights.show", "chart-line"),
        page(gettext("Settings"), "settings.show", "settings"),
    ]


def _language() -> str:
    user = access.maybe_user() if flask.has_request_context() else None
    return user.language if user is not None else "en"


def _zone() -> str:
    user = access.maybe_user() if flask.has_request_context() else None
    return user.time_zone if user is not None else "UTC"


def _locale() -> str:
    return str(get_locale() or "en").replace("_", "-")


def _today() -> Any:
    return clock.today(_zone())


# What every request and answer carries

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {}"
)


def _begin() -> None:
    flask.g.request_id = replies.new_request_id()
    if flask.request.endpoint not in (None, "static", "live.stream") and not flask.request.path.startswith("/api/"):
        access.slide_sign_in()


def _finish(response: Response) -> Response:
    headers = response.headers
    framed = headers.pop("X-Frameable", None)
    headers.setdefault("Content-Security-Policy", _POLICY.format("'self'" if framed else "'none'"))
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["X-Request-Id"] = flask.g.get("request_id", "")
    config: Config = flask.current_app.config["KANBAN"]
    if config.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if flask.request.endpoint == "static":
        if "/dist/" in flask.request.path:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers.setdefault("Cache-Control", "no-store")
    return _compressed(response)


_TEXT = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml")


def _compressed(response: Response) -> Response:
    wants = "gzip" in flask.request.headers.get("Accept-Encoding", "")
    plain = response.mimetype in _TEXT or response.mimetype.endswith("+json")
    if not wants or not plain or (response.is_streamed and response.mimetype == "text/event-stream"):
        return response
    if response.status_code in (204, 304) or "Content-Encoding" in response.headers:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < 1000:
        return response
    response.set_data(gzip.compress(body, compresslevel=5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response


class _JsonLines(logging.Formatter):
    """One JSON object a line; request ids, never tokens."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": clock.now().isoformat(), "level": record.levelname.lower(), "message": record.getMessage()}
        if flask.has_request_context():
            line["request"] = flask.g.get("request_id", "")
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_as_json() -> None:
    """Send the program's log to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logger = logging.getLogger("kanban")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)


def prepare(config: Config) -> None:
    """Bring the database up to date; see `migrating`."""
    migrating.upgrade(config)
