"""Seven situations of an update's mail, word for word as text and as HTML, so that a change of a template is seen.

`KANBAN_WRITE_GOLDEN=1` writes the files anew; look at them in a browser before they are committed."""

import datetime as dt
import email
import email.policy
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kanban.mail.compose import WrittenMail
from kanban.mail.letter import Letter, Mailbox
from kanban.mail.levels import Concern, for_level
from kanban.models import Level
from tests.mail.test_compose import SNAPSHOT, app, written

__all__ = ["app"]

GOLDEN = Path(__file__).parent / "golden"
_QUIET: dict[str, Any] = {
    **SNAPSHOT,
    "headline": "Season cards are on time",
    "summary": "Nothing moved.",
    "health": "on_track",
    "health_before": "on_track",
    "health_reason": "",
    "sections": [part for part in SNAPSHOT["sections"] if part["kind"] in ("shipped", "next")],
}
SITUATIONS: dict[str, dict[str, Any]] = {
    "late": {"snapshot": SNAPSHOT},
    "quiet first mail": {
        "snapshot": _QUIET,
        "first": {"by": "Ingrid Lund", "on": "20 November 2026", "reason": "You asked for the invoices."},
        "decide_url": "",
    },
    "in brief": {"snapshot": for_level(SNAPSHOT, Level.BRIEF)},
    "only what concerns me": {
        "snapshot": for_level(SNAPSHOT, Level.MINE, Concern(refs=frozenset({"FERRY-12"}), name="Sunniva Dahl"))
    },
    "correction against the facts": {
        "snapshot": {
            **SNAPSHOT,
            "corrects": 13,
            "health": "at_risk",
            "health_computed": "off_track",
            "health_grounds": ["“Pay with an invoice” is promised for 12 Jan 2027 and likely (85 %) by 2 Feb 2027"],
            "checks": [
                {
                    "code": "H2",
                    "message": "“Pay with an invoice” is promised for 12 Jan 2027, but even its 50 % date is"
                    " 20 Jan 2027.",
                    "mentioned": False,
                    "reason": "Two people come back on Monday; the forecast does not know them.",
                }
            ],
        }
    },
    "delay notice": {
        "snapshot": {
            **SNAPSHOT,
            "notice": True,
            "since": None,
            "summary": "",
            "sections": [part for part in SNAPSHOT["sections"] if part["kind"] == "delays"],
        },
        "decide_url": "",
    },
    "delay without a new date": {
        "snapshot": {
            **SNAPSHOT,
            "sections": [
                {
                    "kind": "delays",
                    "lines": [
                        {"ref": "FERRY-12", "text": "Pay with an invoice for companies", "old_date": "2026-12-01"}
                    ],
                }
            ],
        },
        "decide_url": "",
    },
}


def test_a_notice_of_one_promise_is_not_held_against_the_health_of_the_whole(app: Flask) -> None:  # noqa: F811
    assert "was at risk" in written(app, "update", **SITUATIONS["late"]).text
    told = written(app, "update", **SITUATIONS["delay notice"])
    assert "was at risk" not in told.text + told.html


def test_a_delay_without_a_new_date_says_so(app: Flask) -> None:  # noqa: F811
    mail = written(app, "update", **SITUATIONS["delay without a new date"])
    assert "1 Dec → no new date yet" in mail.text
    assert "no new date yet" in mail.html
    for name in ("late", "delay notice", "quiet first mail"):
        told = written(app, "update", **SITUATIONS[name])
        assert "no new date" not in told.text + told.html


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_mail_of_a_situation_is_word_for_word_the_same(app: Flask, name: str) -> None:  # noqa: F811
    mail = written(app, "update", **SITUATIONS[name])
    for ending, told in (("txt", f"Subject: {mail.subject}\n\n{mail.text}"), ("html", mail.html)):
        file = GOLDEN / f"{name.replace(' ', '_')}.{ending}"
        if os.environ.get("KANBAN_WRITE_GOLDEN"):
            file.write_text(told, encoding="utf-8")
        assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_is_parsed_back_without_a_defect(app: Flask, name: str) -> None:  # noqa: F811
    message = email.message_from_bytes(_letter(written(app, "update", **SITUATIONS[name])), policy=email.policy.default)
    parts = list(message.walk())
    assert [defect for part in parts for defect in part.defects] == []
    assert {part.get_content_type() for part in parts} >= {"text/plain", "text/html"}
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def _letter(mail: WrittenMail) -> bytes:
    return bytes(
        Letter(
            from_=Mailbox("Kanban", "kanban@example.org"),
            to=Mailbox("Sunniva Dahl", "sunniva@island.example.org"),
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            message_id="update.1.1@example.org",
            list_id=("Ferry tickets", "ferry.example.org"),
            unsubscribe_url="https://kanban.example.org/u/s-1-1-aaaa",
            date=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        ).as_message()
    )
