"""Numbers, log and stream over the API."""

import datetime as dt
import itertools
import json
from typing import Any

import pytest

from kanban import clock, live
from tests.api.conftest import Program, Programs, column
from tests.builders import World


class TestEvents:
    @pytest.fixture
    def world(self, both_worlds: World) -> World:
        return both_worlds

    def test_the_log_comes_in_version_order_with_what_happened(self, olga: Program, dev: Program, world: World) -> None:
        world.item("Before")
        ref = world.item("One", "Ready", criteria=("It holds",))
        dev.post("/products/FE/pull")
        events = olga.get("/products/FE/events", after=world.version() - 1).json
        assert events["next"] is None
        moved, assigned = events["data"]
        assert (moved["kind"], moved["ref"], moved["actor"], moved["seq"]) == ("moved", ref, "dev@example.org", 1)
        assert moved["version"] == assigned["version"] == world.version()
        assert moved["data"]["from"] == column(olga, "Ready")
        assert moved["data"]["to"] == column(olga, "In progress")
        assert moved["data"]["was"]["column"] == column(olga, "Ready")
        assert moved["data"]["after"] == "FE-1"
        assert assigned["data"] == {"people": ["dev@example.org"], "was": []}
        assert moved["at"].endswith("Z")

    def test_a_page_never_splits_a_version(self, olga: Program, world: World) -> None:
        olga.post("/products/FE/items", [{"title": f"Item {number}"} for number in range(10)])
        world.item("Last")
        seen: list[tuple[int, int]] = []
        after, pages = 0, 0
        while True:
            page = olga.get("/products/FE/events", after=after, limit=3).json
            versions = {event["version"] for event in page["data"]}
            assert not versions & {version for version, _ in seen}
            seen += [(event["version"], event["seq"]) for event in page["data"]]
            pages += 1
            if page["next"] is None:
                break
            after = page["next"]
        assert seen == sorted(seen)
        assert sorted({version for version, _ in seen}) == list(range(1, world.version() + 1))
        assert pages > 2
        assert olga.get("/products/FE/events", after=world.version()).json == {"data": [], "next": None}

    def test_questions_and_updates_stand_in_it_by_their_ids(self, olga: Program, dev: Program, world: World) -> None:
        olga.post("/products", {"key": "HR", "name": "Harbour"})
        olga.post("/products/HR/updates")
        ref = world.item("One", "In progress")
        question = dev.post(f"/items/{ref}/questions", {"body": "Which?", "blocking": True}).json["id"]
        update = olga.post("/products/FE/updates").json["id"]
        data = {event["kind"]: event["data"] for event in olga.get("/products/FE/events", limit=500).json["data"]}
        assert data["asked"]["question"] == data["blocked"]["question"] == question
        assert data["asked"]["person"] == "olga@example.org"
        assert data["update_drafted"]["update"] == update

    @pytest.mark.parametrize("after", ["-1", "x", "9" * 30])
    def test_a_version_that_is_none_is_refused(self, olga: Program, after: str) -> None:
        assert olga.get("/products/FE/events", after=after).status_code == 422


@pytest.fixture
def three_weeks(olga: Program, world: World) -> Program:
    """One item is finished each day of three weeks and a half, from Monday, 2 March."""
    with clock.at(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)) as moved:
        for _day in range(25):
            world.item("One", "Done")
            moved.advance(days=1)
    return olga


