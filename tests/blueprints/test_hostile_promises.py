"""Promises, ranks, splits and personal links under hostile use: what is tried here once broke something, or could have."""

import datetime as dt
import html
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import access, clock, evenly
from kanban.mail.links import Purpose
from kanban.models import Commitment, Item, UpdateQuestion
from kanban.reads.board.place import BOTTOM, TOP, read_block
from tests.builders import World, sound
from tests.reads.test_forecast import history
from tests.reporting import add_stakeholders, begin, link_of, publish

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
PROMISES = "/products/FE/promises"
NASTY = ("“Ella's” <b>&amp;</b> \"'`", "🛥️👩‍👩‍👧 naïve café", "\u202eמחר\u202c عربى", "{{ 7*7 }} %(name)s %s {name}")


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def promise(world: World, item: str, **form: Any) -> Any:
    sent = {"item": item, "due_on": "2026-12-15", "statement": "Refunds work"} | form
    return world.browser("olga").post(PROMISES, sent)


@pytest.mark.parametrize("verb", ["change", "withdraw"])
def test_no_form_is_offered_for_what_is_kept_or_withdrawn(world: World, verb: str) -> None:
    done, gone = world.item("Refunds"), world.item("Delays")
    promise(world, done), promise(world, gone)
    world.move(done, "Done")
    world.browser("olga").post(f"{PROMISES}/2/withdraw", {"reason": "Nobody wants it"})
    for number, word in ((1, "finished"), (2, "withdrawn")):
        answer = world.browser("olga").get(f"{PROMISES}/{number}/{verb}")
        assert answer.status_code == 409
        assert word in answer.text
        assert "<textarea" not in answer.text


@pytest.mark.parametrize("words", NASTY)
def test_any_words_come_back_as_they_were_written(both: World, words: str) -> None:
    ref = both.item(words)
    assert promise(both, ref, statement=words).status_code == 303
    form = {"due_on": "2027-01-04", "cause": "blocked", "explanation": words, "mitigation": words}
    assert both.browser("olga").post(f"{PROMISES}/1/change", form).status_code == 303
    page = both.browser("olga").get(PROMISES).text
    shown = html.unescape(page)
    assert shown.count(words) >= 3
    assert "<b>&" not in page
    assert both.browser("olga").post("/products/FE/milestones", {"name": words, "items": ref}).status_code == 303
    assert words in html.unescape(both.browser("dev").get(f"/items/{ref}").text)
    assert both.browser("olga").get(f"/items/{ref}/split").status_code == 200
    split = both.browser("olga").post(f"/items/{ref}/split", {"titles": f"{words}\nB", "milestone": "1"}, hx=True)
    assert split.status_code == 200, split.text
    assert both.browser("olga").get("/products/FE/backlog").status_code == 200
    sound(both)


@pytest.mark.parametrize(
    ("path", "form", "named"),
    [
        (PROMISES, {"item": "FE-1", "due_on": "2026-12-15", "statement": "x" * 10_000}, "500"),
        (f"{PROMISES}/1/change", {"due_on": "2027-01-04", "cause": "blocked", "explanation": "x" * 10_000}, "500"),
        (f"{PROMISES}/1/withdraw", {"reason": "x" * 10_000}, "500"),
        ("/products/FE/milestones", {"name": "x" * 10_000}, "120"),
        ("/products/FE/milestones", {"name": "x", "items": "FE-1 " * 2_000}, "500"),
        ("/items/FE-1/split", {"titles": "x" * 10_000}, "300"),
        ("/items/FE-1/split", {"titles": f"{'x' * 10_000}\nB", "rest": "1"}, "300"),
    ],
)
def test_ten_thousand_signs_are_answered_beside_the_field(world: World, path: str, form: Any, named: str) -> None:
    world.item("Refunds"), world.item("Delays")
    promise(world, "FE-2")
    version = world.version()
    answer = world.browser("olga").post(path, form)
    assert answer.status_code == 422
    assert re.search(r'class="error"', answer.text), "nothing says what is wrong"
    assert named in answer.text
    assert world.version() == version


