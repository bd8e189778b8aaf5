"""A draft that goes out later: pressed once by a person, published by the worker as if pressed then, or held back and
told, exactly once whatever happens meanwhile."""

import datetime as dt
import html
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban import clock
from kanban.background import scheduling
from kanban.extensions import db
from kanban.models import Delivery, Event, Notification, Product, StatusUpdate, UpdateState, User
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.inbox import inbox
from kanban.reads.stakeholders.erasure import Named, still_named
from kanban.reads.updates import updates
from tests.blueprints.test_hostile_decisions import at_once
from tests.blueprints.test_inbox import heard, objection, written
from tests.blueprints.test_my_work import words
from tests.blueprints.test_worsened import promised
from tests.builders import World, sound
from tests.counting import counting
from tests.reporting import UPDATES, add_stakeholders, begin, deliveries, form_of, found, publish

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
DRAFT = f"{UPDATES}/1"
HELD = ("draft", "update_held")


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def ready(world: World, **words: str) -> int:
    """A draft that could be published; answers its number."""
    number = begin(world)
    form = form_of(world, number, **{"headline": "Six weeks late", **words})
    assert world.browser("olga").post(f"{UPDATES}/{number}", form).status_code == 303
    return number


def press(world: World, day: str = "2026-11-25", time: str = "09:00", *, by: str = "olga") -> TestResponse:
    """Press the button for later, at a time in the zone of whoever presses (UTC, unless they changed it)."""
    form = {"revision": str(found(world, 1).revision), "day": day, "time": time}
    return world.browser(by).post(f"{DRAFT}/schedule", form)


def tick(world: World) -> None:
    """What the worker does."""
    for due in scheduling.updates_due(world.app):
        scheduling.publish_due(world.app, *due)


def why(world: World) -> list[str]:
    """Why the draft did not go out."""
    update = found(world, 1)
    assert (update.state, update.goes_out_at, update.snapshot) == (UpdateState.DRAFT, None, None)
    assert deliveries(world) == []
    return update.held["why"] if update.held else []


def page(world: World, path: str = DRAFT, by: str = "olga") -> str:
    return words(html.unescape(world.browser(by).get(path).text))


# Pressing


def test_it_goes_out_at_its_time_as_if_pressed_then(both: World, noon: clock.MovedClock) -> None:
    add_stakeholders(both, "Sunniva", "Tor")
    ready(both)
    olga = both.browser("olga")
    saved = olga.post(DRAFT, form_of(both, 1, act="later"))
    assert saved.location == f"{DRAFT}/schedule"
    form = olga.get(saved.location).text
    assert 'value="2026-11-25"' in form and 'value="09:00"' in form and "Schedule for 2 people" in form
    assert press(both).location == DRAFT
    assert both.kinds() == ["update_scheduled"]
    noon.move_to(dt.datetime(2026, 11, 25, 8, 59, 59, tzinfo=dt.UTC))
    tick(both)
    assert found(both, 1).state is UpdateState.DRAFT and deliveries(both) == []
    at = noon.advance(seconds=1)
    tick(both)
    update = found(both, 1)
    assert (update.state, update.published_at, update.published_by_id) == (UpdateState.PUBLISHED, at, both.ids["olga"])
    assert update.snapshot is not None and update.snapshot["headline"] == "Six weeks late"
    assert deliveries(both) == [("Sunniva", "waiting"), ("Tor", "waiting")]
    with both.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.kind == "update_published")).one()
        assert (event.actor_id, event.data["scheduled"]) == (both.ids["olga"], True)
    version = both.version()
    tick(both)
    assert both.version() == version and sound(both)


