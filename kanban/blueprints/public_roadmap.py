"""A product's public roadmap, for anybody with its link: titles in three columns, without account, cookie or script.

A link that is wrong, replaced, closed or past its last day looks like one that never existed.
"""

from flask import Blueprint
from werkzeug.wrappers import Response

from kanban import access
from kanban.extensions import db, limiter, settings
from kanban.mail import links
from kanban.mail.links import SignedAddress
from kanban.reads.roadmap import load_public
from kanban.web import link_pages

bp = Blueprint("public_roadmap", __name__, url_prefix="/roadmap")


@bp.get("/<token>")
@access.personal_link
@limiter.limit("60 per minute")
def show(token: str) -> Response:
    """The roadmap."""
    read = links.read_signed_address(settings().secret_key, token, SignedAddress.ROADMAP)
    told = load_public(db.session(), *read) if read is not None else None
    return (
        link_pages.dead("roadmap/dead.html") if told is None else link_pages.page("roadmap/public.html", roadmap=told)
    )
