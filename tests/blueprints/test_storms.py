"""Many changes at once: at most one mail a person, and none to whoever lost access while it waited."""

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import notifying
from kanban.background.worker import Worker
from kanban.mail.office import PostOffice
from kanban.models import Delivery, DeliveryState, Item, Member, Notification, NotificationKind, Stakeholder, User, Way
from kanban.policy import Role
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.items.labels import labels_named
from tests.blueprints.test_inbox import NOON, choose, hold
from tests.builders import World
from tests.mail.server import MailServer
from tests.reporting import add_stakeholders
from tests.requesting import ask
from tests.transfer.test_importing import HEADER, bring, staged

PEOPLE = ("olga", "dora", "lea", "dev", "deb", "vic", "sam")


def everything_at_once(world: World) -> None:
    """Nobody could hear more."""
    for name in PEOPLE:
        for kind in NotificationKind:
            choose(world, name, kind, Way.AT_ONCE)


def by_person(world: World) -> dict[str, int]:
    """How many mails each person has waiting or got, once the log is read."""
    world.tell_members()
    found: dict[str, int] = {}
    for _kind, address in world.mails():
        found[address.partition("@")[0]] = found.get(address.partition("@")[0], 0) + 1
    return found


def send(world: World, server: MailServer) -> None:
    """Whatever is due now, to a real mail server."""
    config = dataclasses.replace(world.app.config["KANBAN"], smtp_url=server.url)
    office = PostOffice.from_config(config)
    Worker(world.app, office).drain()


def test_a_planning_session_of_sixty_changes_is_one_mail_a_person(both: World) -> None:
    everything_at_once(both)
    refs = [both.item(f"Part {number}") for number in range(20)]
    with MailServer(tls="none", sign_in=False).running() as server, clock.at(NOON) as now:
        for ref in refs:
            for act in (
                lambda: hold(both, ref, "dev", "deb"),  # noqa: B023
                lambda: both.change(ref, "comment", "Next, @Dev and @Lea", by="olga"),  # noqa: B023
                lambda: both.change(ref, "block", "No test data", by="dora"),  # noqa: B023
            ):
                act()
                both.tell_members()
                send(both, server)
                now.advance(seconds=25)
        assert server.count == 0, "it is not over yet"
        now.advance(minutes=3)
        send(both, server)
        assert {address: len(mails) for address, mails in server.taken.items()} == {
            "dev@example.org": 1,
            "deb@example.org": 1,
            "lea@example.org": 1,
        }
        assert server.taken["dev@example.org"][0]["Subject"] == "60 things that concern you"
    assert by_person(both) == {"dev": 1, "deb": 1, "lea": 1}


def test_who_works_all_day_long_is_told_after_half_an_hour_at_the_latest(world: World) -> None:
    everything_at_once(world)
    refs = [world.item(f"Part {number}") for number in range(40)]
    with MailServer(tls="none", sign_in=False).running() as server, clock.at(NOON) as now:
        for ref in refs:
            hold(world, ref, "dev")
            world.tell_members()
            send(world, server)
            now.advance(minutes=1)
        assert server.count == 1


def test_a_mail_that_no_server_took_keeps_nothing_new_back(world: World) -> None:
    everything_at_once(world)
    with clock.at(NOON) as now:
        hold(world, world.item("One"), "dev")
        world.tell_members()
        now.advance(minutes=3)
        with world.writing() as session:
            tried = session.scalars(sa.select(Delivery).where(Delivery.kind == "notification")).one()
            tried.attempts, tried.due_at = 5, clock.now() + dt.timedelta(hours=8)
        hold(world, world.item("Two"), "dev")
        world.tell_members()
        now.advance(minutes=3)
        with MailServer(tls="none", sign_in=False).running() as server:
            send(world, server)
            assert server.count == 1
            now.advance(hours=8)
            send(world, server)
            assert server.count == 2


@pytest.mark.parametrize("one_command", [True, False])
def test_a_label_taken_off_130_items_is_no_mail_and_one_assignment_of_130_is_one(
    world: World, one_command: bool
) -> None:
    everything_at_once(world)
    with world.changing() as (session, product, member):
        labels = labels_named(session, product, ["harbour"])
        for number in range(130):
            place = read_place(session, product, product.columns[0], BOTTOM)
            item = Item.create(product, f"Part {number}", place, by=member)
            item.edit({"labels": labels}, revision=item.revision, by=member)
            session.flush()
    refs = [f"FE-{number}" for number in range(1, 131)]

    def in_one(act: Callable[..., None]) -> None:
        groups = [refs] if one_command else [[ref] for ref in refs]
        for group in groups:
            with world.changing() as (session, product, member):
                dev = session.get_one(User, world.ids["dev"])
                for ref in group:
                    act(world._item(session, product, ref), dev, member)

    in_one(lambda item, _dev, by: item.edit({"labels": []}, revision=item.revision, by=by))
    assert by_person(world) == {}
    in_one(lambda item, dev, by: item.assign([dev], by=by))
    assert by_person(world) == {"dev": 1}


