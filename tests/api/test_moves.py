"""Moving over the API: places, limits, the pull, the way back."""

import threading
from typing import Any

import pytest

from tests.api.conftest import Program, Programs, column
from tests.builders import World, sound


@pytest.fixture
def world(both_worlds: World) -> World:
    return both_worlds


@pytest.fixture
def items(world: World) -> World:
    """A to D in the backlog, R in ready, P in progress: FE-1 to FE-6."""
    for title in "ABCD":
        world.item(title, criteria=("It holds",))
    world.item("R", "Ready", criteria=("It holds",))
    world.item("P", "In progress")
    return world


def test_a_move_answers_the_item_the_version_and_what_should_be_known(items: World, olga: Program) -> None:
    answer = olga.post("/items/FE-6/move", {"column": column(olga, "Review"), "place": "top"}).json
    assert (answer["changed"], answer["version"], answer["warnings"]) == (True, items.version(), [])
    assert (answer["item"]["ref"], answer["item"]["stage"], answer["item"]["started_on"] is None) == (
        "FE-6",
        "review",
        False,
    )


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("top", "DABC"),
        ("bottom", "ABCD"),
        ({"after": "FE-1"}, "ADBC"),
        ({"before": "FE-2"}, "ADBC"),
        ({"after": "fe-1"}, "ADBC"),
        ({"after": "FE-99"}, "ABCD"),
        ({"after": "HR-1"}, "ABCD"),
        ({"before": "no reference"}, "ABCD"),
    ],
)
def test_a_place_names_a_neighbour_and_one_that_is_gone_means_the_end(
    items: World, olga: Program, place: Any, order: str
) -> None:
    answer = olga.post("/items/FE-4/move", {"place": place}, order=1).json
    assert [f"FE-{'ABCD'.index(title) + 1}" for title in order] == answer["order"]
    assert items.order("Backlog") == list(order)
    assert answer["changed"] is (order != "ABCD")
    assert sound(items)


def test_a_drop_where_it_stands_takes_no_version(items: World, olga: Program) -> None:
    before = items.version()
    answer = olga.post("/items/FE-2/move", {"place": {"after": "FE-1"}}).json
    assert (answer["changed"], answer["version"], items.version()) == (False, before, before)
    assert "order" in answer
    assert answer["order"] is None


def test_a_full_column_refuses_asks_or_warns(items: World, olga: Program) -> None:
    doing = f"/products/FE/columns/{column(olga, 'In progress')}"
    olga.patch(doing, {"wip_limit": 1, "wip_mode": "refuse"})
    body: dict[str, Any] = {"column": "In progress"}
    refused = olga.post("/items/FE-5/move", body)
    assert (refused.status_code, refused.json["code"]) == (409, "wip_limit")
    olga.patch(doing, {"wip_mode": "ask"})
    asked = olga.post("/items/FE-5/move", body)
    assert (asked.status_code, asked.json["code"]) == (409, "reason_required")
    allowed = olga.post("/items/FE-5/move", {**body, "limit_reason": "It burns"}).json
    assert [warning["code"] for warning in allowed["warnings"]] == ["wip_limit"]
    olga.patch(doing, {"wip_mode": "warn"})
    warned = olga.post("/items/FE-4/move", body).json
    assert [warning["code"] for warning in warned["warnings"]] == ["wip_limit"]
    assert sound(items)


def test_what_is_not_ready_is_said(items: World, olga: Program) -> None:
    items.item("Bare", "Ready")
    answer = olga.post("/items/FE-7/move", {"column": "In progress"}).json
    assert [warning["code"] for warning in answer["warnings"]] == ["no_criteria"]


def test_the_order_of_the_backlog_is_the_owners(items: World, dev: Program) -> None:
    answer = dev.post("/items/FE-4/move", {"place": "top"})
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
    assert "product owner" in answer.json["detail"]


def test_only_the_owners_side_accepts(items: World, dev: Program, olga: Program) -> None:
    assert dev.post("/items/FE-6/move", {"column": "Done"}).status_code == 403
    assert olga.post("/items/FE-6/move", {"column": "Done"}).json["item"]["finished_on"] is not None