class TestFlow:
    def test_the_numbers_are_those_of_the_insights(self, olga: Program, world: World) -> None:
        monday = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
        with clock.at(monday) as moved:
            olga.post(
                "/products/FE/items", [{"title": "A", "column": "Ready"}, {"title": "B", "column": "In progress"}]
            )
            olga.post("/items/FE-1/move", {"column": "In progress"})
            moved.advance(days=2)
            olga.post("/items/FE-1/move", {"column": "Done"})
            moved.advance(days=7)
            flow = olga.get("/products/FE/flow").json
        assert flow["cycle_times"] == [{"ref": "FE-1", "finished_on": "2026-03-04", "days": 3}]
        assert flow["percentiles"] == {"n": 1, "p50": 3, "p85": 3, "p95": 3}
        assert flow["throughput"]["weeks"] == [{"week": "2026-03-02", "finished": 1}]
        assert flow["throughput"]["running"] == {"week": "2026-03-09", "finished": 0}
        assert (flow["wip"], flow["ages"][0]["ref"], flow["ages"][0]["age_days"]) == (1, "FE-2", 10)
        days = {day["on"]: (day["backlog"], day["doing"], day["done"]) for day in flow["cumulative"]}
        assert (days["2026-03-02"], days["2026-03-04"], days["2026-03-11"]) == ((2, 2, 0), (2, 2, 1), (2, 2, 1))

    def test_the_weeks_of_a_window_tell_what_was_finished_in_it(self, three_weeks: Program) -> None:
        monday, today = dt.date(2026, 3, 2), 24
        windows = itertools.product([*range(0, 24, 3), 7, None], [*range(1, 25, 3), 6, 13, 20, 27])
        for since, until in windows:
            if since is not None and since > until:
                continue
            days = {"from": since, "to": until}
            query = {name: monday + dt.timedelta(days=day) for name, day in days.items() if day is not None}
            with clock.at(dt.datetime(2026, 3, 26, 12, tzinfo=dt.UTC)):
                flow = three_weeks.get("/products/FE/flow", **query).json
            finished = [(dt.date.fromisoformat(row["finished_on"]) - monday).days for row in flow["cycle_times"]]
            first, last = since or 0, min(until, today)
            assert sorted(finished) == list(range(first, last + 1))
            whole = [week for week in range(3) if first <= 7 * week and 7 * week + 6 <= last]
            told = flow["throughput"]
            assert told["weeks"] == [
                {"week": (monday + dt.timedelta(weeks=week)).isoformat(), "finished": 7} for week in whole
            ]
            assert told["mean"] == (7 if whole else None)
            running = (dt.date.fromisoformat(told["running"]["week"]) - monday).days
            assert running == 7 * (last // 7) + (7 if last // 7 in whole else 0)
            assert told["running"]["finished"] == sum(day >= running for day in finished)

    def test_a_window_bounds_what_is_listed(self, olga: Program) -> None:
        with clock.at(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)) as moved:
            olga.post("/products/FE/items", {"title": "A", "column": "Done"})
            moved.advance(days=30)
            flow = olga.get("/products/FE/flow", **{"from": "2026-03-10", "to": "2026-03-12"}).json
        assert flow["cycle_times"] == []
        assert [(day["on"], day["done"]) for day in flow["cumulative"]] == [
            ("2026-03-10", 1),
            ("2026-03-11", 1),
            ("2026-03-12", 1),
        ]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
            ({"from": "0001-01-01"}, "from"),
            ({"to": "yesterday"}, "to"),
        ],
    )
    def test_a_window_that_is_none_is_refused(self, olga: Program, query: dict[str, str], field: str) -> None:
        answer = olga.get("/products/FE/flow", **query)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


class TestStream:
    @staticmethod
    def first_messages(program: Program, last: str | None, count: int) -> list[str]:
        headers = {"Authorization": f"Bearer {program.secret}"} | ({"Last-Event-ID": last} if last else {})
        with program.client.get("/api/v1/products/FE/stream", headers=headers, buffered=False) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
            parts: Any = iter(answer.response)
            return [bytes(next(parts)).decode() for _ in range(count)]

    def test_an_id_is_a_version_and_the_last_one_resumes(
        self, olga: Program, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "MERGE_S", 0.0)
        world.item("One")
        seen = world.version()
        world.item("Two")
        hello, missed = self.first_messages(olga, str(seen), 2)
        assert f"id: {seen}\n" in hello
        assert f"id: {world.version()}\n" in missed
        told = json.loads(missed.partition("data: ")[2])
        assert (told["from"], told["to"], told["items"]) == (seen, world.version(), ["FE-2"])

    def test_a_fresh_stream_begins_with_today(self, olga: Program, world: World) -> None:
        [hello] = self.first_messages(olga, None, 1)
        assert f"id: {world.version()}\n" in hello
        assert "event: hello" in hello

    def test_an_id_that_is_none_begins_with_today(self, olga: Program, world: World) -> None:
        [hello] = self.first_messages(olga, "FE:3", 1)
        assert f"id: {world.version()}\n" in hello

    def test_strangers_hear_nothing(self, program: Programs) -> None:
        assert program("sam").get("/products/FE/stream").status_code == 404