def test_an_import_of_500_items_is_no_mail_at_all(world: World) -> None:
    everything_at_once(world)
    lines = [f"K-{n},Thing {n},Done,a;b,,2025-01-02,2025-02-03,2025-03-04," for n in range(500)]
    arrived = bring(world, staged("\n".join([HEADER, *lines])))
    assert arrived.created == 500
    assert by_person(world) == {}
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0


# Between queueing and sending


def end_membership(world: World) -> None:
    world.let_go("deb")


def deactivate(world: World) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids["deb"]).is_active = False


def switch_off(world: World) -> None:
    for kind in NotificationKind:
        choose(world, "deb", kind, Way.OFF)


def change_address(world: World) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids["deb"]).email = "deborah@example.org"


ENDS = [end_membership, deactivate, switch_off, change_address]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", ["question_asked", "notification", "digest"])
def test_whoever_lost_access_while_a_mail_waited_gets_none(
    world: World, kind: str, end: Callable[[World], None]
) -> None:
    ref = world.item("Timetable import")
    with clock.at(NOON) as now:
        choose(world, "deb", NotificationKind.ASSIGNED, Way.AT_ONCE if kind == "notification" else Way.DIGEST)
        if kind == "question_asked":
            world.ask(ref, "Which delays?", to="deb")
        else:
            hold(world, ref, "deb")
        world.tell_members()
        now.advance(days=1)
        notifying.send_digests(world.app)
        assert (kind, "deb@example.org") in world.mails()
        end(world)
        with MailServer(tls="none", sign_in=False).running() as server:
            send(world, server)
    reached = ["deborah@example.org"] if end is change_address else []
    assert [address for address in server.taken if address.startswith("deb")] == reached
    with world.reading() as session:
        states = session.scalars(sa.select(Delivery.state).where(Delivery.user_id == world.ids["deb"])).all()
    assert set(states) == {DeliveryState.SENT if reached else DeliveryState.CANCELLED}


def test_a_question_that_went_on_while_its_mail_waited_is_not_mailed_any_more(world: World) -> None:
    question = world.ask(world.item("Timetable import"), "Which delays?")
    world.question(question, "answer", "All.", by="dora")
    with MailServer(tls="none", sign_in=False).running() as server:
        send(world, server)
    assert list(server.taken) == ["dev@example.org"]


def test_who_only_reads_by_now_is_not_mailed_that_it_is_their_turn(world: World) -> None:
    """Neither to answer nor to reply; an answer to what they asked they may still hear."""
    ref = world.item("Timetable import")
    world.ask(ref, "Which delays?", by="olga", to="dev")
    back = world.ask(ref, "Which port?", by="dev")
    world.question(back, "ask_back", "Of which country?", by="olga")
    world.question(world.ask(ref, "How soon?", by="dev"), "answer", "By Friday.", by="olga")
    with world.writing() as session:
        session.execute(sa.update(Member).where(Member.user_id == world.ids["dev"]).values(role=Role.VIEWER))
    with MailServer(tls="none", sign_in=False).running() as server:
        send(world, server)
    [mail] = server.taken["dev@example.org"]
    assert str(mail["Subject"]) == "Olga answered: Timetable import (FE-1)"


@pytest.mark.parametrize("end", ["removed", "handed over"])
def test_news_of_a_request_reaches_nobody_who_left_meanwhile(world: World, end: str) -> None:
    add_stakeholders(world, "Sunniva")
    ask(world, "Sunniva")
    with world.writing() as session:
        if end == "removed":
            session.scalars(sa.select(Stakeholder)).one().removed_at = clock.now()
        else:
            for name, role in (("olga", Role.VIEWER), ("dora", Role.OWNER)):
                session.execute(sa.update(Member).where(Member.user_id == world.ids[name]).values(role=role))
    with MailServer(tls="none", sign_in=False).running() as server:
        send(world, server)
    left = "sunniva@island.example.org" if end == "removed" else "olga@example.org"
    assert left not in server.taken and len(server.taken) == 1
