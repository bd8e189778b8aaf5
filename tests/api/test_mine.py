"""The inbox, *My work* and the public roadmap over the API."""

from typing import Any

from tests.api.conftest import Program, Programs
from tests.builders import World, sound

ROADMAP = "/products/FE/roadmap"


def heard(world: World) -> None:
    world.tell_members()


def test_the_inbox_is_read_and_marked_by_its_own_person_only(program: Programs, olga: Program, world: World) -> None:
    ref = world.item("Sail")
    for words, by, to in (
        ("Which sail?", "olga", "dev"),
        ("Which rope?", "olga", "dev"),
        ("Which knot?", "dev", "deb"),
    ):
        world.question(world.ask(ref, words, by=by, to=to), "answer", "The red one", by=to)
    world.ask(ref, "Which quay?", by="dev", to="olga")
    heard(world)
    box = olga.get("/inbox").json
    assert [(each["kind"], each["ref"], each["actor"], each["is_read"]) for each in box["data"]] == [
        ("question", ref, "Dev", False),
        ("question", ref, "Dev", False),
    ]
    assert [each["question"] for each in box["data"]] == ["Which rope?", "Which sail?"]
    assert (box["unread"], box["next"]) == (2, None) and box["data"][0]["path"] == f"/items/{ref}#questions"
    first, second = (each["id"] for each in box["data"])
    page = olga.get("/inbox", limit=1).json
    assert [each["id"] for each in olga.get("/inbox", after=page["next"]).json["data"]] == [second]
    assert program("dev").post(f"/inbox/{first}/read").status_code == 404
    assert program("olga", "read").post(f"/inbox/{first}/read").status_code == 403
    assert olga.post(f"/inbox/{first}/read").json == {"marked": 1, "unread": 1}
    assert olga.post(f"/inbox/{first}/read").json == {"marked": 0, "unread": 1}
    assert [each["id"] for each in olga.get("/inbox", unread=1).json["data"]] == [second]
    assert olga.post("/inbox/read").json == {"marked": 1, "unread": 0}
    assert [each["kind"] for each in program("dev").get("/inbox", unread=1).json["data"]] == ["question"]
    assert program("sam").get("/inbox").json == {"data": [], "unread": 0, "next": None}
    world.let_go("dev")
    assert program("dev").get("/inbox").json["data"] == []


def test_my_work_is_what_i_hold_what_waits_on_me_and_what_i_could_pull(program: Programs, world: World) -> None:
    held, ahead = world.item("Sail", "Ready"), world.item("Rope", "Ready")
    dev = program("dev")
    assert dev.post("/products/FE/pull").json["item"]["ref"] == held
    world.change(held, "block", "Rain")
    world.question(world.ask(held, "Which?"), "answer", "Both", by="olga")
    work = dev.get("/me/work").json
    [one] = work["held"]
    assert (one["ref"], one["age_days"], one["blocked"]["reason"], one["product"]) == (held, 1, "Rain", "FE")
    assert [each["ref"] for each in work["waiting"]] == [held]
    assert [(each["product"], [item["ref"] for item in each["items"]]) for each in work["next"]] == [("FE", [ahead])]
    assert program("vic").get("/me/work").json == {"held": [], "to_accept": [], "waiting": [], "next": []}
    assert program("sam").get("/me/work").json["held"] == []
    world.move(held, "Acceptance", by="dev")
    [one] = program("olga").get("/me/work").json["to_accept"]
    assert (one["ref"], one["column"], one["product"], one["met"], one["criteria"]) == (held, "Acceptance", "FE", 0, 0)
    assert dev.get("/me/work").json["to_accept"] == []


def test_the_roadmap_is_ticked_linked_and_closed(program: Programs, olga: Program, world: World) -> None:
    ref, other = world.item("Sail", "In progress"), world.item("Rope")
    empty = olga.get(ROADMAP).json
    assert empty == {"lines": [], "link": None, "public": {"now": [], "next": [], "later": []}}
    lines = {"lines": [{"item": ref, "title": "Faster boats"}, {"item": other, "title": "Later on"}]}
    done = olga.call("PATCH", ROADMAP, lines).json
    assert (done["changed"], done["is_open"], done["expires_on"]) == (True, False, None)
    opened = olga.post(f"{ROADMAP}/link", {"days": 30}).json
    assert opened["is_open"] and "url" not in opened
    told = olga.get(ROADMAP).json
    assert told["lines"][0] == {"item": ref, "milestone": None, "title": "Faster boats"}
    assert told["public"]["now"] == ["Faster boats"] and told["link"]["expires_on"] == opened["expires_on"]
    path = told["link"]["url"].partition("/roadmap/")[2]
    assert "Faster boats" in world.browser(None).get(f"/roadmap/{path}").text
    assert olga.call("PATCH", ROADMAP, {"lines": [{"item": other, "title": None}]}).json["changed"]
    assert [line["item"] for line in olga.get(ROADMAP).json["lines"]] == [ref]
    assert olga.delete(f"{ROADMAP}/link").json["is_open"] is False
    assert olga.delete(f"{ROADMAP}/link").json["changed"] is False
    assert world.browser(None).get(f"/roadmap/{path}").status_code in (404, 410)
    wrongs: tuple[dict[str, Any], ...] = (
        {"lines": [{"item": "FE-99", "title": "x"}]},
        {"lines": [{"item": ref, "title": " "}]},
        {"lines": [{"title": "x"}]},
        {"lines": [{"item": ref, "milestone": 1, "title": "x"}]},
        {"lines": []},
    )
    for wrong in wrongs:
        assert olga.call("PATCH", ROADMAP, wrong).status_code == 422, wrong
    assert olga.post(f"{ROADMAP}/link", {"days": 31}).status_code == 422
    for name, status in {"dora": 403, "dev": 403, "sam": 404}.items():
        assert program(name).get(ROADMAP).status_code == status
        assert program(name).post(f"{ROADMAP}/link", {"days": 30}).status_code == status
    assert sound(world)


def test_the_portfolio_tells_of_each_product_what_its_page_tells(program: Programs, world: World) -> None:
    ref = world.item("Sail", "In progress")
    world.ask(ref, "Which?", blocking=True)
    [one] = program("lea", "read").get("/portfolio").json["data"]
    assert (one["product"], one["needs_a_look"], one["reported"], one["silent_days"]) == ("FE", True, None, None)
    assert (one["suggested_health"], one["reasons"], one["promises"]) == ("unknown", [], {})
    assert {**one["questions"], "since": ""} == {"count": 1, "since": "", "blocking": 1, "outside": 0}
    assert one["in_progress"] == {"count": 1, "oldest_days": 1, "is_age_known": True, "blocked": 1}
    assert one["new_requests"] == 0
    assert program("vic").get("/portfolio").json["data"][0]["new_requests"] is None
    assert program("sam").get("/portfolio").json == {"data": []}