class TestPull:
    def test_the_top_ready_item_is_assigned_and_started(self, items: World, dev: Program) -> None:
        answer = dev.post("/products/FE/pull").json
        assert (answer["item"]["ref"], answer["item"]["assignees"]) == ("FE-5", ["dev@example.org"])
        assert answer["item"]["age_days"] == 1
        assert sound(items)

    def test_nothing_ready_is_nothing_to_pull(self, items: World, dev: Program) -> None:
        dev.post("/products/FE/pull")
        again = dev.post("/products/FE/pull")
        assert (again.status_code, again.json["code"]) == (409, "nothing_to_pull")

    def test_a_limit_that_refuses_stops_the_pull(self, items: World, dev: Program, olga: Program) -> None:
        olga.patch(f"/products/FE/columns/{column(olga, 'In progress')}", {"wip_limit": 1, "wip_mode": "refuse"})
        answer = dev.post("/products/FE/pull")
        assert (answer.status_code, answer.json["code"]) == (409, "wip_limit")

    def test_two_people_never_pull_the_same_item(self, items: World, program: Programs) -> None:
        for number in range(5):
            items.item(f"More {number}", "Ready")
        pullers = [program(name) for name in ("dev", "deb", "dora", "olga")] * 2
        pulled: list[str] = []

        def pull(puller: Program) -> None:
            answer = puller.post("/products/FE/pull")
            if answer.status_code == 200:
                pulled.append(answer.json["item"]["ref"])

        threads = [threading.Thread(target=pull, args=(puller,)) for puller in pullers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(pulled) == len(set(pulled)) == 6
        assert sound(items)


class TestUndo:
    def test_your_own_move_is_taken_back(self, items: World, dev: Program) -> None:
        version = dev.post("/products/FE/pull").json["version"]
        back = dev.post("/undo", {"product": "FE", "version": version}).json
        assert (back["item"]["stage"], back["item"]["assignees"], back["changed"]) == ("ready", [], True)
        assert sound(items)

    def test_somebody_elses_move_stays(self, items: World, dev: Program, olga: Program) -> None:
        version = dev.post("/products/FE/pull").json["version"]
        assert olga.post("/undo", {"product": "FE", "version": version}).status_code == 409

    @pytest.mark.parametrize("version", [1, 99999])
    def test_what_is_no_move_is_not_taken_back(self, items: World, olga: Program, version: int) -> None:
        assert olga.post("/undo", {"product": "FE", "version": version}).status_code == 409

    def test_an_edit_and_a_discarding_are_taken_back(self, items: World, olga: Program) -> None:
        before = olga.get("/items/FE-1").json
        edited = olga.patch("/items/FE-1", {"revision": 1, "title": "Other", "labels": ["harbour"]}).json["version"]
        discarded = olga.post("/items/FE-1/discard", {"reason": "No longer wanted"}).json["version"]
        assert olga.post("/undo", {"product": "FE", "version": edited}).status_code == 409
        for version in (discarded, edited):
            back = olga.post("/undo", {"product": "FE", "version": version}).json
            assert [item["ref"] for item in back["items"]] == ["FE-1"]
        after = olga.get("/items/FE-1").json
        assert {name for name in after if after[name] != before[name]} == {"revision", "version"}
        assert olga.post("/undo", {"product": "FE", "version": edited}).status_code == 409
        assert sound(items)

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("ranks", {"place": "top"}),
            ("move", {"column": "Ready"}),
            ("move", {"column": "In progress"}),
            ("labels", {"on": "harbour"}),
            ("milestones/items", {"milestone": "1"}),
            ("discard", {"reason": "Not wanted"}),
        ],
    )
    def test_a_command_on_several_items_is_taken_back_as_one(
        self, items: World, olga: Program, path: str, fields: dict[str, str]
    ) -> None:
        olga.post("/products/FE/milestones", {"name": "Winter", "items": []})
        items.browser("olga").post("/items/FE-1/labels", {"new": "harbour"})
        before, order, version = items.order(), items.order("Backlog"), items.version()
        if "column" in fields:
            fields = {"column": str(column(olga, fields["column"]))}
        sent = {"items": "FE-4 FE-3", **fields}
        answer = items.browser("olga").post(f"/products/FE/{path}", sent, hx=True)
        assert (answer.status_code, items.version()) == (200, version + 1), answer.text
        back = olga.post("/undo", {"product": "FE", "version": version + 1})
        assert back.status_code == 200, back.json
        assert {item["ref"] for item in back.json["items"]} == {"FE-3", "FE-4"}
        assert (items.order(), items.order("Backlog")) == (before, order)
        assert sound(items)

    def test_a_split_is_taken_back_as_one(self, items: World, olga: Program) -> None:
        assert olga.post("/items/FE-1/split", {"titles": ["A at sea", "A ashore"]}).status_code == 201
        back = olga.post("/undo", {"product": "FE", "version": items.version()})
        assert {item["ref"] for item in back.json["items"]} == {"FE-1", "FE-7", "FE-8"}
        assert items.order("Backlog") == list("ABCD")
        assert sound(items)

    def test_the_way_back_of_any_command_is_taken_or_refused(self, items: World, olga: Program) -> None:
        commands: list[tuple[str, str, Any]] = [
            ("POST", "/products/FE/items", {"title": "One"}),
            ("POST", "/products/FE/items", [{"title": "E"}, {"title": "F"}]),
            ("POST", "/products/FE/pull", {}),
            ("POST", "/items/FE-2/move", {"column": column(olga, "Done"), "place": "top"}),
            ("POST", "/items/FE-3/block", {"reason": "The crane is broken"}),
            ("POST", "/items/FE-3/unblock", {}),
            ("PUT", "/items/FE-1/assignees", ["dev@example.org"]),
            ("POST", "/items/FE-1/criteria", {"text": "By card"}),
            ("PATCH", "/items/FE-1/criteria/1", {"met": True}),
            ("PATCH", "/items/FE-1/criteria/1", {"text": "It holds well"}),
            ("POST", "/items/FE-1/links", {"kind": "needs", "ref": "FE-3"}),
            ("DELETE", "/items/FE-1/links/needs/FE-3", None),
            ("PATCH", "/items/FE-1", {"revision": 1, "labels": ["harbour"], "title": "Other"}),
            ("POST", "/items/FE-1/discard", {"reason": "No longer wanted"}),
            ("POST", "/items/FE-1/restore", {}),
            ("POST", "/items/FE-1/comments", {"body": "So be it"}),
            ("POST", "/items/FE-1/questions", {"body": "Which one?", "addressee": "dora@example.org"}),
            ("POST", "/products/FE/milestones", {"name": "Summer", "items": ["FE-1", "FE-3"]}),
            ("POST", "/products/FE/columns", {"name": "Test", "stage": "doing"}),
            ("POST", "/products/FE/problems", {"text": "Queues", "next_step": "Count"}),
        ]
        for method, path, body in commands:
            before = items.version()
            done = olga.call(method, path, body)
            assert done.status_code < 300 and items.version() > before, (path, done.json)
            back = olga.post("/undo", {"product": "FE", "version": items.version()})
            assert back.status_code in (200, 409), (path, back.json)
            if back.status_code == 200:
                assert olga.call(method, path, body).status_code < 500
            assert sound(items)

    def test_a_product_that_is_not_yours_is_none(self, items: World, program: Programs) -> None:
        assert program("sam").post("/undo", {"product": "FE", "version": 2}).status_code == 404


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("top", "DRABC"),
        ({"position": 2}, "ADRBC"),
        ({"after": "FE-2"}, "ABDRC"),
        ("up", "ABDRC"),
        ({"after": "FE-99"}, "ABCDR"),
    ],
)
def test_several_items_get_a_place_as_one(items: World, olga: Program, place: Any, order: str) -> None:
    answer = olga.post("/products/FE/ranks", {"items": ["FE-5", "FE-4"], "place": place}).json
    assert "".join(items.order("Backlog", "Ready")) == order
    assert [item["ref"] for item in answer["items"]] == ["FE-4", "FE-5"]
    assert (answer["changed"], answer["version"]) == (order != "ABCDR", items.version())
    assert sound(items)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"items": ["FE-1", "FE-6"], "place": "top"}, 409, "not_in_backlog"),
        ({"items": ["FE-1", "HR-1"], "place": "top"}, 409, "not_in_backlog"),
        ({"items": [], "place": "top"}, 422, "invalid"),
        ({"items": ["FE-1"], "place": {"position": 0}}, 422, "invalid"),
        ({"items": ["FE-1"]}, 422, "invalid"),
    ],
)
def test_several_are_moved_all_or_not_at_all(
    items: World, olga: Program, dev: Program, body: dict[str, Any], status: int, code: str
) -> None:
    answer = olga.post("/products/FE/ranks", body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert dev.post("/products/FE/ranks", {"items": ["FE-2"], "place": "top"}).status_code == 403
    assert items.order("Backlog") == list("ABCD")