def test_everybody_who_sees_drafts_is_told_when_and_by_whom(world: World) -> None:
    ready(world)
    press(world)
    told = "oes out Wed 25 Nov, 09:00 (UTC)"
    for who in ("olga", "dora", "lea"):
        assert f"{told}, scheduled by Olga" in page(world, DRAFT, who) and told in page(world, UPDATES, who)
    assert "Scheduled" in page(world, UPDATES) and "See what goes out" in page(world, UPDATES)
    assert "Continue the draft" not in page(world, UPDATES)
    for who in ("dev", "vic"):
        assert "Six weeks late" not in page(world, UPDATES, who)
    assert "Publish now" in page(world) and "Take it back" in page(world)
    dora, lea = page(world, DRAFT, "dora"), page(world, DRAFT, "lea")
    assert "Take it back" in dora and "Publish now" not in dora
    assert "Take it back" not in lea and "Publish now" not in lea


def test_it_costs_the_list_one_query_and_nothing_where_none_is(world: World) -> None:
    ready(world)
    costs = []
    for act in (lambda: None, lambda: press(world)):
        act()
        olga = world.browser("olga")
        olga.get(UPDATES)
        with counting() as asked:
            olga.get(UPDATES)
        costs.append(len(asked))
    assert costs[1] == costs[0] + 1


def test_each_reads_it_in_their_own_time_zone_and_no_change_of_a_zone_moves_it(world: World) -> None:
    with world.writing() as session:
        session.execute(sa.update(User).where(User.name == "Olga").values(time_zone="Europe/Berlin"))
    ready(world)
    press(world)
    at = found(world, 1).goes_out_at
    assert at == dt.datetime(2026, 11, 25, 8, 0, tzinfo=dt.UTC)
    assert "09:00 (Europe/Berlin)" in page(world) and "08:00 (UTC)" in page(world, by="dora")
    with world.changing() as (_session, product, member):
        product.configure(by=member, time_zone="America/New_York")
    assert found(world, 1).goes_out_at == at and "09:00 (Europe/Berlin)" in page(world)


@pytest.mark.parametrize(
    ("day", "time", "told"),
    [
        ("2026-11-24", "12:00", "in the future"),
        ("2027-01-24", "09:00", "at most 60 days ahead"),
        ("", "09:00", "Choose a day and a time"),
        ("2026-11-25", "later", "Choose a day and a time"),
    ],
)
def test_a_time_that_can_not_be_is_told_beside_the_field(world: World, day: str, time: str, told: str) -> None:
    ready(world)
    version = world.version()
    answer = press(world, day, time)
    assert answer.status_code == 422 and told in answer.text and f'value="{day}"' in answer.text
    assert (world.version(), found(world, 1).goes_out_at) == (version, None)


@pytest.mark.parametrize(
    ("now", "day", "told"), [((2027, 3, 1), "2027-03-28", "go forward"), ((2026, 10, 1), "2026-10-25", "happens twice")]
)
def test_a_time_that_clocks_skip_or_repeat_is_not_guessed(
    world: World, noon: clock.MovedClock, now: tuple[int, int, int], day: str, told: str
) -> None:
    noon.move_to(dt.datetime(*now, tzinfo=dt.UTC))
    with world.writing() as session:
        session.execute(sa.update(User).values(time_zone="Europe/Berlin"))
    ready(world)
    answer = press(world, day, "02:30")
    assert answer.status_code == 422 and told in answer.text
    assert press(world, day, "03:00").status_code == 303


@pytest.mark.parametrize(("day", "zone"), [("0001-01-01", "Asia/Tokyo"), ("9999-12-31", "America/New_York")])
def test_a_day_at_the_end_of_time_is_no_time_to_choose(world: World, day: str, zone: str) -> None:
    with world.writing() as session:
        session.execute(sa.update(User).values(time_zone=zone))
    ready(world)
    assert press(world, day, "23:00" if day > "2" else "01:00").status_code == 422


def test_what_can_not_be_published_can_not_be_scheduled(world: World) -> None:
    promised(world, spare_days=60)
    begin(world)
    assert "needs a headline" in press(world).text
    world.browser("olga").post(DRAFT, form_of(world, 1, headline="All is lost", health="off_track"))
    answer = press(world)
    assert answer.status_code == 422 and "</svg>Schedule" not in answer.text
    form = {"revision": "1", "day": "2026-11-25", "time": "09:00"}
    assert world.browser("olga").post(f"{DRAFT}/schedule", form).status_code == 409, "other words than were read"
    publish(world, 1)
    assert press(world).status_code == 409
    assert world.browser("olga").get(f"{DRAFT}/schedule").status_code == 409


