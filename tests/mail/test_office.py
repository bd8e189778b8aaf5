"""What the environment says about mail, and who holds a lease."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kanban.config import Config, ConfigError
from kanban.mail import lease
from kanban.mail.letter import Mailbox
from kanban.mail.office import PostOffice

CONFIG = Config(data_dir=Path("data"), database_url="sqlite://", secret_key="k" * 40)


def test_without_settings_mail_comes_from_this_machine_and_is_kept() -> None:
    office = PostOffice.from_config(CONFIG)
    assert office.smtp is None
    assert office.sender == Mailbox("Kanban", "kanban@localhost")
    assert office.domain == "localhost"
    assert "k" * 40 not in repr(office)


def test_the_sender_may_have_a_name() -> None:
    office = PostOffice.from_config(replace(CONFIG, mail_from="Ferry tickets <updates@Example.org>"))
    assert office.sender == Mailbox("Ferry tickets", "updates@Example.org")
    assert office.domain == "example.org"


@pytest.mark.parametrize("address", ["@example.org", "kanban@", "a@b@c", "k\u00e4nban@example.org", "<>@"])
def test_a_sender_that_is_none_stops_the_start(address: str) -> None:
    with pytest.raises(ConfigError, match="^KANBAN_MAIL_FROM: "):
        PostOffice.from_config(replace(CONFIG, mail_from=address))


def test_a_wrong_mail_server_stops_the_start_with_one_line_and_no_password() -> None:
    with pytest.raises(ConfigError, match="^KANBAN_SMTP_URL: .*without TLS") as error:
        PostOffice.from_config(replace(CONFIG, smtp_url="smtp://a:secret@mail.example.org?tls=none"))
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_living_hold_their_leases() -> None:
    assert not lease.is_gone(lease.own_name("a"))


def test_the_dead_do_not_nor_does_whoever_has_their_number_now() -> None:
    code = "from kanban.mail import lease; print(lease.own_name('x'))"
    name = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    assert lease.is_gone(name)
    machine, _pid, birth, suffix = name.split("/")
    assert lease.is_gone("/".join((machine, str(os.getpid()), birth, suffix)))


@pytest.mark.parametrize("name", ["", "elsewhere", "elsewhere/1/2/3", "a/b/c/d"])
def test_nobody_judges_over_another_machine(name: str) -> None:
    assert not lease.is_gone(name)
