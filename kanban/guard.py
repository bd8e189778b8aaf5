"""What is checked before each view: what its route requires of the person, where the request came from, and whether it
can be read at all. The gate (`access`) then checks the product that the request is about."""

from urllib.parse import urlsplit

import flask

from kanban import identity
from kanban.access import Need, most_bytes_of, need_of
from kanban.errors import Forbidden, Invalid, Missing
from kanban.extensions import csrf, db, settings

_SAFE = ("GET", "HEAD", "OPTIONS")


def init_app(app: flask.Flask) -> None:
    """Check every request against what its route declares."""
    app.before_request(_guard)
    app.after_request(_insist)


def check_routes(app: flask.Flask) -> None:
    """Raise RuntimeError if a route has no declaration."""
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and need_of(app.view_functions[rule.endpoint]) is None
    ]
    if bare:
        raise RuntimeError("Routes without a declared permission: " + ", ".join(sorted(set(bare))))


def _guard() -> None:
    """Check, before each view, what its route requires of the person; see_* and change_* then check the product."""
    endpoint = flask.request.endpoint
    if endpoint is None or endpoint == "static":
        return
    need = need_of(flask.current_app.view_functions[endpoint])
    assert need is not None
    flask.g.need = need
    most_bytes = most_bytes_of(endpoint)
    if most_bytes is not None and identity.maybe_user() is not None:
        flask.request.max_content_length = most_bytes
    _check_readable()
    if need.kind == "personal_link":
        return
    if not identity.is_program():
        _check_origin()
        csrf.protect()
        _keep_token(need)
    if need.kind == "public":
        return
    user = identity.current_user()
    if need.kind == "admin" and not user.is_admin:
        raise Missing
    _check_scope(need)
    identity.slide()


def _insist(response: flask.Response) -> flask.Response:
    """Raise if a product's view succeeded without passing the gate, or any view without committing what it changed:
    both are bugs, and the response must not go out."""
    need: Need | None = flask.g.get("need")
    passed = "member" in flask.g or flask.request.method == "OPTIONS"
    if need is not None and need.kind == "product" and response.status_code < 300 and not passed:
        raise RuntimeError(f"{flask.request.endpoint} answered without passing the gate")
    if flask.request.method not in _SAFE and response.status_code < 400 and db.session().info.get("writing"):
        raise RuntimeError(f"{flask.request.endpoint} answered under a lock, with nothing committed")
    return response


def _check_readable() -> None:
    """Refuse the NUL character: one database cuts a text off there, another can't store it, and no mail carries it."""
    request = flask.request
    if "\0" in request.path and flask.g.need.kind != "personal_link":
        raise Missing
    for values in (request.args, request.form):
        broken = [name for name, value in values.items(multi=True) if "\0" in value]
        if broken:
            raise Invalid({broken[0]: "It holds a character that is not text. Please type it again."})


def _check_origin() -> None:
    """Refuse unsafe requests sent by a page of another site; this comes on top of the token in every form."""
    if flask.request.method not in _SAFE and is_foreign():
        raise Forbidden("This request came from another site.", "origin")


def is_foreign() -> bool:
    """Whether a page of another site sent this request, as far as the browser tells."""
    request, need = flask.request, flask.g.get("need")
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "same-origin")
    if origin == "null" and need is not None and need.kind == "personal_link":
        origin = None  # these pages send no referrer, so the browser sends no origin either
    if origin is None:
        return site not in ("same-origin", "none")
    own = {urlsplit(settings().base_url).netloc, request.host}
    return urlsplit(origin).netloc not in own


def _keep_token(need: Need) -> None:
    """Reuse the request's verified CSRF token in the forms of the response; to sign a new one takes 2 % of a move.

    Only in product routes: signing in or out gives the browser a new session, for which the old token is not valid.
    """
    token = flask.request.form.get("csrf_token")
    if token and need.kind == "product" and flask.g.get("csrf_valid"):
        flask.g.csrf_token = token


def _check_scope(need: Need) -> None:
    token = identity.current_token()
    if token is None:
        return
    scope = "admin" if need.kind == "admin" else "read" if flask.request.method in _SAFE else "write"
    if not token.covers(scope):
        raise Forbidden(f"This needs a token with the scope {scope}.", "scope")