@pytest.mark.parametrize(("name", "status"), [("dora", 403), ("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_only_who_publishes_schedules(world: World, name: str, status: int) -> None:
    ready(world)
    assert press(world, by=name).status_code == status
    press(world)
    taken = world.browser(name).post(f"{DRAFT}/take-back").status_code
    assert taken == (303 if name == "dora" else status)


# Until then


def test_nobody_can_change_what_was_pressed_for(world: World) -> None:
    ready(world)
    form = form_of(world, 1, headline="Other words")
    press(world)
    for who in ("olga", "dora"):
        for hx in (False, True):
            answer = world.browser(who).post(DRAFT, form, hx=hx)
            assert answer.status_code == 409 and "Take it back to change it" in html.unescape(answer.text)
    handed = world.browser("dora").post(DRAFT, {**form, "act": "hand-over"})
    assert handed.status_code == 409
    assert found(world, 1).headline == "Six weeks late" and sound(world)
    assert 'name="headline"' not in world.browser("olga").get(DRAFT).text


def test_taken_back_it_is_a_draft_and_does_not_go_out(both: World, noon: clock.MovedClock) -> None:
    ready(both)
    press(both)
    dora = both.browser("dora")
    assert dora.post(f"{DRAFT}/take-back").location == DRAFT
    assert both.kinds() == ["update_taken_back"]
    version = both.version()
    assert dora.post(f"{DRAFT}/take-back").status_code == 303 and both.version() == version
    assert dora.post(DRAFT, form_of(both, 1, headline="Other words")).status_code == 303
    noon.advance(days=2)
    tick(both)
    assert found(both, 1).state is UpdateState.DRAFT and sound(both)


def test_publish_now_is_one_press_and_another_time_replaces_the_first(world: World, noon: clock.MovedClock) -> None:
    ready(world)
    press(world)
    press(world, "2026-11-26")
    noon.advance(days=1)
    tick(world)
    assert found(world, 1).state is UpdateState.DRAFT
    revision = str(found(world, 1).revision)
    assert world.browser("olga").post(f"{DRAFT}/publish", {"revision": revision}).status_code == 303
    with world.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.kind == "update_published")).one()
        assert "scheduled" not in event.data
    assert world.browser("olga").post(f"{DRAFT}/take-back").status_code == 409
    assert sound(world)


def test_thrown_away_it_does_not_go_out(world: World, noon: clock.MovedClock) -> None:
    ready(world)
    press(world)
    world.browser("olga").post(f"{DRAFT}/throw-away")
    noon.advance(days=1)
    tick(world)
    assert world.kinds() == ["update_thrown_away"] and sound(world)


def test_who_moves_a_promise_meanwhile_is_told_of_it(world: World) -> None:
    promised(world)
    ready(world, health="on_track")
    press(world)
    asked = world.browser("olga").get("/products/FE/promises/1/change").text
    assert "Update 1 is scheduled without this" in asked


# Held back


def slip(world: World) -> None:
    """The first promise gets a later date."""
    form = {"due_on": "2027-06-01", "cause": "scope_added", "explanation": "More"}
    assert world.browser("olga").post("/products/FE/promises/1/change", form).status_code == 303


def test_a_new_delay_holds_it_back_and_both_are_told(both: World, noon: clock.MovedClock) -> None:
    add_stakeholders(both, "Sunniva")
    with both.changing() as (_session, product, member):
        product.configure(by=member, delegates_publish=True)
    promised(both, spare_days=60)
    ready(both, health="on_track")
    press(both, by="dora")
    slip(both)
    forewarned = page(both)
    assert "As things stand it will be held back" in forewarned and "no delay mentions it" in forewarned
    noon.move_to(dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC))
    tick(both)
    assert both.kinds() == ["update_held"]
    [reason] = why(both)
    assert "no delay mentions it" in reason
    assert heard(both, "olga")[-1] == heard(both, "dora")[-1] == HELD and HELD not in heard(both, "lea")
    assert sorted(both.mails()) == [("update_held", f"{name}@example.org") for name in ("dora", "olga")]
    olga = page(both)
    assert "was held back. Something had changed since Dora scheduled it" in olga and reason in olga
    assert "Held back" in page(both, UPDATES) and "a draft is waiting to be published" in page(both, "/portfolio")
    assert "Update 1 was held back and not sent" in page(both, "/inbox")
    with both.reading() as session:
        line = inbox.read_inbox(session, both.ids["olga"])[0]
    assert both.browser("olga").post(f"/inbox/{line.id}/open").location == DRAFT
    version = both.version()
    noon.advance(days=1)
    tick(both)
    assert both.version() == version, "held back once"


