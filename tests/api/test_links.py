"""What an item needs, as programs tell it and are told: added, removed, refused, warned of."""

import pytest

from kanban.models import LinkKind
from tests.api.conftest import Program, Programs
from tests.builders import World, sound

EMPTY: dict[str, object] = {
    "needs": [],
    "needed_by": [],
    "split_from": None,
    "split_into": [],
    "part_of": None,
    "parts": [],
}


@pytest.fixture
def three(world: World) -> World:
    """FE-1 in the backlog, FE-2 and FE-3 ready."""
    for title, column in (("Berth", "Backlog"), ("Ferry", "Ready"), ("Season card", "Ready")):
        world.item(title, column, criteria=("It holds",))
    return world


def need(program: Program, ref: str, other: str, key: str | None = None) -> int:
    status: int = program.post(f"/items/{ref}/links", {"kind": "needs", "ref": other}, key=key).status_code
    return status


def test_both_ends_tell_the_link(three: World, olga: Program, dev: Program) -> None:
    answer = dev.post("/items/FE-2/links", {"kind": "needs", "ref": "fe-1"})
    assert (answer.status_code, answer.json["ref"], answer.json["changed"]) == (201, "FE-2", True)
    assert answer.json["links"] == {**EMPTY, "needs": ["FE-1"]}
    assert olga.get("/items/FE-1").json["links"] == {**EMPTY, "needed_by": ["FE-2"]}
    assert olga.get("/items/FE-3").json["links"] == EMPTY
    answer = dev.delete("/items/FE-2/links/needs/FE-1")
    assert (answer.status_code, answer.json["links"]) == (200, EMPTY)
    for gone in ("FE-1", "FE-2", "FE-3", "FE-99", "HR-1", "nonsense"):
        assert dev.delete(f"/items/FE-2/links/needs/{gone}").status_code == 404
    assert sound(three)


def test_what_was_split_is_told_at_both_ends(three: World, olga: Program) -> None:
    with three.changing() as (session, product, member):
        from kanban.reads import locked

        half = locked.item_in(session, product, 3, ("links",))
        whole = locked.item_in(session, product, 2, ())
        assert half is not None and whole is not None
        half.link(LinkKind.SPLIT_FROM, whole, needs={}, by=member)
    assert olga.get("/items/FE-3").json["links"] == {**EMPTY, "split_from": "FE-2"}
    assert olga.get("/items/FE-2").json["links"] == {**EMPTY, "split_into": ["FE-3"]}
    assert olga.delete("/items/FE-3/links/split_from/FE-2").status_code == 404
    assert sound(three)


def test_who_may_link(three: World, program: Programs) -> None:
    expected = {"olga": 201, "dora": 201, "dev": 201, "lea": 403, "vic": 403, "sam": 404}
    for name, status in expected.items():
        assert need(program(name), "FE-2", "FE-1") == status, name
        removed = program(name).delete("/items/FE-2/links/needs/FE-1").status_code
        assert removed == (200 if status == 201 else status), name


def test_what_can_not_be_needed_is_refused_in_words(three: World, olga: Program) -> None:
    assert need(olga, "FE-2", "FE-1") == 201
    for ref, other, sentence in (
        ("FE-2", "FE-1", "FE-2 already needs FE-1."),
        ("FE-2", "FE-2", "An item can’t be linked to itself."),
        ("FE-1", "FE-2", "FE-2 already needs FE-1, so this would be a circle."),
    ):
        answer = olga.post(f"/items/{ref}/links", {"kind": "needs", "ref": other})
        assert (answer.status_code, answer.json["detail"]) == (409, sentence)
    for other in ("FE-99", "HR-1", "nonsense", ""):
        answer = olga.post("/items/FE-2/links", {"kind": "needs", "ref": other})
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "ref"), other
    assert olga.post("/items/FE-2/links", {"kind": "split_from", "ref": "FE-1"}).status_code == 422
    assert sound(three)


def test_an_item_of_another_product_is_as_missing_as_none(three: World, olga: Program, program: Programs) -> None:
    olga.post("/products", {"key": "HR", "name": "Harbour"})
    olga.post("/products/HR/items", {"title": "Pier"})
    assert need(olga, "FE-2", "HR-1") == 422
    assert need(olga, "HR-1", "FE-2") == 422
    assert olga.delete("/items/FE-2/links/needs/HR-1").status_code == 404
    assert sound(three)


def test_the_same_command_links_once(three: World, olga: Program) -> None:
    assert [need(olga, "FE-2", "FE-1", key="once") for _ in range(2)] == [201, 201]
    assert olga.get("/items/FE-2").json["links"]["needs"] == ["FE-1"]


def test_the_log_tells_references(three: World, olga: Program) -> None:
    need(olga, "FE-2", "FE-1")
    olga.delete("/items/FE-2/links/needs/FE-1")
    last = olga.get("/products/FE/events", limit=500).json["data"][-2:]
    assert [(event["kind"], event["ref"], event["data"]) for event in last] == [
        ("linked", "FE-2", {"link": "needs", "other": "FE-1"}),
        ("unlinked", "FE-2", {"link": "needs", "other": "FE-1"}),
    ]


def test_a_start_before_what_it_needs_warns_and_pull_next_passes_over_it(three: World, dev: Program) -> None:
    need(dev, "FE-2", "FE-1")
    pulled = dev.post("/products/FE/pull").json
    assert (pulled["item"]["ref"], pulled["warnings"]) == ("FE-3", [])
    answer = dev.post("/products/FE/pull")
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_pull")
    moved = dev.post("/items/FE-2/move", {"column": "In progress"}).json
    assert moved["warnings"] == [{"code": "needs_unfinished", "message": "It needs FE-1, which is not finished."}]


@pytest.mark.parametrize("way", ["done", "discarded"])
def test_what_is_done_or_discarded_holds_nothing_up(three: World, dev: Program, olga: Program, way: str) -> None:
    need(dev, "FE-2", "FE-1")
    if way == "done":
        olga.post("/items/FE-1/move", {"column": "Done"})
    else:
        olga.post("/items/FE-1/discard", {"reason": "Not wanted"})
    pulled = dev.post("/products/FE/pull").json
    assert (pulled["item"]["ref"], pulled["warnings"]) == ("FE-2", [])


def test_nobody_passes_over_what_could_not_be_pulled(three: World, dev: Program, olga: Program) -> None:
    need(dev, "FE-2", "FE-1")
    dev.post("/items/FE-3/move", {"column": "In progress"})
    kinds = [event["kind"] for event in olga.get("/products/FE/events", limit=500).json["data"]]
    assert "passed_over" not in kinds