def test_the_same_question_sent_again_after_its_answer_is_no_second_one(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both), "Six weeks late")
    link = link_of(both, "Sunniva", Purpose.ASK)
    for _ in range(2):
        assert both.browser().post(link, {"body": "Is the ferry late?"}).status_code == 200
        with both.reading() as session:
            asked = session.scalars(sa.select(UpdateQuestion)).all()
        assert len(asked) == 1
        both.browser("olga").post(f"/products/FE/asked/{asked[0].number}/answer", {"body": "Yes"})
    sound(both)


def acts(world: World) -> dict[str, tuple[str, dict[str, str]]]:
    return {
        purpose.value: (link_of(world, "Sunniva", purpose), form)
        for purpose, form in (
            (Purpose.READ, {}),
            (Purpose.ASK, {"body": "Why?"}),
            (Purpose.DECIDE, {"line": "1", "option": "yes"}),
            (Purpose.PREFERENCES, {"level": "brief"}),
            (Purpose.STOP, {}),
        )
    }


def test_an_act_that_changes_nothing_takes_no_version(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both), "Six weeks late")
    for link, form in acts(both).values():
        both.browser().post(link, form)
    version = both.version()
    for link, form in acts(both).values():
        assert both.browser().post(link, form).status_code in (200, 409, 422)
        assert both.version() == version
    sound(both)


def ranked(world: World, count: int) -> list[str]:
    """That many items of FE in the backlog, made quickly."""
    with world.changing() as (session, product, member):
        column = next(each for each in product.columns if each.name == "Backlog")
        for n, place in enumerate(read_block(session, product, column, BOTTOM, count)):
            Item.create(product, f"Item {n}", place, by=member)
    return world.order()


def test_five_hundred_move_at_once_and_go_back_at_once(both: World) -> None:
    before = ranked(both, 520)
    some = " ".join(f"FE-{n}" for n in range(1, 520, 2))
    owner = both.browser("olga")
    assert owner.post("/products/FE/ranks", {"items": some, "place": "bottom"}, hx=True).status_code == 200
    assert owner.post(f"/products/FE/undo/{both.version()}", hx=True).status_code == 200
    assert both.order() == before
    sound(both)


def test_half_of_them_done_moves_none(world: World) -> None:
    ranked(world, 30)
    for n in range(1, 30, 2):
        world.move(f"FE-{n}", "Done")
    version, before = world.version(), world.order()
    some = " ".join(f"FE-{n}" for n in range(1, 31))
    answer = world.browser("olga").post("/products/FE/ranks", {"items": some, "place": "top"}, hx=True)
    assert answer.status_code == 409
    assert (world.version(), world.order()) == (version, before)


@pytest.mark.parametrize(
    ("who", "gone"), [("dora", True), ("vic", False), ("dev", False), ("sam", False), ("lea", False)]
)
def test_no_such_act_by_who_may_not_or_may_no_more(both: World, who: str, gone: bool) -> None:
    refs = [both.item(title) for title in "AB"]
    promise(both, refs[0])
    both.browser("olga").post("/products/FE/milestones", {"name": "Summer", "items": refs[1]})
    browser = both.browser(who)
    if gone:
        both.let_go(who)
    version = both.version()
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/products/FE/ranks", {"items": refs[1], "place": "top"}),
        ("/products/FE/scores/sort", {"seen": "x"}),
        (f"/items/{refs[0]}/split", {"titles": "X\nY"}),
        (PROMISES, {"item": refs[1], "due_on": "2026-12-15"}),
        (f"{PROMISES}/1/change", {"due_on": "2027-01-04", "cause": "blocked", "explanation": "x"}),
        (f"{PROMISES}/1/withdraw", {"reason": "x"}),
        ("/products/FE/milestones", {"name": "Y"}),
        ("/products/FE/milestones/1", {"name": "Y"}),
        ("/products/FE/milestones/1/remove", {}),
        (f"/items/{refs[0]}/milestone", {"milestone": "1"}),
        (f"/products/FE/undo/{version}", {}),
    ]
    for path, form in calls:
        answer = browser.post(path, form)
        assert answer.status_code in ((404,) if gone or who == "sam" else (403, 409)), path
    assert both.version() == version