def test_the_mail_says_what_changed_until_it_is_no_longer_so(world: World, noon: clock.MovedClock) -> None:
    ref = world.item("Wallet", "In progress")
    ready(world)
    press(world)
    world.move(ref, "Done")
    noon.advance(days=1)
    tick(world)
    mail = written(world, "update_held")
    assert mail.subject == "Update 1 was not sent: Six weeks late"
    assert "was due to go out on Wed 25 Nov, 09:00 (UTC) but was held back" in mail.text
    assert "Since you pressed the button, something has changed:" in mail.text
    assert "- “Wallet” is listed as in progress, but is finished." in mail.text
    assert "“Wallet” is listed as in progress, but is finished." in mail.html
    assert f"{DRAFT}\n" in f"{mail.text}\n" and f'{DRAFT}"' in mail.html
    assert objection(world, "update_held") == ""
    assert heard(world, "olga", unread=True) == [HELD]
    press(world, "2026-11-26")
    assert heard(world, "olga", unread=True) == []
    assert objection(world, "update_held") == "It is no longer waiting for them."
    assert "Headline" not in written(world, "update_held").text, "a kept copy can still be looked at"


def test_an_open_page_follows_what_becomes_of_it(world: World, noon: clock.MovedClock) -> None:
    ref = world.item("Wallet", "In progress")
    ready(world)
    press(world)
    olga, open_page = world.browser("olga"), f"{DRAFT}?goes_out=1"
    assert f'data-refresh="{open_page}"' in olga.get(DRAFT).text
    assert "As things stand" not in olga.get(open_page, hx=True).text
    world.move(ref, "Done")
    assert "As things stand it will be held back" in olga.get(open_page, hx=True).text
    noon.advance(days=1)
    tick(world)
    assert "It was held back." in olga.get(open_page, hx=True).text
    world.browser("olga").post(f"{DRAFT}/publish", {"revision": str(found(world, 1).revision)})
    assert "It has been published." in olga.get(open_page, hx=True).text
    assert world.browser("dev").get(open_page, hx=True).status_code == 200


def test_what_was_known_when_it_was_pressed_holds_nothing_back(world: World, noon: clock.MovedClock) -> None:
    ref = world.item("Wallet", "In progress")
    ready(world)
    world.move(ref, "Done")
    press(world)
    noon.advance(days=1)
    tick(world)
    assert found(world, 1).state is UpdateState.PUBLISHED


def test_only_time_that_passes_holds_nothing_back(world: World, noon: clock.MovedClock) -> None:
    publish(world, begin(world))
    world.item("Wallet", "In progress")
    noon.advance(days=14)
    begin(world)
    world.browser("olga").post(f"{UPDATES}/2", form_of(world, 2, headline="On we go"))
    form = {"revision": str(found(world, 2).revision), "day": "2026-12-18", "time": "09:00"}
    assert world.browser("olga").post(f"{UPDATES}/2/schedule", form).status_code == 303
    noon.move_to(dt.datetime(2026, 12, 18, 9, 0, tzinfo=dt.UTC))
    assert "readers expect one every" in page(world, UPDATES)
    tick(world)
    assert found(world, 2).state is UpdateState.PUBLISHED, "older by days, and silence speaks for sending it"


