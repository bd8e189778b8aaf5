"""Attacks on the search: odd words on both databases, what is over for a person, and an index that falls behind."""

import threading

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kanban import keys
from kanban.models import User
from kanban.models.search_index import differences
from kanban.reads import locked
from kanban.reads.invariants import broken_invariants
from tests.builders import World

ODD = [
    *(
        '"',
        "''",
        "*",
        "NEAR(a b, 3)",
        "a NOT b",
        "-a",
        "col:x",
        "^x",
        "(",
        "a&b|!c",
        "<->",
        ":*",
        "\\",
        "%",
        "_",
        "{}[]",
    ),
    *(
        "\u05d0\u05d1 \u202e x",
        "🚢⚓",
        "𞤀𞤁",
        "ᲐᲑ",
        "ﬁ",
        "㍿",
        "²",
        "m²",
        "½",
        "\u0301",
        "İ",
        "ǆ",
        "ʼn",
        "ꙮ",
        "𝔘𝔫𝔦",
        "क्षि",
        "ไทย",
        "漢字かな",
    ),
    *(
        "x" * 10_000,
        "ä" * 10_000,
        "a" * 61,
        '"' * 9_999,
        "x " * 5_000,
        "1" * 400,
        "-1",
        "1e5",
        "3d",
        "2e",
        "0x1F",
        "1.2.3",
    ),
    *(
        "owner:" + "x" * 900,
        "age:<0d",
        "age:>" + "9" * 300 + "w",
        "product:\u202e",
        'label:"',
        "q:open q:open",
        "#" * 500,
    ),
]


@pytest.mark.parametrize("route", ["/search", "/search/choices", "/api/v1/search"])
def test_odd_words_are_an_answer(both: World, route: str) -> None:
    both.item("Any")
    browser = both.browser("vic")
    with both.writing() as session:
        secret = keys.make_api_token(session.get_one(User, both.ids["vic"]), "test", "read")
    headers = {"Authorization": f"Bearer {secret}"} if route.startswith("/api") else {}
    codes = {
        asked[:30]: browser.client.get(route, query_string={"q": asked}, headers=headers).status_code for asked in ODD
    }
    assert set(codes.values()) <= {200, 422}
    assert codes['"'] == 200


#: What people type besides words, put together at random with any signs there are.
_SCRAPS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ['"', "'", "*", "(", ")", "AND", "OR", "NOT", "NEAR(", "^", "&", "|", "!", "<->", ":*", "\\", "%", "_", "-", "🚢",
         "👩‍👩‍👧", "title:", "FE-1", "owner:", "owner:me", 'owner:"', "label:law", "stage:doing", "stage:", "blocked:yes",
         "q:open", "age:>7d", "age:<2w", "age:>", "product:fe", "type:bug", "search_index:", "rowid:1", "1", "sail"]
    ),
)  # fmt: skip
_TYPED = st.lists(_SCRAPS, min_size=1, max_size=8).flatmap(
    lambda scraps: st.sampled_from([" ", ""]).map(lambda gap: gap.join(scraps))
)


def test_whatever_is_typed_is_an_answer(both: World) -> None:
    """On the page, in the command bar and over the API, on both databases."""
    ref = both.item("Sail", "In progress", description='The "red" one & (more) 🚢')
    both.ask(ref, "Which sail?")
    browser = both.browser("vic")
    with both.writing() as session:
        secret = keys.make_api_token(session.get_one(User, both.ids["vic"]), "test", "read")

    @settings(max_examples=40, deadline=None)
    @given(typed=_TYPED)
    def look(typed: str) -> None:
        for route in ("/search", "/search/choices", "/api/v1/search"):
            headers = {"Authorization": f"Bearer {secret}"} if route.startswith("/api") else {}
            answer = browser.client.get(route, query_string={"q": typed}, headers=headers)
            refused = route.startswith("/api") and answer.status_code == 422
            assert answer.status_code == 200 or refused, (route, typed)

    look()


@pytest.mark.parametrize(
    "text",
    ["m²", "½ l", "ﬁsh", "1e5", "3d", "2e", "0x1F", "1.2.3", "v2", "12abc", "a_b", "क्षि", "ไทย", "漢字", "İstanbul",
     "ＡＢＣ", "Ⅷ", "ªº", "Ωmega", "ΣΑΣ", "Straße", "don't", "x@y.example", "http://a.b/c?d", "/usr/bin", "<b>bold</b>", "&amp;", "-5", "+1e3",
     "٣٤", "ǅ", "ʼn", "e\u0301t\u00e9", "शक्ति", "q\u0323"],
)  # fmt: skip
def test_what_stands_in_a_text_is_found_by_just_that(both: World, text: str) -> None:
    both.item("Plain", description=f"Before {text} after")
    shown = both.browser("vic").client.get("/search", query_string={"q": text}).text
    assert "FE-1" in shown, text


def test_nothing_is_found_of_what_one_has_left(both: World) -> None:
    ref = both.item("Zeppelin")
    both.ask(ref, "Which zeppelin?")
    dev = both.browser("dev")
    assert "FE-1" in dev.get("/search?q=zeppelin").text
    both.let_go("dev")
    for route in ("/search", "/search/choices"):
        assert "FE-1" not in dev.get(f"{route}?q=zeppelin").text
        assert "/items/FE-1" not in dev.get(f"{route}?q=FE-1").text


def test_a_text_that_two_change_at_once_is_indexed_as_it_reads(both: World) -> None:
    refs = [both.item(f"Wish {number}") for number in range(4)]

    def edit(ref: str, number: int) -> None:
        with both.changing() as (session, product, member):
            item = locked.item_in(session, product, int(ref[3:]), ())
            assert item is not None
            item.edit({"description": f"words{number} " * 50}, revision=item.revision, by=member)

    threads = [threading.Thread(target=edit, args=(ref, number)) for number, ref in enumerate(refs * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with both.reading() as session:
        assert differences(session.connection()) == 0 and broken_invariants(session) == []


def test_a_very_large_text_is_kept_and_found(both: World) -> None:
    many = " ".join(f"w{number}" for number in range(15_000))
    ref = both.item("Large", description=many[:20_000])
    assert ref == "FE-1" and "FE-1" in both.browser("vic").get("/search?q=w17").text
    with both.writing() as session:
        session.execute(
            sa.text("UPDATE item SET description = :many"), {"many": "ÄÖ漢 " + "ǆ" * 3_000 + " " + many * 4}
        )
        assert differences(session.connection()) == 0
