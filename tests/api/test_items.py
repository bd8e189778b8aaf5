"""Items over the API: made, read, changed, put away."""

from typing import Any

import pytest

from kanban import clock
from tests.api.conftest import Program, Programs, column
from tests.builders import World, sound

CARD = {
    *("ref", "title", "type", "labels", "assignees", "started_on", "age_days", "in_column_days", "blocked"),
    *("open_questions", "promised_on"),
}


@pytest.fixture
def world(both_worlds: World) -> World:
    return both_worlds


def make(program: Program, body: Any) -> Any:
    answer = program.post("/products/FE/items", body)
    assert answer.status_code == 201, answer.json
    return answer.json


class TestMaking:
    def test_one_item_is_answered_as_it_is(self, olga: Program, world: World) -> None:
        made = make(
            olga, {"title": " Paint  it ", "type": "bug", "labels": ["hull", "Paint"], "description": "**Red**"}
        )
        assert (made["ref"], made["title"], made["type"], made["labels"]) == (
            "FE-1",
            "Paint it",
            "bug",
            ["hull", "Paint"],
        )
        assert (made["stage"], made["revision"], made["criteria"], made["blocked"]) == ("backlog", 1, [], None)
        assert (made["version"], made["changed"], made["warnings"]) == (world.version(), True, [])
        assert sound(world)

    def test_a_list_comes_in_its_order_under_one_version(self, olga: Program, world: World) -> None:
        make(olga, {"title": "Old"})
        before = world.version()
        made = make(olga, [{"title": f"Item {number}"} for number in range(120)])
        assert [item["title"] for item in made["data"]] == [f"Item {number}" for number in range(120)]
        assert [item["ref"] for item in made["data"]] == [f"FE-{number}" for number in range(2, 122)]
        assert made["version"] == world.version() == before + 1
        assert world.order() == ["Old", *(f"Item {number}" for number in range(120))]
        assert sound(world)

    def test_a_list_may_go_to_several_places(self, olga: Program, world: World) -> None:
        make(olga, [{"title": "A"}, {"title": "B"}])
        made = make(
            olga,
            [
                {"title": "Top 1", "place": "top"},
                {"title": "Top 2", "place": "top"},
                {"title": "Between", "place": {"after": "FE-1"}},
                {"title": "Ready", "column": "Ready"},
                {"title": "Last"},
            ],
        )
        assert len(made["data"]) == 5
        assert world.order("Backlog") == ["Top 1", "Top 2", "A", "Between", "B", "Last"]
        assert sound(world)

    def test_a_list_is_all_or_nothing_and_names_the_entry(self, olga: Program, world: World) -> None:
        before = world.version()
        answer = olga.post(
            "/products/FE/items", [{"title": "Good"}, {"title": "  "}, {"title": "x", "labels": ["a,b"]}]
        )
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] in ("1.title", "2.labels")
        assert (world.version(), world.order()) == (before, [])

    @pytest.mark.parametrize("count", [0, 501])
    def test_a_list_has_bounds(self, olga: Program, count: int) -> None:
        assert olga.post("/products/FE/items", [{"title": "x"}] * count).status_code == 422

    def test_a_list_is_judged_by_the_limit_at_its_end(self, olga: Program, world: World) -> None:
        path = f"/products/FE/columns/{column(olga, 'Ready')}"
        olga.patch(path, {"wip_limit": 2, "wip_mode": "refuse"})
        refused = olga.post("/products/FE/items", [{"title": "x", "column": "Ready"}] * 3)
        assert (refused.status_code, refused.json["code"], world.order()) == (409, "wip_limit", [])
        olga.patch(path, {"wip_mode": "warn"})
        made = make(olga, [{"title": "x", "column": "Ready"}] * 3)
        assert [warning["code"] for warning in made["warnings"]] == ["wip_limit"]
        assert "3 of 2" in made["warnings"][0]["message"]
        assert sound(world)

    def test_a_developers_item_goes_to_the_bottom_of_the_backlog(
        self, olga: Program, dev: Program, world: World
    ) -> None:
        make(olga, {"title": "Owner's"})
        make(dev, {"title": "Developer's", "place": "top"})
        assert world.order() == ["Owner's", "Developer's"]
        assert dev.post("/products/FE/items", {"title": "x", "column": "Ready"}).status_code == 403

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "title"),
            ({"title": 3}, "title"),
            ({"title": "x" * 301}, "title"),
            ({"title": "x", "type": "epic"}, "type"),
            ({"title": "x", "labels": "hull"}, "labels"),
            ({"title": "x", "labels": [f"l{number}" for number in range(21)]}, "labels"),
            ({"title": "x", "column": 99999}, "column"),
            ({"title": "x", "place": "middle"}, "place"),
            ({"title": "x", "place": {"after": "FE-1", "before": "FE-2"}}, "place"),
            ({"title": "x", "rank": 3}, "rank"),
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, olga: Program, body: Any, field: str) -> None:
        answer = olga.post("/products/FE/items", body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


class TestReading:
    def test_a_card_has_what_the_contract_names(self, olga: Program) -> None:
        make(olga, {"title": "One", "column": "Ready", "labels": ["a"]})
        board = olga.get("/products/FE/board").json
        [ready] = [each for each in board["columns"] if each["name"] == "Ready"]
        assert set(ready["items"][0]) == CARD
        assert {"id", "name", "stage", "wip_limit", "total", "items"} <= set(ready)
        assert [each["stage"] for each in board["columns"]] == ["ready", "doing", "review", "review", "done"]
        assert board["version"] == olga.get("/products/FE").json["version"]

    def test_age_begins_with_the_start(self, olga: Program, world: World) -> None:
        with clock.at(clock.now()) as moved:
            make(olga, {"title": "One", "column": "Ready"})
            moved.advance(days=2)
            olga.post("/items/FE-1/move", {"column": "In progress"})
            moved.advance(days=3)
            item = olga.get("/items/FE-1").json
            assert (item["age_days"], item["in_column_days"]) == (4, 4)
            olga.post("/items/FE-1/move", {"column": "Done"})
            assert olga.get("/items/FE-1").json["age_days"] is None

    def test_done_shows_its_newest_fifty_and_counts_all(self, olga: Program) -> None:
        make(olga, [{"title": f"Item {number}", "column": "Done"} for number in range(55)])
        done = olga.get("/products/FE/board").json["columns"][-1]
        assert (done["total"], len(done["items"]), done["items"][0]["title"]) == (55, 50, "Item 54")

    def test_the_backlog_has_backlog_and_ready_in_rank_order_in_pages(self, olga: Program) -> None:
        make(olga, [{"title": "R", "column": "Ready"}, *({"title": f"B{number}"} for number in range(4))])
        make(olga, {"title": "Doing", "column": "In progress"})
        refs, after = [], None
        while True:
            page = olga.get("/products/FE/backlog", limit=2, **({"after": after} if after else {})).json
            refs += [item["title"] for item in page["data"]]
            after = page["next"]
            if after is None:
                break
        assert refs == ["R", "B0", "B1", "B2", "B3"]

    def test_a_place_that_is_gone_begins_no_page(self, olga: Program) -> None:
        make(olga, [{"title": "A"}, {"title": "B"}])
        olga.post("/items/FE-1/discard", {"reason": "No"})
        answer = olga.get("/products/FE/backlog", after="FE-1")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "after")

    def test_an_item_tells_its_relations(self, olga: Program, world: World) -> None:
        make(olga, [{"title": "Whole"}, {"title": "Part"}])
        part = olga.patch("/items/FE-2", {"revision": 1, "part_of": "FE-1"}).json
        assert part["links"]["part_of"] == "FE-1"
        assert olga.get("/items/FE-1").json["links"]["parts"] == ["FE-2"]
        assert olga.patch("/items/FE-2", {"revision": 1, "part_of": None}).json["links"]["part_of"] is None
        assert olga.patch("/items/FE-2", {"revision": 1, "part_of": "FE-9"}).status_code == 422
        assert sound(world)

    def test_search_finds_words_and_references_in_your_products(self, olga: Program, program: Programs) -> None:
        make(olga, [{"title": "Paint the hull"}, {"title": "Repaint 100 % of it"}, {"title": "Sail"}])
        olga.post("/products", {"key": "HR", "name": "Harbour"})
        olga.post("/products/HR/items", {"title": "Paint the pier"})
        assert [item["ref"] for item in olga.get("/search", q="paint").json["data"]] == ["FE-1", "FE-2", "HR-1"]
        assert [item["ref"] for item in olga.get("/search", q="hull paint").json["data"]] == ["FE-1"]
        assert [item["ref"] for item in olga.get("/search", q="fe-3").json["data"]] == ["FE-3"]
        assert [item["ref"] for item in olga.get("/search", q="100 %").json["data"]] == ["FE-2"]
        assert [item["ref"] for item in program("vic").get("/search", q="paint").json["data"]] == ["FE-1", "FE-2"]
        assert program("sam").get("/search", q="paint").json["data"] == []
        page = olga.get("/search", q="paint", limit=2).json
        assert [item["ref"] for item in olga.get("/search", q="paint", after=page["next"]).json["data"]] == ["HR-1"]


