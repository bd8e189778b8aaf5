"""What a mail looks like on the wire, for every name, subject and text that people may have."""

import datetime as dt
import email
import email.policy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanban.errors import Refused
from kanban.mail.letter import Letter, Mailbox

LETTER = Letter(
    from_=Mailbox("Ferry tickets", "kanban@example.org"),
    to=Mailbox("Sunniva Dahl", "sunniva@example.com"),
    reply_to=Mailbox("Ingrid Lund", "ingrid@example.org"),
    subject="Company invoices come on 12 January",
    text="Dear Sunniva,\n\nall is well.\n",
    html="<p>Dear Sunniva</p>",
    message_id="update.14.1795@example.org",
    references=("update.14.FERRY@example.org",),
    list_id=("Ferry tickets", "ferry.example.org"),
    unsubscribe_url="https://kanban.example.org/u/s-1-1-abc",
    date=dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC),
)

# Any character a person's name or headline may hold; control signs are their own test.
words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
bodies = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300)


def parsed(letter: Letter) -> email.message.EmailMessage:
    raw = letter.as_message().as_bytes()
    message = email.message_from_string(raw.decode(), policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def defects(message: email.message.EmailMessage) -> list[object]:
    found: list[object] = []
    for part in message.walk():
        found += part.defects
        for value in part.values():
            found += value.defects
    return found


def one_line(text: str) -> str:
    return " ".join(text.split())


def no_spaces(text: str) -> str:
    """For display names: the standard library's reader puts a space where a long word was cut into encoded words."""
    return "".join(text.split())


def test_a_mail_carries_the_headers_that_machines_and_people_need() -> None:
    message = parsed(LETTER)
    assert message["From"] == "Ferry tickets <kanban@example.org>"
    assert message["Reply-To"] == "Ingrid Lund <ingrid@example.org>"
    assert message["To"] == "Sunniva Dahl <sunniva@example.com>"
    assert message["Message-ID"] == "<update.14.1795@example.org>"
    assert message["References"] == "<update.14.FERRY@example.org>"
    assert message["List-Id"] == "Ferry tickets <ferry.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://kanban.example.org/u/s-1-1-abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Date"].datetime == LETTER.date
    assert message["Bcc"] is None


def test_a_mail_to_a_user_needs_no_list_headers() -> None:
    message = parsed(replace(LETTER, list_id=None, unsubscribe_url=None, references=(), reply_to=None))
    for header in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "References", "Reply-To"):
        assert message[header] is None


def test_text_and_html_stand_side_by_side_text_first() -> None:
    message = parsed(LETTER)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@settings(max_examples=60, deadline=None)
@given(to=words, reply_to=words, subject=words, text=bodies, html=bodies)
def test_every_name_subject_and_text_comes_back_as_it_went(
    to: str, reply_to: str, subject: str, text: str, html: str
) -> None:
    letter = replace(
        LETTER,
        to=Mailbox(to, "sunniva@example.com"),
        reply_to=Mailbox(reply_to, "ingrid@example.org"),
        subject=subject,
        text=text,
        html=html,
    )
    message = parsed(letter)
    assert defects(message) == []
    (address,) = message["To"].addresses
    assert (no_spaces(address.display_name), address.addr_spec) == (no_spaces(to), "sunniva@example.com")
    (reply,) = message["Reply-To"].addresses
    assert (no_spaces(reply.display_name), reply.addr_spec) == (no_spaces(reply_to), "ingrid@example.org")
    assert one_line(message["Subject"]) == one_line(subject)
    plain, rich = message.iter_parts()
    assert as_lines(plain.get_content()) == as_lines(text)
    assert as_lines(rich.get_content()) == as_lines(html)


def as_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


@settings(max_examples=60, deadline=None)
@given(subject=words, name=words)
def test_no_line_on_the_wire_is_too_long_or_beyond_ascii(subject: str, name: str) -> None:
    raw = replace(LETTER, subject=subject, to=Mailbox(name, "a@example.com")).as_message().as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\x00", "\ud800"])
@pytest.mark.parametrize("place", ["to", "reply_to", "from_", "subject", "message_id", "references", "list_id", "url"])
def test_line_breaks_never_reach_a_header(sign: str, place: str) -> None:
    value = f"x{sign}Bcc: all@example.com"
    letter = {
        "to": replace(LETTER, to=Mailbox(value, "a@example.com")),
        "reply_to": replace(LETTER, reply_to=Mailbox("a", f"a{sign}@example.com")),
        "from_": replace(LETTER, from_=Mailbox(value, "a@example.com")),
        "subject": replace(LETTER, subject=value),
        "message_id": replace(LETTER, message_id=value),
        "references": replace(LETTER, references=(value,)),
        "list_id": replace(LETTER, list_id=(value, "x")),
        "url": replace(LETTER, unsubscribe_url=value),
    }[place]
    with pytest.raises(Refused):
        letter.as_message()


@pytest.mark.parametrize("sign", ["\x0b", "\x1c", "\x7f", "\x85", "\u2028"])
def test_other_control_signs_become_spaces(sign: str) -> None:
    message = parsed(replace(LETTER, subject=f"one{sign}two", to=Mailbox(f"one{sign}two", "a@example.com")))
    assert message["Subject"] == "one two"
    assert message["To"].addresses[0].display_name == "one two"


def test_a_comma_in_a_name_makes_no_second_recipient() -> None:
    for name in (
        "Lund, Ingrid <boss@example.com>",
        'Åse "the boss", B\\C',
        "Åse Lund, " * 15 + "y",
        "=?utf-8?q?fake?=",
    ):
        (address,) = parsed(replace(LETTER, to=Mailbox(name, "a@example.com")))["To"].addresses
        assert (one_line(address.display_name), address.addr_spec) == (name, "a@example.com")


def test_an_international_domain_is_written_in_ascii() -> None:
    letter = replace(LETTER, to=Mailbox("Jürgen", "info@müller.example"))
    assert not letter.needs_utf8
    assert parsed(letter)["To"].addresses[0].addr_spec == "info@xn--mller-kva.example"


def test_letters_before_the_at_sign_need_a_server_that_can_carry_them() -> None:
    letter = replace(LETTER, to=Mailbox("Jürgen", "jürgen@example.com"))
    assert letter.needs_utf8
    assert parsed(letter)["To"].addresses[0].addr_spec == "jürgen@example.com"