def test_the_undo_of_a_split_says_what_it_undid(world: World) -> None:
    ref = world.item("Refunds")
    owner = world.browser("olga")
    owner.post(f"/items/{ref}/split", {"titles": "By card\nIn cash"}, hx=True)
    told = owner.post(f"/products/FE/undo/{world.version()}", hx=True).text
    assert "as they were" not in told
    assert f"{ref} is one item again" in told


def test_the_number_of_slips_comes_with_the_list(world: World) -> None:
    promise(world, world.item("Refunds"))
    form = {"due_on": "2027-01-04", "cause": "blocked", "explanation": "x"}
    world.browser("olga").post(f"{PROMISES}/1/change", form)
    live = world.browser("olga").get(PROMISES, hx=True).text
    assert "promises-sub" in live
    assert re.search(r"slipped once, 20 days", live)


@pytest.mark.parametrize("path", ["/lost-link", "/sign-in/mail", "/forgotten-password"])
def test_the_time_of_an_answer_tells_nobody_who_is_known(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_stakeholders(world, "Sunniva")
    monkeypatch.setattr(evenly, "EVEN_S", 0.4)
    for address in ("sunniva@island.example.org", "olga@example.org", "nobody@example.org"):
        began = time.monotonic()
        assert world.browser().post(path, {"email": address}).status_code == 200
        assert time.monotonic() - began >= 0.4, "whoever is quick at one address learns of the others"


def test_an_item_to_promise_is_found_by_letters_of_its_title(world: World) -> None:
    for title in ("Refunds by card", "Refunds in <cash>", "Delays"):
        world.item(title)
    owner = world.browser("olga")
    suggest = f"{PROMISES}/suggest?item="
    assert re.findall(r'value="([^"]*)"', owner.get(suggest + "refunds").text) == ["FE-1", "FE-2"]
    assert "&lt;cash&gt;" in owner.get(suggest + "cash").text
    assert world.browser("dev").get(suggest + "refunds").status_code == 403
    assert world.browser("sam").get(suggest + "refunds").status_code == 404
    several = promise(world, "refunds")
    assert several.status_code == 422
    assert "FE-1 “Refunds by card”, FE-2 “Refunds in &lt;cash&gt;”" in several.text
    assert promise(world, "delays").status_code == 303
    assert promise(world, "nothing of the kind").status_code == 422
    with world.reading() as session:
        query = sa.select(Item.title).join(Commitment, Commitment.item_id == Item.id)
        assert session.scalars(query).all() == ["Delays"]


def test_no_item_chosen_is_said_in_words(world: World) -> None:
    world.item("Refunds")
    answer = world.browser("olga").post("/products/FE/ranks", {"place": "1"})
    assert answer.status_code == 422
    assert "Choose one item or more." in answer.text
    assert "built-in" not in answer.text


def test_nobody_is_told_of_what_somebody_else_did_a_moment_later(both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    history(both, [1 + 3 * n for n in range(30)])
    refs = [both.item(f"Next {n}") for n in range(40)]
    soon = workday(clock.now().date() + dt.timedelta(days=20))
    assert promise(both, refs[0], due_on=soon.isoformat()).status_code == 303
    commit = access.commit

    def committed(product: Any, *result: Any) -> bool:
        done = commit(product, *result)
        both.move(refs[0], "Backlog", by="dora", wish=BOTTOM)
        return done

    olga, moved_ref = both.browser("olga"), refs[9]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/products/FE/ranks", {"items": f"{refs[5]} {refs[6]}", "place": "9"}),
        (f"/items/{moved_ref}/move", {"way": "down"}),
    ]
    for path, form in calls:
        monkeypatch.setattr(access, "commit", committed)
        told = olga.post(path, form, hx=True)
        monkeypatch.undo()
        assert both.order("Backlog")[-1] == "Next 0"
        assert "new place" in told.text
        assert "off track" not in told.text
        both.move(refs[0], "Backlog", wish=TOP)


def workday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=max(0, day.weekday() - 4))