class TestChanging:
    def test_the_class_of_service_is_for_the_owners_side(self, program: Programs, world: World) -> None:
        make(program("olga"), {"title": "One"})
        before = world.version()
        refused = program("dev").patch("/items/FE-1", {"revision": 1, "title": "Two", "class_of_service": "expedite"})
        assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")
        assert "class of service" in refused.json["detail"]
        assert world.version() == before
        kept = program("dev").patch("/items/FE-1", {"revision": 1, "title": "Two", "class_of_service": "standard"})
        assert (kept.status_code, kept.json["title"]) == (200, "Two")
        for name, word in (("dora", "expedite"), ("olga", "intangible")):
            revision = program(name).get("/items/FE-1").json["revision"]
            edited = program(name).patch("/items/FE-1", {"revision": revision, "class_of_service": word})
            assert edited.json["class_of_service"] == word
        assert sound(world)

    def test_an_edit_starts_from_a_revision(self, olga: Program, dev: Program) -> None:
        make(olga, {"title": "One"})
        edited = dev.patch("/items/FE-1", {"revision": 1, "title": "Two", "labels": ["x"], "size": "M"}).json
        assert (edited["title"], edited["labels"], edited["size"], edited["revision"]) == ("Two", ["x"], "M", 2)
        stale = olga.patch("/items/FE-1", {"revision": 1, "title": "Three"})
        assert (stale.status_code, stale.json["code"]) == (409, "stale_revision")
        assert stale.json["current"]["title"] == "Two"
        assert olga.patch("/items/FE-1", {"title": "Three"}).json["errors"][0]["field"] == "revision"

    def test_the_same_text_again_takes_no_version(self, olga: Program, world: World) -> None:
        make(olga, {"title": "One"})
        before = world.version()
        answer = olga.patch("/items/FE-1", {"revision": 1, "title": "One"}).json
        assert (answer["changed"], answer["version"], world.version()) == (False, before, before)

    def test_discarded_items_stay_readable_and_come_back(self, olga: Program, world: World) -> None:
        make(olga, [{"title": "A"}, {"title": "B"}])
        gone = olga.post("/items/FE-1/discard", {"reason": "Not wanted"}).json
        assert (gone["discard_reason"], gone["discarded_at"][-1]) == ("Not wanted", "Z")
        assert world.order() == ["B"]
        assert olga.get("/items/FE-1").json["title"] == "A"
        assert olga.post("/items/FE-1/discard", {"reason": "Again"}).status_code == 409
        back = olga.post("/items/FE-1/restore").json
        assert (back["discarded_at"], world.order()) == (None, ["B", "A"])
        assert sound(world)

    def test_a_block_has_a_reason_and_ends(self, olga: Program, dev: Program, world: World) -> None:
        make(olga, {"title": "A", "column": "In progress"})
        blocked = dev.post("/items/FE-1/block", {"reason": "No paint", "waiting_for": "The shop"}).json["blocked"]
        assert (blocked["reason"], blocked["waiting_for"], blocked["since"][-1]) == ("No paint", "The shop", "Z")
        assert dev.post("/items/FE-1/block", {"reason": "Again"}).status_code == 409
        assert dev.post("/items/FE-1/unblock").json["blocked"] is None
        again = dev.post("/items/FE-1/unblock").json
        assert again["changed"] is False
        assert sound(world)

    def test_assignees_are_members_by_address(self, olga: Program, dev: Program) -> None:
        make(olga, {"title": "A"})
        assert dev.put("/items/FE-1/assignees", ["Dev@example.org", "deb@example.org"]).json["assignees"] == [
            "deb@example.org",
            "dev@example.org",
        ]
        assert dev.put("/items/FE-1/assignees", ["deb@example.org", "dev@example.org"]).json["changed"] is False
        stranger = dev.put("/items/FE-1/assignees", ["sam@example.org"])
        assert (stranger.status_code, stranger.json["errors"][0]["field"]) == (422, "assignees")
        assert dev.put("/items/FE-1/assignees", []).json["assignees"] == []

    def test_criteria_are_the_owners_and_ticked_by_those_who_build(self, olga: Program, dev: Program) -> None:
        make(olga, {"title": "A"})
        made = olga.post("/items/FE-1/criteria", {"text": "It holds"})
        assert (made.status_code, made.json["id"], made.json["ref"]) == (201, 1, "FE-1")
        assert dev.post("/items/FE-1/criteria", {"text": "Mine"}).status_code == 403
        ticked = dev.patch("/items/FE-1/criteria/1", {"met": True}).json
        assert (ticked["met_by"], ticked["met_at"][-1]) == ("dev@example.org", "Z")
        assert dev.patch("/items/FE-1/criteria/1", {"text": "Else"}).status_code == 403
        assert olga.patch("/items/FE-1/criteria/1", {"text": "Else"}).json["met_at"] is None
        assert olga.get("/items/FE-1").json["criteria"] == [{"id": 1, "text": "Else", "met_at": None, "met_by": None}]
        assert dev.patch("/items/FE-1/criteria/7", {"met": True}).status_code == 404

    def test_a_comment_is_reworded_by_its_author_and_removed_by_the_owner(self, olga: Program, dev: Program) -> None:
        olga.post("/products/FE/items", {"title": "Wallet"})
        made = dev.post("/items/FE-1/comments", {"body": "Seen"}).json
        assert made["edited_at"] is None
        address = f"/items/FE-1/comments/{made['id']}"
        assert olga.put(address, {"body": "Mine"}).status_code == 403
        changed = dev.put(address, {"body": "Seen twice"}).json
        assert (changed["author"], changed["body"]) == (made["author"], "Seen twice")
        assert olga.get("/items/FE-1/comments").json["data"][0]["edited_at"] == changed["edited_at"]
        assert changed["edited_at"]
        assert olga.delete(address).status_code == 200
        assert olga.get("/items/FE-1/comments").json["data"] == []
        assert dev.delete(address).status_code == 404

    def test_comments_come_oldest_first_in_pages(self, olga: Program, dev: Program) -> None:
        make(olga, {"title": "A"})
        for number in range(3):
            assert dev.post("/items/FE-1/comments", {"body": f"Said {number}"}).status_code == 201
        page = olga.get("/items/FE-1/comments", limit=2).json
        rest = olga.get("/items/FE-1/comments", after=page["next"]).json
        assert [comment["body"] for comment in page["data"] + rest["data"]] == ["Said 0", "Said 1", "Said 2"]
        assert (rest["data"][0]["author"], rest["next"]) == ("dev@example.org", None)
        assert olga.get("/items/FE-1/comments", after="x").status_code == 422


