"""The search finds what holds the words, in what a person may see, on both databases; the index never falls behind."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kanban import clock
from kanban.models import Decision, Item, ItemType, Product, Request, Stakeholder, StatusUpdate, UpdateQuestion, User
from kanban.models.search_index import SOURCES, differences, settle
from kanban.models.status_update import Health
from kanban.policy import Role
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.labels import labels_named
from kanban.reads.search.excerpts import marked
from kanban.reads.search.findings import Group, find
from kanban.reads.search.inquiry import Inquiry
from tests.builders import World
from tests.reporting import add_stakeholders, begin, publish


def groups(world: World, asked: str, by: str = "vic", kind: str | None = None) -> list[Group]:
    with world.reading() as session:
        return find(session, session.get_one(User, world.ids[by]), Inquiry.read(asked), kind=kind)


def found(world: World, asked: str, by: str = "vic") -> list[str]:
    """The references (numbers of decisions and updates) of what was found, by kind."""
    return [f"{row.kind} {row.ref or row.number}" for group in groups(world, asked, by) for row in group.rows]


def in_step(world: World) -> bool:
    with world.reading() as session:
        return differences(session.connection()) == 0


class TestWords:
    def test_the_beginning_of_a_word_is_enough_whatever_its_case_and_accents(self, world: World) -> None:
        world.item("Fähre nach Sjøvær", description="An der *Straße* liegt ein Café.")
        for asked in (
            "fähre",
            "FAHRE",
            "fahr",
            "sjovaer",
            "Sjøv",
            "strasse",
            "STRASSE",
            "cafe",
            "café liegt FÄHR",
            "FE-1",
        ):
            assert found(world, asked) == ["item FE-1"], asked
        assert found(world, "straß liegt caf") == ["item FE-1"] and found(world, "fähre hafen") == []
        assert found(world, "ähre") == ["item FE-1"], "inside a word of a title"
        assert found(world, "traße") == [], "but not of a text"

    @pytest.mark.parametrize(
        "asked",
        ['"', '""', "*", "-", "--", "a*", "NEAR(a b)", "a AND", "OR", "NOT a", "title:", "^a", "(", "'", "''", "\\", ":*",
         "a:*", "& | !", "<->", "🚢", "🚢 a", "½", "\u0301", "ꙮ", "x" * 10_000, '"' * 10_000, "a " * 5_000, "%", "_", "{}",
         "owner:", "owner:\"", "age:>99999999d", "label:''", "stage:%", "q:*", ":::", "a:b:c", "http://x.y/?z=1", ";--"],
    )  # fmt: skip
    def test_nothing_that_people_type_is_an_error(self, world: World, asked: str) -> None:
        world.item("Any")
        assert all(group.rows for group in groups(world, asked))

    def test_signs_between_words_count_for_nothing(self, world: World) -> None:
        world.item(
            "Pay by card/phone", description="See https://ferry.example/pay-here?now=1 or <b>bold</b> a_b 10.5 %"
        )
        for asked in ("card/phone", "phone", '"pay by"', "ferry.example", "bold", "10.5 %", "pay-here", "*card*"):
            assert found(world, asked) == ["item FE-1"], asked

    def test_a_title_comes_before_a_description_and_a_reference_before_both(self, world: World) -> None:
        world.item("Sail", description="Ropes")
        world.item("Ropes")
        assert found(world, "rope") == ["item FE-2", "item FE-1"]
        world.item("2 hulls")
        assert found(world, "2") == ["item FE-2", "item FE-3"]

    def test_a_key_from_the_former_list_finds_the_item_that_had_it(self, world: World) -> None:
        world.item("One")
        world.item("Two")
        with world.writing() as session:
            session.execute(sa.update(Item).where(Item.number == 2).values(import_key="SHOP-12"))
        assert found(world, "shop-12") == ["item FE-2"]
        assert found(world, "SHOP-1") == []
        assert found(world, "FE-2") == ["item FE-2"]
        assert found(world, "shop-12", by="sam") == []
        page = world.browser("olga").get("/items/FE-2").text
        assert "In the list it came from: SHOP-12" in page
        assert "In the list it came from" not in world.browser("olga").get("/items/FE-1").text

    def test_beginnings_of_words_in_titles_then_in_texts_then_letters_inside_words(self, world: World) -> None:
        world.item("Overboard")
        world.item("Sail", description="On board")
        for n in range(4):
            world.item(f"Boards {n}")
        in_order = ["item FE-6", "item FE-5", "item FE-4", "item FE-3", "item FE-2", "item FE-1"]
        for asked in ("board", "type:feature board", "product:FE board"):
            assert found(world, asked) == in_order, asked
        for n in range(5):
            world.item(f"Boarding {n}")
        [group] = groups(world, "board")
        assert group.more and [row.ref for row in group.rows] == [f"FE-{n}" for n in (11, 10, 9, 8, 7, 6, 5, 4)]
        [group] = groups(world, "board", kind="item")
        assert [row.ref for row in group.rows][-2:] == ["FE-2", "FE-1"] and len(group.rows) == 11
        assert found(world, "BOARD ver") == ["item FE-1"], "parts in any order, whatever the case"
        assert found(world, "boa%d") == [] and found(world, "b_ard") == []

    def test_a_done_item_stands_behind_those_that_are_not(self, world: World) -> None:
        world.item("Sail one"), world.item("Sail two")
        world.move("FE-2", "Done")
        assert found(world, "sail") == ["item FE-1", "item FE-2"]

    def test_what_matches_is_marked_in_the_title_and_in_a_piece_of_the_text(self, world: World) -> None:
        world.item("Lösung für Löwen", description="word " * 100 + "**den Löwen** füttern " + "end " * 100)
        row = groups(world, "lowe")[0].rows[0]
        assert row.title == [("Lösung für ", False), ("Löwe", True), ("n", False)]
        assert ("Löwe", True) in row.text and row.text[0] == ("… ", False) and row.text[-1] == (" …", False)
        assert len("".join(text for text, _ in row.text)) < 260


class TestKinds:
    def test_questions_decisions_updates_and_comments_are_found_too(self, world: World) -> None:
        ref = world.item("Sail")
        question = world.ask(ref, "Which anchor do we take?")
        world.question(question, "answer", "The heavy grapnel", by="olga")
        world.change(ref, "comment", "A windlass would help", by="dev")
        with world.changing() as (session, product, owner):
            session.add(Decision.write(product, "We buy a capstan", context="The crew is small", by=owner))
        assert found(world, "anchor") == found(world, "grapnel") == ["question FE-1"]
        assert found(world, "windlass") == ["comment FE-1"]
        assert found(world, "capstan") == found(world, "crew") == ["decision 1"]
        assert in_step(world)

    def test_a_draft_is_found_by_those_who_write_it_only(self, world: World) -> None:
        with world.changing() as (session, product, owner):
            line = {"text": "The keel is laid", "note": "Überraschend", "ref": ""}
            update = StatusUpdate.draft(
                product,
                by=owner,
                sections=[{"kind": "shipped", "lines": [line]}],
                since_version=0,
                since_at=None,
                health=Health.ON_TRACK,
            )
            update.headline = "Ahead of the tide"
            session.add(update)
        for asked in ("tide", "keel", "uberrasch"):
            assert found(world, asked, "olga") == found(world, asked, "dora") == ["update 1"]
            assert found(world, asked, "dev") == found(world, asked, "lea") == found(world, asked, "vic") == []
        assert found(world, "shipped", "olga") == [], "names of sections are no words of anybody"
        with world.changing() as (session, product, owner):
            session.scalars(sa.select(StatusUpdate)).one().publish([], before=None, by=owner)
        assert found(world, "tide", "vic") == ["update 1"]
        assert in_step(world)

    def test_criteria_are_found_with_their_item_however_they_change(self, world: World) -> None:
        ref = world.item("Sail")
        world.change(ref, "add_criterion", "Holds in a gale")
        assert found(world, "gale") == found(world, "hold gale") == ["criterion FE-1"]
        [group] = groups(world, "gale")
        assert group.rows[0].title == [("Sail", False)] and ("gale", True) in group.rows[0].text
        world.change(ref, "change_criterion", 1, "Holds in a storm")
        assert found(world, "gale") == [] and found(world, "storm") == ["criterion FE-1"] and in_step(world)
        assert found(world, "storm", "sam") == found(world, "storm owner:me") == []
        world.change(ref, "discard", "No")
        assert found(world, "storm") == []

    def test_what_stakeholders_ask_about_updates_is_found_by_those_who_see_it_there(self, world: World) -> None:
        add_stakeholders(world, "Rita")
        publish(world, begin(world))
        with world.changing() as (session, product, owner):
            update = session.scalars(sa.select(StatusUpdate)).one()
            person = session.scalars(sa.select(Stakeholder)).one()
            asked = UpdateQuestion.ask(update, "Which lighthouse?", person=person, owner=owner.user, n_open=0)
            session.add(asked)
            session.flush()
            asked.reply("The western beacon", by=owner)
        for name in ("olga", "dora", "lea"):
            assert found(world, "lighthouse", name) == found(world, "beacon", name) == ["asked 1"], name
        assert [found(world, "lighthouse", name) for name in ("dev", "vic", "sam")] == [[], [], []]
        assert found(world, "rita", "olga") == [], "never who asked"
        page = world.browser("lea").get("/search?q=beacon").text
        assert 'href="/products/FE/updates/1#asked-1"' in page and in_step(world)

    def test_requests_are_found_by_those_who_see_them(self, world: World) -> None:
        with world.changing() as (session, product, owner):
            person = Stakeholder(product_id=product.id, name="Rita Reader", email="rita@reader.example")
            session.add(person)
            session.flush()
            session.add(
                Request(product_id=product.id, number=1, stakeholder=person, title="A quieter bell", body="Ding")
            )
            product.record("stakeholder_added", by=owner, stakeholder=person.id, level="full")
        for name in ("olga", "dora", "lea"):
            assert found(world, "bell", name) == found(world, "ding", name) == ["request 1"], name
        assert found(world, "bell", "dev") == found(world, "bell", "vic") == found(world, "bell", "sam") == []
        assert found(world, "rita", "olga") == [], "never who asked"

    def test_each_kind_shows_its_first_and_says_that_there_is_more(self, world: World) -> None:
        for n in range(9):
            world.item(f"Plank {n}")
        [group] = groups(world, "plank")
        assert (len(group.rows), group.more) == (8, True)
        [group] = groups(world, "plank", kind="item")
        assert (len(group.rows), group.more) == (9, False)


class TestWhoSees:
    def test_only_members_find_anything_of_a_product(self, world: World) -> None:
        ref = world.item("Secret hull", description="Secret plan")
        world.change(ref, "comment", "Secret talk")
        world.question(world.ask(ref, "Secret ask"), "answer", "Secret answer", by="olga")
        assert len(found(world, "secret", "vic")) == 3
        assert found(world, "secret", "sam") == found(world, ref, "sam") == found(world, "blocked:no", "sam") == []
        assert found(world, "product:FE secret", "sam") == found(world, "q:answered", "sam") == []
        world.let_go("vic")
        assert found(world, "secret", "vic") == []

    def test_of_two_products_each_person_finds_their_own(self, world: World) -> None:
        world.item("Paint it")
        with world.writing() as session:
            sam = session.get_one(User, world.ids["sam"])
            other = Product.open(key="HR", name="Harbour", owner=sam)
            other.let_in(session.get_one(User, world.ids["dev"]), Role.DEVELOPER, by=other.members[0])
            session.add(other)
            session.flush()
            column = other.columns[0]
            Item.create(other, "Paint it too", read_place(session, other, column, BOTTOM), by=other.members[0])
        assert sorted(found(world, "paint", "dev")) == ["item FE-1", "item HR-1"]
        assert found(world, "paint", "vic") == ["item FE-1"] and found(world, "paint", "sam") == ["item HR-1"]
        assert found(world, "paint product:hr", "dev") == ["item HR-1"]

    def test_discarded_items_are_found_where_they_are_asked_for(self, world: World) -> None:
        ref = world.item("Paint it")
        world.ask(ref, "Paint of which colour?")
        world.change(ref, "discard", "No paint")
        assert found(world, "paint") == []
        assert found(world, "paint stage:discarded") == ["item FE-1"]


class TestFilters:
    def test_filters_narrow_and_leave_items_only(self, world: World) -> None:
        one, two = world.item("One"), world.item("Two", "Ready", type=ItemType.BUG)
        world.change(one, "comment", "One more")
        with world.changing() as (session, product, member):
            item = world._item(session, product, two)
            item.assign([session.get_one(User, world.ids["dev"])], by=member)
        world.change(two, "block", "Rain")
        world.ask(two, "Which?")
        assert found(world, "one") == ["item FE-1", "comment FE-1"]
        for asked, refs in {
            "one stage:backlog": ["item FE-1"],
            "owner:me": [],
            "owner:dev": ["item FE-2"],
            'owner:"dev"': ["item FE-2"],
            "owner:nobody": ["item FE-1"],
            "stage:ready": ["item FE-2"],
            "stage:ready stage:backlog": ["item FE-2", "item FE-1"],
            "type:bug": ["item FE-2"],
            "blocked:yes": ["item FE-2"],
            "blocked:no": ["item FE-1"],
            "q:open": ["item FE-2", "question FE-2"],
            "q:accepted": [],
            "age:>7d": [],
            "age:<7d": ["item FE-2", "item FE-1"],
            "label:law": [],
        }.items():
            assert sorted(found(world, asked)) == sorted(refs), asked
        assert found(world, "owner:me", "dev") == ["item FE-2"]

    @pytest.mark.parametrize(
        ("asked", "refs"),
        [
            ("owner:me", [1]),
            ("owner:Dev", [1]),
            ("owner:nobody", [2, 3]),
            ("label:law", [1]),
            ("label:LA", [1]),
            ("label:harbour", []),
            ("stage:doing", [1]),
            ("stage:backlog", [3]),
            ("blocked:yes", [2]),
            ("blocked:no", [1, 3]),
            ("q:open", [3]),
            ("q:answered", []),
            ("age:>7d", [2]),
            ("age:>30d", []),
            ("age:<7d", [1, 3]),
            ("owner:me stage:doing sail", [1]),
            ("owner:me stage:ready", []),
        ],
    )
    def test_each_filter_keeps_what_it_names(self, world: World, asked: str, refs: list[int]) -> None:
        one, two, three = world.item("Sail", "In progress"), world.item("Rope", "Ready"), world.item("Flag")
        with world.changing() as (session, product, member):
            item = world._item(session, product, one)
            item.assign([session.get_one(User, world.ids["dev"])], by=member)
            item.edit({"labels": labels_named(session, product, ["Law"])}, revision=item.revision, by=member)
        world.change(two, "block", "Rain")
        world.ask(three, "Which?")
        with world.writing() as session:
            long_ago = clock.now() - dt.timedelta(days=20)
            session.execute(sa.update(Item).where(Item.number == 2).values(created_at=long_ago))
        kept = {row.ref for group in groups(world, asked, "dev") for row in group.rows if group.kind == "item"}
        assert kept == {f"FE-{number}" for number in refs}

    @pytest.mark.parametrize(
        "asked", ["stage:nowhere", "age:soon", "blocked:maybe", "q:never", "owner:", "type:epic", "size:3"]
    )
    def test_what_is_no_filter_is_said_in_plain_words(self, world: World, asked: str) -> None:
        with world.app.test_request_context():
            inquiry = Inquiry.read(asked)
        assert len(inquiry.troubles) == 1 and inquiry.troubles[0].endswith(".")

    def test_an_address_is_no_filter(self, world: World) -> None:
        with world.app.test_request_context():
            assert Inquiry.read("https://x.org/a").troubles == []


@given(text=st.text("ab_.-1 Ab", max_size=40), words=st.lists(st.text("ab1", min_size=1, max_size=3), max_size=3))
def test_plain_text_is_marked_like_any_other(text: str, words: list[str]) -> None:
    """The short way for plain letters marks what the long way does, behind a sign that is none."""
    assert marked(text, words) == [*marked(text + " é", words)[:-1], *_without_end(marked(text + " é", words)[-1])]


def _without_end(piece: tuple[str, bool]) -> list[tuple[str, bool]]:
    text = piece[0].removesuffix(" é")
    return [(text, piece[1])] if text else []


class TestIndex:
    def test_it_follows_every_change_and_a_move_touches_it_not(self, world: World) -> None:
        ref = world.item("Old words")
        world.change(ref, "edit", {"title": "New words", "description": "More"}, revision=1)
        assert found(world, "old") == [] and found(world, "more") == ["item FE-1"]
        before = _state(world)
        world.move(ref, "Ready")
        assert _state(world) == before and in_step(world)

    def test_the_doctor_sees_a_text_that_is_not_indexed(self, world: World) -> None:
        ref = world.item("Sail")
        with world.writing() as session:
            on = " ON comment" if session.connection().dialect.name == "postgresql" else ""
            session.execute(sa.text(f"DROP TRIGGER search_of_comment_in{on}"))
        world.change(ref, "comment", "Unseen")
        with world.reading() as session:
            assert broken_invariants(session) == ["the search misses or misreads texts: 1 differ"]
        with world.writing() as session:
            settle(session.connection())
        assert in_step(world) and found(world, "unseen") == ["comment FE-1"]

    def test_removed_rows_leave_the_index(self, world: World) -> None:
        ref = world.item("Sail")
        world.change(ref, "comment", "Unseen")
        with world.writing() as session:
            session.execute(sa.text("DELETE FROM comment"))
        assert found(world, "unseen") == [] and in_step(world)

    def test_every_source_has_a_number_of_its_own(self) -> None:
        numbers = [source.number for source in SOURCES.values()]
        assert len(set(numbers)) == len(numbers) and max(numbers) < 16


def _state(world: World) -> object:
    """What changes in the index with each write to it."""
    with world.reading() as session:
        if session.connection().dialect.name == "sqlite":
            return session.execute(sa.text("SELECT id, block FROM search_index_data ORDER BY id")).all()
        return session.execute(sa.text("SELECT id, xmin::text FROM search_index ORDER BY id")).all()