LOST = "Whoever pressed the button may not publish updates here any more."


@pytest.mark.parametrize("end", ["let go", "another role", "no access", "another owner"])
def test_who_may_not_publish_any_more_publishes_nothing(world: World, noon: clock.MovedClock, end: str) -> None:
    with world.changing() as (_session, product, member):
        product.configure(by=member, delegates_publish=True)
    ready(world)
    who = "olga" if end == "another owner" else "dora"
    press(world, by=who)
    if end == "let go":
        world.let_go("dora")
    elif end == "another role":
        with world.changing() as (session, product, member):
            locked.with_members(session, product).let_in(
                session.get_one(User, world.ids["dora"]), Role.DEVELOPER, by=member
            )
    elif end == "no access":
        with world.writing() as session:
            session.execute(sa.update(User).where(User.name == "Dora").values(is_active=False))
    else:
        with world.changing() as (_session, product, member):
            product.configure(by=member, delegates_publish=False)
        world.browser("olga").post("/products/FE/settings/hand-over", {"person": world.ids["lea"]})
    noon.advance(days=1)
    tick(world)
    assert why(world) == [LOST] and sound(world)
    told = {"update_held": [address for kind, address in world.mails() if kind == "update_held"]}
    owner = "lea" if end == "another owner" else "olga"
    still = ["olga@example.org"] if end == "another owner" else []
    assert sorted(told["update_held"]) == sorted([f"{owner}@example.org", *still])
    assert heard(world, owner)[-1] == HELD
    assert HELD not in heard(world, "dora")


def test_an_archived_product_publishes_nothing(world: World, noon: clock.MovedClock) -> None:
    ready(world)
    press(world)
    with world.changing() as (_session, product, member):
        product.archive(by=member)
    noon.advance(days=1)
    tick(world)
    [reason] = why(world)
    assert "is archived" in reason and world.mails() == [("update_held", "olga@example.org")]
    assert objection(world, "update_held") == ""


@pytest.mark.parametrize(("late", "state"), [(dt.timedelta(hours=12), "published"), (dt.timedelta(hours=13), "draft")])
def test_after_a_night_without_a_server_old_words_are_not_sent(
    world: World, noon: clock.MovedClock, late: dt.timedelta, state: str
) -> None:
    ready(world)
    press(world)
    at = noon.move_to(dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC) + late)
    tick(world)
    update = found(world, 1)
    assert update.state.value == state and update.published_at == (at if state == "published" else None)
    if state == "draft":
        assert "more than half a day has passed" in why(world)[0]


def test_an_update_in_between_holds_it_back(world: World, noon: clock.MovedClock) -> None:
    ready(world)
    begin(world)
    press(world)
    publish(world, 2)
    noon.advance(days=1)
    tick(world)
    assert why(world) == ["Update 2 has been published in the meantime."]


# Exactly once


