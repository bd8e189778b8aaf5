"""The mail server as an address names it."""

import pytest

from kanban.mail.server import SmtpSettings
from tests.mail.server import PASSWORD, USER


def test_settings_are_read_from_one_address() -> None:
    settings = SmtpSettings.parse("smtp://kanban%40example.org:p%23w%2F@mail.example.org:2525?tls=starttls&verify=no")
    assert settings == SmtpSettings(
        host="mail.example.org", port=2525, tls="starttls", user="kanban@example.org", password="p#w/", verify=False
    )
    assert "p#w/" not in repr(settings)
    assert SmtpSettings.parse("smtp://mail.example.org").port == 587
    assert SmtpSettings.parse("smtps://a:b@mail.example.org").tls == "implicit"
    assert SmtpSettings.parse("smtps://a:b@mail.example.org").port == 465
    assert SmtpSettings.parse("smtp://localhost?tls=none").port == 25


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (f"smtp://{USER}:{PASSWORD}@mail.example.org", "characters such as"),
        ("smtp://a:b@mail.example.org?tls=none", "never sent without TLS"),
        ("smtp://a:b@localhost?tls=none", "never sent without TLS"),
        ("smtp://a@mail.example.org", "both a user and a password"),
        ("http://mail.example.org", "starts with smtp"),
        ("mail.example.org", "starts with smtp"),
        ("smtp://", "names no host"),
        ("smtp://host:99999", "port must be a number"),
        ("smtp://host?tls=maybe", "tls must be starttls or none"),
        ("smtps://host?tls=none", "TLS from the first byte"),
        ("smtp://host?verify=perhaps", "verify must be yes or no"),
        ("smtp://host?speed=high", "There is no option speed"),
        ("smtp://host/path", "Nothing may follow the port"),
        ("smtp://host?timeout=soon", "number of seconds"),
        ("smtp://host?timeout=900", "0.1 to 60"),
    ],
)
def test_wrong_settings_are_explained_in_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SmtpSettings.parse(url)