class TestScoring:
    def test_value_and_effort_are_set_and_taken_away_with_the_text(self, olga: Program) -> None:
        ref = make(olga, {"title": "Paint"})["ref"]
        answer = olga.patch(f"/items/{ref}", {"revision": 1, "value": 5, "effort": 2})
        assert (answer.json["value"], answer.json["effort"], answer.json["revision"]) == (5, 2, 2)
        assert olga.patch(f"/items/{ref}", {"revision": 1, "value": 1}).status_code == 409
        assert olga.patch(f"/items/{ref}", {"revision": 2, "value": 6}).status_code == 422
        assert olga.patch(f"/items/{ref}", {"revision": 2, "value": None}).json["value"] is None
        assert olga.get(f"/items/{ref}").json["effort"] == 2

    def test_a_developer_sets_the_effort_only(self, olga: Program, dev: Program) -> None:
        ref = make(olga, {"title": "Paint"})["ref"]
        assert dev.patch(f"/items/{ref}", {"revision": 1, "effort": 2}).status_code == 200
        assert dev.patch(f"/items/{ref}", {"revision": 2, "value": 2}).status_code == 403


class TestSplitting:
    def test_the_new_items_take_over_what_is_named_and_undo_gives_it_back(self, olga: Program, world: World) -> None:
        for title in ("Sell", "Pay", "Report"):
            make(olga, {"title": title, "labels": ["shop"]})
        olga.post("/items/FE-1/criteria", {"text": "By card"})
        olga.post("/items/FE-1/links", {"kind": "needs", "ref": "FE-2"})
        body = {
            "titles": ["Sell online", "Sell at sea"],
            "rest": "Sell some",
            "criteria": {"1": 2},
            "links": {"FE-2": "all"},
        }
        answer = olga.post("/items/FE-1/split", body)
        assert answer.status_code == 201, answer.json
        assert [item["ref"] for item in answer.json["data"]] == ["FE-4", "FE-5"]
        online, at_sea = answer.json["data"]
        assert (online["links"]["split_from"], online["links"]["needs"]) == ("FE-1", ["FE-2"])
        assert [criterion["text"] for criterion in at_sea["criteria"]] == ["By card"]
        assert at_sea["labels"] == ["shop"]
        assert world.order() == ["Sell some", "Sell online", "Sell at sea", "Pay", "Report"]
        assert olga.post("/undo", {"product": "FE", "version": answer.json["version"]}).status_code == 200
        assert world.order() == ["Sell", "Pay", "Report"]
        assert [each["text"] for each in olga.get("/items/FE-1").json["criteria"]] == ["By card"]
        sound(world)

    def test_what_can_not_be_is_refused(self, olga: Program, dev: Program) -> None:
        make(olga, {"title": "Sell"})
        assert dev.post("/items/FE-1/split", {"titles": ["One"]}).status_code == 403
        bodies: tuple[dict[str, Any], ...] = (
            {"titles": []},
            {"titles": ["One"], "criteria": {"1": 0}},
            {"titles": ["One"], "links": {"XX-1": 1}},
            {"titles": ["One"], "links": {"FE-9": 2}},
            {"titles": [" "]},
        )
        for body in bodies:
            assert olga.post("/items/FE-1/split", body).status_code == 422, body
        assert olga.post("/items/FE-1/split", {"titles": ["One"], "criteria": {"7": 1}}).status_code == 409
