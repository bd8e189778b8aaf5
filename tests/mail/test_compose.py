"""What the mails say: every kind as text and HTML, readable without images, on light and dark screens."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from jinja2 import StrictUndefined

import kanban
from kanban.mail import compose
from kanban.mail.compose import WrittenMail, update_view
from kanban.reads.inbox.inbox import Line

ROOT = Path(kanban.__file__).parent
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)

SNAPSHOT: dict[str, Any] = {
    "product_key": "FERRY",
    "product_name": "Ferry tickets",
    "number": 14,
    "since": "2026-11-09T08:00:00+00:00",
    "published_at": "2026-11-24T08:00:00+00:00",
    "published_on": "2026-11-24",
    "owner_id": 1,
    "headline": "Company invoices come on 12 January, six weeks later than promised",
    "summary": "Season cards and refunds are on time.\n\nOne decision is needed by Friday.",
    "health": "off_track",
    "health_before": "at_risk",
    "health_reason": "The harbour system can't tell a company from a person.",
    "corrects": None,
    "sections": [
        {
            "kind": "delays",
            "lines": [
                {
                    "ref": "FERRY-12",
                    "text": "Pay with an invoice for companies",
                    "note": "Until then companies book by card.",
                    "old_date": "2026-12-01",
                    "new_date": "2027-01-12",
                    "cause": "The harbour system's release is on 8 December.",
                }
            ],
        },
        {"kind": "shipped", "lines": [{"ref": "FERRY-3", "text": "Tickets in the phone’s wallet"}]},
        {"kind": "in_progress", "lines": []},
        {"kind": "problems", "lines": [{"text": "<b>Queues</b> & delays", "note": ""}]},
        {
            "kind": "decisions",
            "lines": [{"text": "May small refunds skip approval?", "note": "the board", "new_date": "2026-11-27"}],
        },
        {"kind": "next", "lines": [{"ref": "FERRY-9", "text": ""}]},
    ],
}

COMMON = {
    "lang": "en",
    "person_name": "Sunniva Dahl",
    "installation": "Kanban",
    "base_url": "https://kanban.example.org",
}
LINK = "https://kanban.example.org/link/abcdefgh"
QUESTION = {
    "author_name": "Jonas Berg",
    "product_name": "Ferry tickets",
    "item_ref": "FERRY-12",
    "item_title": "Refund a ticket",
    "body": "Until when may one refund?\nTwo hours or three?\n\n<script>alert(1)</script>",
    "answer": "Two hours.\n\nNever later.",
    "blocking": True,
    "needed_words": "27 Nov",
    "assumption": "Two hours, as on the paper tickets.",
    "until_words": "3 Dec",
    "stands": False,
    "link": "https://kanban.example.org/items/FERRY-12",
    "answer_url": "https://kanban.example.org/answer/w-1-1-aaaa",
}
ASKED = {
    "author_name": "Tor Vik",
    "product_name": "Ferry tickets",
    "update_number": 14,
    "headline": "Six weeks late",
    "body": "May we sell season cards?\n\n<script>alert(1)</script>",
    "answer": "Yes.\n\nFrom Monday.",
    "answer_url": "https://kanban.example.org/answer/w-2-1-aaaa",
    "link": "https://kanban.example.org/u/r-1-1-aaaa",
    "read_url": "https://kanban.example.org/u/r-1-1-aaaa",
    "preferences_url": "https://kanban.example.org/u/p-1-1-aaaa",
    "stop_url": "https://kanban.example.org/u/s-1-1-aaaa",
}
MENTIONED = Line(1, "mention", "commented", "Tor Vik", "FERRY", "Ferry tickets", "FERRY-12", "<script>", 1, NOON, False)
NOTIFIED = {
    "lines": [(MENTIONED, "https://kanban.example.org/items/FERRY-12")],
    "places": [("https://kanban.example.org/items/FERRY-12", [MENTIONED])],
    "more": 0,
    "inbox_url": "https://kanban.example.org/inbox",
    "settings_url": "https://kanban.example.org/me#notifications",
}
REQUEST = {
    "product_name": "Ferry tickets",
    "author_name": "Ingrid Lund",
    "number": 7,
    "title": "Refund a group",
    "body": "Coaches cancel as a whole.\n\n<script>alert(1)</script>",
    "is_mine": True,
    "kind": "accepted",
    "what": "asked",
    "words": "In the spring.\n\nNot before.",
    "stands": "It is taken up.",
    "outcome": "It is taken up.",
    "window": "Likely done between 1 March and 9 April.",
    "confirm_url": "https://kanban.example.org/requests/confirm/c-1-1-aaaa",
    "mine_url": "https://kanban.example.org/requests/mine/q-1-1-aaaa",
    "preferences_url": "https://kanban.example.org/u/p-1-1-aaaa",
    "link": "https://kanban.example.org/products/FERRY/requests/7",
}
CONTEXTS: dict[str, dict[str, Any]] = {
    "sign_in": {"link": LINK, "minutes": 15},
    "invitation": {"link": LINK, "days": 7, "inviter": "Ingrid Lund", "product_name": "Ferry tickets"},
    "password": {"link": LINK, "minutes": 60},
    "question_asked": QUESTION,
    "question_answered": QUESTION,
    "question_returned": QUESTION,
    "update": {
        "first": None,
        "owner_name": "Ingrid Lund",
        "read_url": "https://kanban.example.org/u/r-1-1-aaaa",
        "ask_url": "https://kanban.example.org/u/a-1-1-aaaa",
        "decide_url": "https://kanban.example.org/u/d-1-1-aaaa",
        "preferences_url": "https://kanban.example.org/u/p-1-1-aaaa",
        "stop_url": "https://kanban.example.org/u/s-1-1-aaaa",
    },
    "receipt": {
        "act": "acknowledged",
        "act_words": "You said that you have read it.",
        "product_name": "Ferry tickets",
        "owner_name": "Ingrid Lund",
        "preferences_url": "https://kanban.example.org/u/p-1-1-aaaa",
    },
    "stakeholder_asked": {**ASKED, "link": "https://kanban.example.org/products/FERRY/updates/14#asked-3"},
    "stakeholder_answered": {**ASKED, "author_name": "Ingrid Lund"},
    "stakeholder_decided": {**ASKED, "asked": "May small refunds skip approval?", "body": "Yes, up to 100 euro"},
    "link_reported": {**ASKED, "reader_name": "Tor Vik", "reader_email": "tor@island.example.org"},
    "lost_link": {**ASKED, "requests_url": "https://kanban.example.org/requests/mine/q-1-1-aaaa"},
    **dict.fromkeys(("request_confirm", "request_received", "request_outcome", "request_heard"), REQUEST),
    **dict.fromkeys(("notification", "digest"), NOTIFIED),
    "update_due": {
        "product_name": "Ferry tickets",
        "last_day": "20 November 2026",
        "days": 15,
        "cadence_days": 14,
        "n_people": 3,
        "draft_number": None,
        "link": "https://kanban.example.org/products/FE/updates",
        "settings_url": "https://kanban.example.org/products/FE/settings",
    },
    "update_held": {
        "product_name": "Ferry tickets",
        "headline": "Invoices are six weeks late",
        "number": 14,
        "was_due": "Tue 1 Dec, 09:00 (Europe/Berlin)",
        "presser": "Ingrid Lund",
        "why": ["“Wallet” is listed as in progress, but is finished."],
        "link": "https://kanban.example.org/products/FERRY/updates/14",
    },
    "test": {},
}


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("kanban", root_path=str(ROOT))
    app.jinja_env.undefined = StrictUndefined
    Babel(app)
    return app


def written(app: Flask, kind: str, **more: Any) -> WrittenMail:
    context = {**COMMON, **CONTEXTS[kind], **more}
    with app.app_context():
        if kind == "update":
            context["update"] = update_view(more.get("snapshot", SNAPSHOT))
        return compose.compose(kind, context, render=compose.renderer(app.jinja_env))


def test_every_kind_is_covered_here() -> None:
    assert set(CONTEXTS) == set(compose.KINDS)


@pytest.mark.parametrize("kind", compose.KINDS)
def test_a_mail_is_complete_and_calm(app: Flask, kind: str) -> None:
    mail = written(app, kind)
    assert mail.subject
    assert "\n" not in mail.subject
    assert mail.text.startswith(("Hello Sunniva Dahl,", "Ferry tickets"))
    assert "!" not in mail.text
    assert "\n\n\n" not in mail.text
    assert len(mail.text.splitlines()) <= 45, "One screen"
    assert "<" not in mail.text.replace("<b>", "").replace("</b>", "").replace("<script>", "").replace("</script>", "")


@pytest.mark.parametrize("kind", compose.KINDS)
def test_html_works_without_images_scripts_or_anything_fetched(app: Flask, kind: str) -> None:
    html = written(app, kind).html
    assert not re.search(r"<(img|script|link|iframe|svg|object|form)\b", html)
    assert "url(" not in html
    assert "@import" not in html
    assert html.count("<h1") == 1
    assert '<html lang="en">' in html


@pytest.mark.parametrize("kind", compose.KINDS)
def test_styles_are_inlined_and_dark_screens_are_served(app: Flask, kind: str) -> None:
    html = written(app, kind).html
    assert re.search(r'<h1[^>]* style="[^"]*font-size: ?23px', html)
    assert "prefers-color-scheme: dark" in html
    assert 'content="light dark"' in html


def test_every_link_has_a_colour_of_its_own_on_light_and_dark_screens(app: Flask) -> None:
    for kind in compose.KINDS:
        for tag in re.findall(r"<a [^>]*>", written(app, kind).html):
            assert re.search(r'class="(link|button|button second)"', tag), f"{kind}: {tag}"


def test_one_button_of_a_mail_stands_out(app: Flask) -> None:
    for kind in compose.KINDS:
        assert written(app, kind).html.count('class="button"') <= 1, kind
    asks = written(app, "update").html
    assert 'class="button"' in asks and 'class="button second"' in asks


def test_every_link_stands_alone_on_its_line(app: Flask) -> None:
    for kind in compose.KINDS:
        for line in written(app, kind).text.splitlines():
            if "://" in line and kind != "test":
                assert re.fullmatch(r"https://\S+", line), line


def test_the_update_reads_like_a_letter(app: Flask) -> None:
    mail = written(app, "update")
    assert mail.subject == "Ferry tickets: " + SNAPSHOT["headline"]
    assert mail.text == (Path(__file__).parent / "update.txt").read_text(encoding="utf-8")


def test_delays_come_first_with_the_old_date_struck_through(app: Flask) -> None:
    html = written(app, "update").html
    assert re.search(r"<s [^>]*>1 Dec</s> → 12 Jan 2027", html)
    assert html.index("Later than promised") < html.index("Done since 9 Nov") < html.index("I have read this")
    assert "was at risk on 9 Nov" in html
    assert "In progress" not in html


@pytest.mark.parametrize("kind", ["question_asked", "question_returned"])
def test_who_is_asked_reads_what_is_assumed_until_they_say_otherwise(app: Flask, kind: str) -> None:
    mail = written(app, kind)
    before, after = mail.text.split(
        "Unless told otherwise by 3 Dec, we will assume:\n\n  Two hours, as on the paper tickets.\n"
    )
    assert before.endswith("\n\n") and after.startswith("\n") and "without signing in" in after
    assert re.search(
        r"Unless told otherwise by 3 Dec, we will assume:.*Two hours, as on the paper", mail.html, re.DOTALL
    )
    late = written(app, kind, stands=True)
    assert "We have assumed since 3 Dec, as nobody said otherwise:" in late.text and "since 3 Dec" in late.html
    silent = written(app, kind, assumption="", until_words="")
    assert "assume" not in silent.text + silent.html


def test_what_people_wrote_is_escaped(app: Flask) -> None:
    assert "&lt;b&gt;Queues&lt;/b&gt; &amp; delays" in written(app, "update").html
    assert "<script>" not in written(app, "question_asked").html
    assert "<b>Queues</b> & delays" in written(app, "update").text


def test_an_unchanged_health_is_not_compared(app: Flask) -> None:
    same = {**SNAPSHOT, "health_before": "off_track"}
    assert "was " not in written(app, "update", snapshot=same).text.split("Later")[0]
    first = {**SNAPSHOT, "health_before": None, "since": None}
    assert "\nDone\n" in written(app, "update", snapshot=first).text


def test_a_correction_says_what_it_corrects(app: Flask) -> None:
    mail = written(app, "update", snapshot={**SNAPSHOT, "corrects": 13})
    assert "This corrects update 13." in mail.text
    assert "This corrects update 13." in mail.html


def test_a_headline_can_not_break_the_subject(app: Flask) -> None:
    mail = written(app, "update", snapshot={**SNAPSHOT, "headline": "One\nSubject: two"})
    assert mail.subject == "Ferry tickets: One"


def test_a_title_can_not_turn_the_rest_of_the_subject_round(app: Flask) -> None:
    mail = written(app, "update", snapshot={**SNAPSHOT, "headline": "Delay \u202eyadirF\u2066 of the ferry"})
    assert mail.subject == "Ferry tickets: Delay yadirF of the ferry"


def test_what_is_not_known_is_said_of_the_health_and_never_stands_alone() -> None:
    view = update_view({**SNAPSHOT, "health": "unknown"}, locale="en")
    assert (view["health_words"], view["before_words"]) == ("Health: not known yet", "was at risk on 9 Nov")
    view = update_view({**SNAPSHOT, "health_before": "unknown", "health_computed": "unknown"}, locale="en")
    assert view["before_words"] == "was not known yet on 9 Nov"
    assert view["computed_words"] == "The forecast says: not known yet"


def test_an_unknown_kind_is_a_mistake(app: Flask) -> None:
    with pytest.raises(ValueError, match="no mail of kind"):
        compose.compose("newsletter", {}, render=lambda _template, _values: "")


def test_the_colours_are_those_of_the_app() -> None:
    tokens = set(re.findall(r"#[0-9a-f]{6}", (ROOT.parent / "assets/css/tokens.css").read_text()))
    used = set(re.findall(r"#[0-9a-f]{6}", (ROOT / "templates/mail/_style.css").read_text()))
    assert used <= tokens