def test_two_workers_and_a_person_at_once_publish_it_once(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    ready(both)
    press(both)
    later = NOON + dt.timedelta(days=1)
    olga, revision = both.browser("olga"), str(found(both, 1).revision)

    def work() -> None:
        with clock.at(later):
            tick(both)

    def publish_now() -> None:
        with clock.at(later):
            assert olga.post(f"{DRAFT}/publish", {"revision": revision}).status_code in (303, 409)

    at_once(work, work, publish_now, work)
    assert deliveries(both) == [("Sunniva", "waiting")] and sound(both)
    with both.reading() as session:
        published = sa.select(sa.func.count()).where(Event.kind == "update_published")
        assert session.scalar(published) == 1


def test_taken_back_at_the_last_moment_it_is_sent_or_not_but_never_both(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    ready(both)
    press(both)
    later, dora, codes = NOON + dt.timedelta(days=1), both.browser("dora"), []

    def work() -> None:
        with clock.at(later):
            tick(both)

    at_once(work, lambda: codes.append(dora.post(f"{DRAFT}/take-back").status_code), work)
    is_sent = found(both, 1).state is UpdateState.PUBLISHED
    assert (codes, len(deliveries(both))) == (([409], 1) if is_sent else ([303], 0)) and sound(both)


@pytest.mark.parametrize("what", ["published", "held"])
def test_a_worker_killed_at_any_statement_leaves_it_to_the_next(
    world: World, noon: clock.MovedClock, what: str
) -> None:
    add_stakeholders(world, "Sunniva")
    ref = world.item("Wallet", "In progress")
    ready(world)
    press(world)
    if what == "held":
        world.move(ref, "Done")
    noon.advance(days=1)
    with world.app.app_context():
        engine = db.engine

    class Killed(BaseException):
        pass

    left = 0

    def kill(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    version, n = world.version(), 0
    sa.event.listen(engine, "before_cursor_execute", kill)
    try:
        while True:
            n += 7  # each seventh of some hundred
            left = n
            try:
                tick(world)
            except Killed:
                left = 0
                assert (world.version(), deliveries(world), world.mails()) == (version, [], [])
                continue
            break
    finally:
        sa.event.remove(engine, "before_cursor_execute", kill)
    assert n > 14
    assert len(deliveries(world)) == (what == "published") and len(world.mails()) == (what == "held")
    assert world.version() == version + 1 and sound(world)


def test_one_that_can_not_be_judged_holds_up_no_other(world: World, noon: clock.MovedClock) -> None:
    from kanban.background.duties import Duties

    ready(world)
    press(world)
    world.browser("olga").post("/products/new", {"key": "ZOO", "name": "Zoo", "time_zone": "UTC", "cadence_days": "14"})
    with world.writing() as session:
        zoo = session.scalars(sa.select(Product).where(Product.key == "ZOO")).one()
        broken = StatusUpdate(
            product_id=zoo.id, number=1, since_version=1, created_by_id=world.ids["olga"], headline="Broken",
            sections=[], goes_out_at=NOON + dt.timedelta(days=1), scheduled_by_id=world.ids["olga"], known={},
        )  # fmt: skip
        session.add(broken)
    noon.advance(days=1)
    duties = Duties(world.app)
    publish_one = duties.each[0]
    assert publish_one(), "the other one is waiting"
    with pytest.raises(KeyError):
        publish_one()
    with world.reading() as session:
        states = dict(session.execute(sa.select(StatusUpdate.headline, StatusUpdate.state)).all())
    assert states == {"Broken": UpdateState.DRAFT, "Six weeks late": UpdateState.PUBLISHED}


def test_a_name_in_what_was_known_is_found_until_it_is_taken_back(both: World) -> None:
    """As a long problem that names somebody is, after its text was put right and the draft says nothing of it."""
    ready(both)
    press(both)
    with both.writing() as session:
        update = session.scalars(sa.select(StatusUpdate)).one()
        update.known = {**(update.known or {}), "findings": ["H7:Zoë is ill="]}

    def named() -> list[Named]:
        with both.reading() as session:
            return still_named(session, session.scalars(sa.select(Product)).one(), "Zoë", "zoe@example.org")

    assert named() == [Named("update", "1", 1)]
    both.browser("dora").post(f"{DRAFT}/take-back")
    assert named() == []
    with both.changing() as (session, product, member):
        draft = updates.update_under_lock(session, product, 1)
        assert draft is not None
        draft.edit({"answers": {"H8": {"mentioned": False, "reason": "zoë knows"}}}, by=member)
    assert named() == [Named("update", "1", 1)]


def test_readers_learn_nothing_of_the_schedule(world: World, noon: clock.MovedClock) -> None:
    add_stakeholders(world, "Sunniva")
    ready(world)
    preview = world.browser("olga").get(f"{DRAFT}/preview").text
    press(world)
    noon.advance(days=1)
    tick(world)
    mail = written(world, "update")
    for text in (mail.text, mail.html, preview, str(found(world, 1).snapshot)):
        assert "chedule" not in text and "pressed" not in text
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 0
        assert session.scalar(sa.select(Delivery.created_at)) == found(world, 1).published_at
