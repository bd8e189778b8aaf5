"""The decision log: written by the owner's side, read by the team, superseded and never edited."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban.models import Becomes, Decision, Event
from kanban.reads.invariants import broken_invariants
from tests.builders import World

LOG = "/products/FE/decisions"


def write(world: World, by: str = "olga", **fields: str) -> int:
    return world.browser(by).post(LOG, {"body": "Refunds up to 100 euro", **fields}).status_code


def decisions(world: World) -> list[Decision]:
    with world.reading() as session:
        found = list(session.scalars(sa.select(Decision).order_by(Decision.number)))
        session.expunge_all()
        return found


def test_a_decision_is_written_down_with_why_who_and_when(both: World) -> None:
    ref = both.item("Refund duplicates")
    fields = {"context": "Finance agreed", "who": "The board", "decided_on": "2026-01-05", "item": ref}
    assert write(both, **fields) == 303
    page = both.browser("vic").get(LOG).text
    for words in ("Refunds up to 100 euro", "Finance agreed", "The board", "Refund duplicates", "written down by Olga"):
        assert words in page
    assert "The board" in both.browser("dev").get(f"/items/{ref}").text
    with both.reading() as session:
        assert broken_invariants(session) == []


def test_only_the_owners_side_writes(world: World) -> None:
    assert [write(world, by) for by in ("olga", "dora", "lea", "dev", "vic")] == [303, 303, 403, 403, 403]
    assert world.browser("sam").post(LOG, {"body": "Mine"}).status_code == 404
    assert world.browser("sam").get(LOG).status_code == 404
    assert world.browser("dev").get(f"{LOG}/new").status_code == 403
    assert "New decision" not in world.browser("dev").get(LOG).text


def test_the_form_begins_where_one_writes(world: World) -> None:
    form = world.browser("olga").get(f"{LOG}/new", hx=True).text
    assert 'id="decision-body"' in form.split("autofocus")[0].rsplit("<", 1)[-1]


def test_what_is_superseded_stays_and_says_by_what(both: World) -> None:
    write(both)
    assert write(both, body="Refunds up to 250 euro", supersedes="1") == 303
    page = both.browser("vic").get(LOG).text
    assert page.index("250 euro") < page.index("100 euro")
    assert "superseded by" in page
    assert both.browser("olga").post(LOG, {"body": "Again", "supersedes": "1"}).status_code == 409
    assert [each.body for each in decisions(both)] == ["Refunds up to 100 euro", "Refunds up to 250 euro"]
    with both.reading() as session:
        assert broken_invariants(session) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"body": "  "}, "Write what was decided."),
        ({"body": "x" * 2001}, "At most 2,000 characters"),
        ({"item": "OTHER-1"}, "Name an item of this product"),
        ({"item": "FE-99"}, "Name an item of this product"),
        ({"decided_on": "yesterday"}, "Give a day, written year-month-day"),
        ({"decided_on": (dt.date.today() + dt.timedelta(days=3)).isoformat()}, "choose today or earlier"),
    ],
)
def test_a_wrong_field_keeps_what_was_typed(world: World, fields: dict[str, str], sentence: str) -> None:
    answer = world.browser("olga").post(LOG, {"body": "Kept", "context": "because", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "because" in answer.text
    assert decisions(world) == []


def test_a_developer_reads_that_decisions_are_written_by_the_owners_side(world: World) -> None:
    answer = world.browser("dev").post(LOG, {"body": "Mine"})
    assert answer.status_code == 403
    assert "Only the product owner or a delegate can write decisions down." in answer.text


def test_nothing_supersedes_what_is_not_there(world: World) -> None:
    assert write(world, supersedes="7") == 404
    assert world.browser("olga").get(f"{LOG}/new?supersedes=7").status_code == 404
    assert world.browser("olga").get(f"{LOG}/new?supersedes=x").status_code == 404


def test_the_same_form_sent_twice_is_one_decision(world: World) -> None:
    browser, fields = world.browser("olga"), {"body": "Once", "command": "a" * 16}
    for _ in range(2):
        assert browser.post(LOG, fields).status_code == 303
    assert len(decisions(world)) == 1


def test_words_find_a_decision_and_signs_do_not_break_the_search(world: World) -> None:
    write(world, body="Refunds up to 100 euro", who="Finance")
    write(world, body="The bay closes at 22:00", context="Noise")
    client = world.browser("vic").client

    def search(words: str) -> TestResponse:
        return client.get(LOG, query_string={"q": words})

    assert "100 euro" in search("refunds finance").text
    assert "22:00" not in search("refunds").text
    assert "22:00" in search("noise").text
    for nonsense in ("%", "_", "'\"", "😀", "a" * 500, "( ) *"):
        assert search(nonsense).status_code == 200
    assert "No decision matches" in search("%").text


def test_what_is_found_says_that_it_is_superseded_and_leads_to_what_took_its_place(world: World) -> None:
    write(world, body="Refunds up to 100 euro", context="Groups")
    write(world, body="The bay is closed", supersedes="1")
    browser = world.browser("vic")
    assert f'href="{LOG}?at=2#decision-2"' in browser.get(f"{LOG}?q=groups").text, (
        "it led to what the search had left out"
    )
    assert "superseded</span>" in browser.get("/search?q=refunds").text
    assert "superseded</span>" not in browser.get("/search?q=bay").text
    assert "Superseded decision" in browser.get("/search/choices?q=refunds").text


@pytest.fixture
def many(both: World) -> World:
    """Two hundred and fifty decisions; the newest supersedes the first, every fifth is about groups."""
    with both.changing() as (session, product, member):
        for number in range(1, 251):
            decision = Decision.write(product, f"Rule {number}{' for groups' * (number % 5 == 0)}", by=member)
            session.add(decision)
    write(both, body="Rule 251", supersedes="1")
    return both


def shown(page: str) -> list[int]:
    """The numbers of the decisions on a page, in its order."""
    return [int(number) for number in re.findall(r'<article class="[^"]*" id="decision-(\d+)"', page)]


def test_a_long_log_is_cut_into_pages(many: World) -> None:
    olga = many.browser("olga")
    first = olga.get(LOG).text
    assert shown(first) == list(range(251, 151, -1))
    assert "251 decisions" in first and "1 to 100 of 251" in first and "Newer ones" not in first
    last = olga.get(f"{LOG}?from=200").text
    assert shown(last) == list(range(51, 0, -1))
    assert "201 to 251 of 251" in last and "Older ones" not in last
    assert shown(olga.get(f"{LOG}?all=1").text) == list(range(251, 0, -1))


def test_a_link_to_one_decision_leads_to_its_page(many: World) -> None:
    olga = many.browser("olga")
    assert f'href="{LOG}?at=1#decision-1"' in olga.get(LOG).text
    assert shown(olga.get(f"{LOG}?at=1").text) == list(range(51, 0, -1))
    assert shown(olga.get(f"{LOG}?at=152").text)[-1] == 152
    assert shown(olga.get(f"{LOG}?at=151").text)[0] == 151
    for nowhere in ("at=0", "at=999", "at=x", "at=-1", "from=300", "from=999999999", "from=9999999999999"):
        assert shown(olga.get(f"{LOG}?{nowhere}").text), nowhere
    assert '?at=251#decision-251"' in olga.get(f"{LOG}?from=200").text
    assert 'href="#decision-251"' in olga.get(f"{LOG}?all=1").text


def test_what_is_found_is_counted_and_cut_as_well(many: World) -> None:
    olga = many.browser("olga")
    page = olga.get(f"{LOG}?q=groups").text
    assert shown(page) == list(range(250, 0, -5)) and "50 decisions" in page and "of 50" not in page
    page = olga.get(f"{LOG}?q=rule").text
    assert "1 to 100 of 251" in page and f'href="{LOG}?q=rule&amp;from=100"' in page
    assert "No decision matches" in olga.get(f"{LOG}?q=nothing&from=100").text


def test_a_part_that_is_fetched_again_is_the_same_page(many: World) -> None:
    olga = many.browser("olga")
    page = olga.get(f"{LOG}?at=120&q=rule").text
    again = re.findall(r'id="decisions" data-refresh="([^"]+)"', page)[0].replace("&amp;", "&")
    assert shown(olga.get(again, hx=True).text) == shown(page) != []


def test_html_in_a_decision_is_text(world: World) -> None:
    write(world, body="<script>alert(1)</script>", context="<img src=x>", who="<b>me</b>")
    page = world.browser("vic").get(LOG).text
    for raw in ("<script>alert", "<img src=x>", "<b>me</b>"):
        assert raw not in page


def test_an_answer_kept_as_decision_stands_in_the_log_with_its_question(both: World) -> None:
    ref = both.item("Seats", "In progress")
    question = both.ask(ref, "How long do we hold a seat?")
    both.question(question, "answer", "Fifteen minutes", by="olga", becomes=Becomes.DECISION)
    page = both.browser("vic").get(LOG).text
    for words in ("Fifteen minutes", "How long do we hold a seat?", "from a question", "Olga"):
        assert words in page
    with both.reading() as session:
        assert broken_invariants(session) == []
        assert session.scalars(sa.select(Event.data).where(Event.kind == "answered")).one()["decision"] == 1
    assert "decided otherwise" not in both.browser("dev").get(f"/items/{ref}").text
    assert write(both, body="Twenty minutes", supersedes="1") == 303
    item = both.browser("dev").get(f"/items/{ref}").text
    assert "It has since been decided otherwise" in item, "the old answer stood there as if it held"
    assert f'href="{LOG}?at=2#decision-2"' in item
    assert [each.number for each in decisions(both)] == [1, 2]


def test_a_lost_decision_is_noticed(world: World) -> None:
    write(world)
    with world.writing() as session:
        session.execute(sa.delete(Decision))
    with world.reading() as session:
        assert "FE: the decisions are not those that the log tells" in broken_invariants(session)


def test_a_decision_reads_as_the_question_that_it_came_from_did(world: World) -> None:
    """Its Markdown is drawn, and a context too long to be read in passing is folded."""
    write(
        world, body="**Yes**\n\n- but not in the app", context="| a | b |\n|---|---|\n| 1 | 2 |\n\n" + "Why so? " * 100
    )
    write(world, body="No", context="*Short*")
    page = world.browser("olga").get("/products/FE/decisions").text
    assert "<strong>Yes</strong>" in page and "<li>but not in the app</li>" in page and "<td>1</td>" in page
    assert page.count('<details class="context"') == 1 and "<em>Short</em>" in page
    assert "|---|" not in page
