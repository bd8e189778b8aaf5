"""The search page: by kind, with what matches marked, nothing foreign, and nothing that people type as markup."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kanban import clock
from tests.builders import World


def test_what_is_found_stands_by_kind_with_its_words_marked(world: World) -> None:
    ref = world.item("Fähre <b>fast</b>", description="Sehr *schnell* &amp; leise")
    world.ask(ref, "Which ferry: die Fähre nach Süden?")
    page = world.browser("vic").get("/search?q=fahre").text
    assert "<mark>Fähre</mark> &lt;b&gt;fast&lt;/b&gt;" in page and "<b>fast</b>" not in page
    assert page.index("found-item") < page.index("found-question") and 'href="/items/FE-1#questions"' in page
    assert "<mark>schnell</mark> &amp;" in world.browser("vic").get("/search?q=schnell").text


def test_what_was_typed_stays_in_the_field_as_text(world: World) -> None:
    page = world.browser("vic").get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page and "&#34;&gt;&lt;script&gt;" in page


def test_an_empty_search_says_what_is_searched_and_a_vain_one_what_to_do(world: World) -> None:
    browser = world.browser("vic")
    assert "What are you looking for?" in browser.get("/search").text
    assert "Nothing found" in browser.get("/search?q=zzz").text
    assert "There are no words in it" in browser.get("/search?q=%22%22").text
    assert "owner:me" in browser.get("/search?q=zzz").text


def test_a_filter_that_is_none_is_told_in_a_sentence(world: World) -> None:
    world.item("Sail")
    page = world.browser("vic").get("/search?q=sail+stage:nowhere+size:3").text
    assert "“nowhere” isn’t a stage. The stages are: backlog, ready, doing, review, done, discarded." in page
    assert "There is no filter “size:”" in page


def test_more_of_one_kind_is_a_link_away(world: World) -> None:
    for n in range(9):
        world.item(f"Plank {n}")
    page = world.browser("vic").get("/search?q=plank").text
    assert page.count('class="found-row"') == 8 and 'href="/search?q=plank&amp;kind=item"' in page
    assert world.browser("vic").get("/search?q=plank&kind=item").text.count('class="found-row"') == 9


def test_whoever_is_no_member_finds_nothing_and_nobody_searches_without_a_sign_in(world: World) -> None:
    world.item("Secret hull")
    for path in ("/search?q=secret", "/search/choices?q=secret", "/search/choices?q=FE-1", "/search?q=stage:backlog"):
        assert "hull" not in world.browser("sam").get(path).text
        assert "hull" in world.browser("vic").get(path).text.replace("<mark>", "")
        assert world.browser().get(path).status_code == 303


def test_the_command_bar_gets_options_with_the_way_to_everything(world: World) -> None:
    ref = world.item("Sail & <mast>")
    world.ask(ref, "Which sail?")
    page = world.browser("vic").get("/search/choices?q=sail", hx=True).text
    assert page.count('role="option"') == 3 and f'data-ref="{ref}"' in page and "&lt;mast&gt;" in page
    assert 'href="/search?q=sail"' in page
    assert world.browser("vic").get("/search/choices?q=%22", hx=True).text.strip() == ""


def _around(age: int) -> dict[str, bool]:
    return {f">{age - 1}d": True, f">{age}d": False, f"<{age}d": False, f"<{age + 1}d": True}


def test_the_command_bar_shows_the_words_of_criteria_and_comments_rather_than_the_same_title_again(
    world: World,
) -> None:
    ref = world.item("Refunds", criteria=("Within an hour of the ferry", "A cancelled ferry counts"))
    world.change(ref, "comment", "Which ferry is meant?")
    options = world.browser("vic").get("/search/choices?q=ferry", hx=True).text
    for words in (
        "Within an hour of the <mark>ferry</mark>",
        "A cancelled <mark>ferry</mark> counts",
        "Which <mark>ferry</mark>",
    ):
        assert words in options
    assert "Refunds" not in options


@pytest.mark.parametrize("reader", ["Europe/Oslo", "Pacific/Auckland", "Pacific/Pago_Pago"])
def test_an_age_is_the_one_that_the_card_shows_wherever_its_reader_is(both: World, reader: str) -> None:
    """Days of the product: where the reader is, another day may have begun."""
    with both.writing() as session:
        session.execute(sa.text("UPDATE product SET time_zone = 'Europe/Oslo'"))
        session.execute(sa.text('UPDATE "user" SET time_zone = :zone'), {"zone": reader})
    with clock.at(dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)) as now:
        both.item("Sail", "In progress")
        browser = both.browser("vic")
        for hours, age in ((0, 1), (10, 1), (1, 2), (9, 2), (13, 2), (2, 3)):
            now.advance(hours=hours)
            fits = {asked: "Sail" in browser.get(f"/search?q=age:{asked}").text for asked in _around(age)}
            assert fits == _around(age), f"after {hours} hours more"


@pytest.mark.parametrize("slip", ["refnuds", "reffunds", "rfunds", "tefunds", "erfunds", "refundx", "REFUDNS", "refnu"])
def test_a_slip_of_the_hand_is_asked_about(both: World, slip: str) -> None:
    both.item("Refunds to the card")
    page = both.browser("vic").get(f"/search?q={slip}+card+stage:backlog").text
    assert "Did you mean “refunds card stage:backlog”?" in page
    assert 'href="/search?q=refunds+card+stage:backlog"' in page


def test_the_command_bar_offers_what_was_meant_where_nothing_matches(world: World) -> None:
    refund, sailing = world.item("Refund the season card"), world.item("Sailing at night")
    options = world.browser("vic").get("/search/choices?q=refnud", hx=True).text
    assert f'data-ref="{refund}"' in options and sailing not in options
    assert "Search everywhere for “refund”" in options
    assert refund not in world.browser("sam").get("/search/choices?q=refnud", hx=True).text
    assert "Search everywhere for “zebra”" in world.browser("vic").get("/search/choices?q=zebra", hx=True).text


def test_the_word_that_stands_most_often_is_meant(world: World) -> None:
    for title in ("Fähre", "Fahrt", "Fahrt zurück"):
        world.item(title)
    assert "Did you mean “fahrt”?" in world.browser("vic").get("/search?q=fahrr").text
    assert "Did you mean “fähre”?" in world.browser("vic").get("/search?q=fajre").text


@pytest.mark.parametrize(
    "asked", ["refunds+zzzz", "rfnuds", "fnu", "1234", "refunds+harbour", "%22%22", "(((a+", "stage:review"]
)
def test_what_is_not_near_or_would_find_nothing_either_is_not_asked_about(world: World, asked: str) -> None:
    for title in ("Refunds", "Harbour 12345", "Fun"):
        world.item(title)
    page = world.browser("vic").get(f"/search?q={asked}").text
    assert "Did you mean" not in page


def test_nobody_is_asked_about_the_words_of_others(world: World) -> None:
    world.item("Acquisition")
    world.change(world.item("Liquidation"), "discard", "Not wanted", by="olga")
    assert "Did you mean" not in world.browser("sam").get("/search?q=aquisition").text
    assert "Did you mean" not in world.browser("vic").get("/search?q=likuidation").text
    assert "Did you mean “acquisition”?" in world.browser("vic").get("/search?q=aquisition").text
