"""What every response gets: security headers, caching rules and compression; some also get a line in the log."""

import gzip
import logging
import re
import time
import uuid
from functools import lru_cache

import flask
from werkzeug.wrappers import Response

from kanban import assets
from kanban.extensions import settings
from kanban.mail import links

log = logging.getLogger("kanban")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def init_app(app: flask.Flask) -> None:
    """Register the hooks; call this before anything else, so that even a refusal at the gate has a request id."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    flask.g.request_id = uuid.uuid4().hex[:12]
    flask.g.began_at = time.monotonic()


def _finish(response: Response) -> Response:
    headers, request = response.headers, flask.request
    if request.endpoint == "static" and response.status_code < 400:
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if _is_hashed() else "public, max-age=86400"
    given = {name.lower() for name, _value in headers}
    rules = _rules(_SECRET_PATH.match(request.path) is not None, settings().is_https)
    headers.extend([(name, value) for name, value in rules if name.lower() not in given])
    headers.add("X-Request-Id", flask.g.get("request_id", ""))
    _log_answer(response)
    return _compressed(response)


@lru_cache
def _rules(is_secret: bool, is_https: bool) -> list[tuple[str, str]]:
    """The default headers of a response; those that its view has set itself take precedence."""
    rules = [
        ("Content-Security-Policy", _POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer" if is_secret else "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
        ("Cache-Control", "no-store"),
    ]
    return [*rules, ("Strict-Transport-Security", "max-age=31536000")] if is_https else rules


#: Addresses that contain a personal or secret link, which must not leak in a referrer.
_SECRET_PATH = re.compile(r"/(u|answer|sign-in/link|requests|roadmap)/")


def _log_answer(response: Response) -> None:
    """Log changes, failures and slow responses, but not ordinary page views."""
    request = flask.request
    took_ms = round((time.monotonic() - flask.g.get("began_at", time.monotonic())) * 1000)
    if request.method in ("GET", "HEAD", "OPTIONS") and response.status_code < 500 and took_ms < 1000:
        return
    log.info("%s %s %s %s ms", request.method, links.mask_links(request.path), response.status_code, took_ms)


def _is_hashed() -> bool:
    """Whether this is a request for a built file, whose name contains a hash of its content."""
    return flask.request.endpoint == "static" and flask.request.path.startswith("/static/dist/")


_TEXT = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml")


def _compressed(response: Response) -> Response:
    mimetype = response.mimetype or ""
    plain = mimetype in _TEXT or mimetype.endswith("+json")
    if _is_hashed():
        response.vary.add("Accept-Encoding")
    if not plain or (response.is_streamed and mimetype == "text/event-stream"):
        return response
    if response.status_code in (204, 206, 304) or "Content-Encoding" in response.headers:
        return response
    for coding in ("br", "gzip"):
        packed = _takes(coding) and _packed(response, coding)
        if packed:
            if hasattr(response.response, "close"):  # a file that is not going to be read
                response.response.close()
            response.direct_passthrough = False
            response.set_data(packed)
            response.headers["Content-Encoding"] = coding
            if _is_hashed():
                _weaken(response)
            else:
                response.headers.add("Vary", "Accept-Encoding")
            break
    return response


def _weaken(response: Response) -> None:
    """Make the ETag weak: the same file goes out in several codings, and a range of one can't continue another."""
    tag, is_weak = response.get_etag()
    if tag is not None and not is_weak:
        response.set_etag(tag, weak=True)


def _takes(coding: str) -> bool:
    """Whether the browser accepts this coding; the header is parsed only if it has weights, which few browsers send."""
    header = flask.request.headers.get("Accept-Encoding", "")
    return coding in header if ";" not in header else flask.request.accept_encodings[coding] > 0


def _packed(response: Response, coding: str) -> bytes | None:
    """The compressed body, or None if there is none in this coding or it is not worth it.

    Built files were compressed at build time; anything else is compressed here, with gzip only and from 1000 bytes on.
    """
    if _is_hashed():
        return assets.packed(flask.request.path.rpartition("/")[2], coding)
    if coding != "gzip":
        return None
    response.direct_passthrough = False
    body = response.get_data()
    return gzip.compress(body, compresslevel=5, mtime=0) if len(body) >= 1000 else None
