"""Stakeholders and updates over the API: drafted from the facts, published once, read with their deliveries."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import scheduling
from kanban.models import Command, Delivery, DeliveryState
from tests.api.conftest import Program, Programs
from tests.builders import World, sound


def draft(program: Program, **fields: Any) -> Any:
    made = program.post("/products/FE/updates")
    assert made.status_code == 201, made.json
    return program.patch(f"/updates/{made.json['id']}", fields).json if fields else made.json


class TestStakeholders:
    def test_somebody_is_put_on_the_list_once(self, olga: Program, world: World) -> None:
        person = {"name": "Ada", "email": "Ada@harbour.example", "organisation": "Harbour", "level": "brief"}
        made = olga.post("/products/FE/stakeholders", person)
        assert made.status_code == 201
        assert (made.json["email"], made.json["level"], made.json["changed"]) == ("ada@harbour.example", "brief", True)
        again = olga.post("/products/FE/stakeholders", {**person, "name": "Other"})
        assert (again.status_code, again.json["changed"], again.json["name"]) == (200, False, "Ada")
        assert [each["name"] for each in olga.get("/products/FE/stakeholders").json["data"]] == ["Ada"]
        assert sound(world)

    def test_many_come_at_once_each_address_once_all_or_none(self, olga: Program, world: World) -> None:
        path = "/products/FE/stakeholders"
        people = [{"name": name, "email": f"{name}@harbour.example", "reason": "So"} for name in ("Ada", "Bo", "ada")]
        made = olga.post(path, people)
        assert made.status_code == 201, made.json
        assert [each["email"] for each in made.json["data"]] == ["ada@harbour.example", "bo@harbour.example"]
        assert (made.json["added"], made.json["changed"]) == (2, True)
        again = olga.post(path, people)
        assert (again.status_code, again.json["added"], again.json["changed"]) == (200, 0, False)
        wrong = olga.post(path, [{"name": "Cy", "email": "cy@harbour.example"}, {"name": "Di", "email": "bad"}])
        assert wrong.status_code == 422
        assert olga.post(path, [{"name": "x", "email": f"x{n}@y.example"} for n in range(501)]).status_code == 422
        assert olga.post(path, []).status_code == 422
        assert len(olga.get(path).json["data"]) == 2
        assert sound(world)

    def test_an_address_is_corrected_unless_it_is_somebody_elses(self, olga: Program, world: World) -> None:
        path = "/products/FE/stakeholders"
        person = olga.post(path, {"name": "Ada", "email": "ada@harbor.example"}, key="k").json["id"]
        olga.post(path, {"name": "Bo", "email": "bo@harbour.example"})
        mended = olga.patch(f"{path}/{person}", {"email": "Ada@harbour.example"})
        assert (mended.status_code, mended.json["email"], mended.json["changed"]) == (200, "ada@harbour.example", True)
        assert olga.patch(f"{path}/{person}", {"email": "ada@harbour.example"}).json["changed"] is False
        taken = olga.patch(f"{path}/{person}", {"email": "bo@harbour.example"})
        assert (taken.status_code, taken.json["errors"][0]["field"]) == (422, "email")
        with world.reading() as session:
            assert "harbor." not in str(list(session.scalars(sa.select(Command.result))))
        assert sound(world)

    def test_a_level_is_changed_and_somebody_is_taken_off(self, olga: Program, program: Programs, world: World) -> None:
        path = "/products/FE/stakeholders"
        person = olga.post(path, {"name": "Ada", "email": "ada@harbour.example"}).json["id"]
        changed = olga.patch(f"{path}/{person}", {"level": "mine"})
        assert (changed.status_code, changed.json["level"], changed.json["changed"]) == (200, "mine", True)
        assert olga.patch(f"{path}/{person}", {"level": "mine"}).json["changed"] is False
        assert olga.patch(f"{path}/{person}", {"level": "all"}).status_code == 422
        assert olga.patch(f"{path}/999", {"level": "mine"}).status_code == 404
        for name, status in (("lea", 403), ("dev", 403), ("sam", 404)):
            assert program(name).patch(f"{path}/{person}", {"level": "none"}).status_code == status
            assert program(name).delete(f"{path}/{person}").status_code == status
        assert olga.delete(f"{path}/{person}").status_code == 200
        assert olga.delete(f"{path}/{person}").status_code == 404
        assert olga.get(path).json["data"] == []
        assert sound(world)

    def test_they_come_in_pages(self, olga: Program) -> None:
        for name in "ABC":
            olga.post("/products/FE/stakeholders", {"name": name, "email": f"{name}@harbour.example"})
        page = olga.get("/products/FE/stakeholders", limit=2).json
        rest = olga.get("/products/FE/stakeholders", after=page["next"]).json
        assert [each["name"] for each in page["data"] + rest["data"]] == ["A", "B", "C"]

    def test_developers_do_not_see_them(self, dev: Program, program: Programs) -> None:
        assert dev.get("/products/FE/stakeholders").status_code == 403
        assert program("lea").get("/products/FE/stakeholders").status_code == 200
        assert program("lea").post("/products/FE/stakeholders", {"name": "x", "email": "x@y.de"}).status_code == 403

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"name": "A", "email": "no address"}, "email"), ({"name": " ", "email": "a@b.de"}, "name")],
    )
    def test_a_field_that_cannot_be_used_is_named(self, olga: Program, body: dict[str, str], field: str) -> None:
        answer = olga.post("/products/FE/stakeholders", body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


class TestUpdates:
    def test_a_draft_has_its_facts_a_suggestion_and_checks(self, olga: Program, world: World) -> None:
        world.item("Shipped", "Done")
        world.item("Going on", "In progress")
        made = draft(olga)
        lines = {section["kind"]: [line["text"] for line in section["lines"]] for section in made["sections"]}
        assert (lines["shipped"], lines["in_progress"]) == (["Shipped"], ["Going on"])
        assert (made["state"], made["health"], made["suggested_health"], made["checks"]) == (
            "draft",
            "unknown",
            "unknown",
            [],
        )
        assert sound(world)

    def test_a_claim_that_the_facts_do_not_bear_out_is_said(self, olga: Program, world: World) -> None:
        world.item("Shipped", "Done")
        delay = {"kind": "delays", "lines": [{"text": "Two months late"}]}
        checked = draft(olga, headline="All well", health="on_track", sections=[delay])
        assert checked["suggested_health"] == "off_track"
        assert {check["code"] for check in checked["checks"]} == {"unmentioned", "bare_delay", "health"}

    def test_publishing_answers_to_how_many_and_freezes(self, olga: Program, world: World) -> None:
        for name in "ABC":
            level = "none" if name == "C" else "full"
            olga.post("/products/FE/stakeholders", {"name": name, "email": f"{name}@h.example", "level": level})
        update = draft(olga, headline="We sail", health="on_track")
        published = olga.post(f"/updates/{update['id']}/publish").json
        assert (published["deliveries"], published["state"], published["changed"]) == (2, "published", True)
        assert published["published_at"].endswith("Z")
        assert olga.post(f"/updates/{update['id']}/publish").status_code == 409
        assert olga.patch(f"/updates/{update['id']}", {"headline": "Other"}).status_code == 409
        read = olga.get(f"/updates/{update['id']}").json
        assert read["deliveries"] == [
            {"email": "a@h.example", "state": "waiting", "responses": []},
            {"email": "b@h.example", "state": "waiting", "responses": []},
        ]
        assert sound(world)

    def test_the_same_publishing_again_sends_nothing_more(self, olga: Program, world: World) -> None:
        olga.post("/products/FE/stakeholders", {"name": "A", "email": "a@h.example"})
        update = draft(olga, headline="We sail")
        first = olga.post(f"/updates/{update['id']}/publish", key="publish-1")
        again = olga.post(f"/updates/{update['id']}/publish", key="publish-1")
        assert (again.status_code, again.json) == (200, first.json)
        with world.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 1

    def test_states_and_responses_are_told_as_people_see_them(self, olga: Program, world: World) -> None:
        olga.post("/products/FE/stakeholders", {"name": "A", "email": "a@h.example"})
        update = draft(olga, headline="We sail")
        olga.post(f"/updates/{update['id']}/publish")
        with world.writing() as session:
            query = sa.select(Delivery).options(sa.orm.selectinload(Delivery.responses))
            delivery = session.scalars(query).one()
            delivery.state = DeliveryState.SENDING
            delivery.acknowledge()
        [copy] = olga.get(f"/updates/{update['id']}").json["deliveries"]
        assert (copy["state"], copy["responses"]) == ("waiting", ["acknowledged"])

    def test_an_update_needs_a_headline(self, olga: Program) -> None:
        answer = olga.post(f"/updates/{draft(olga)['id']}/publish")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "headline")

    def test_a_revision_that_is_given_must_be_the_one(self, olga: Program) -> None:
        update = draft(olga, headline="One")
        stale = olga.patch(f"/updates/{update['id']}", {"headline": "Two", "revision": 1})
        assert (stale.status_code, stale.json["current"]["headline"]) == (409, "One")

    def test_what_was_not_read_is_not_published(self, olga: Program, program: Programs) -> None:
        update = draft(olga, headline="One")
        program("dora").patch(f"/updates/{update['id']}", {"headline": "Two"})
        stale = olga.post(f"/updates/{update['id']}/publish", {"revision": update["revision"]})
        assert (stale.status_code, stale.json["code"], stale.json["current"]["headline"]) == (
            409,
            "stale_revision",
            "Two",
        )
        read = olga.get(f"/updates/{update['id']}").json
        assert read["state"] == "draft"
        published = olga.post(f"/updates/{update['id']}/publish", {"revision": read["revision"]})
        assert (published.status_code, published.json["headline"]) == (200, "Two")
        assert olga.post(f"/updates/{update['id']}/publish", {"revision": 1}).json["code"] == "refused"
        assert olga.post(f"/updates/{update['id']}/publish", {"edition": 1}).status_code == 422

    def test_a_check_is_answered_by_a_reason_that_readers_see(self, olga: Program, world: World) -> None:
        asked = {"kind": "decisions", "lines": [{"text": "May we sail at night?"}]}
        update = draft(olga, headline="We sail", health="unknown", sections=[asked])
        [check] = [each for each in update["checks"] if each["key"]]
        assert (check["code"], check["mentioned"], check["reason"]) == ("H15", False, "")
        where = f"/updates/{update['id']}"
        stale = olga.patch(where, {"revision": 1, "answers": [{"key": check["key"], "mentioned": True}]})
        assert (stale.status_code, stale.json["code"]) == (409, "stale_revision")
        kept = {section["kind"]: section["lines"] for section in stale.json["current"]["sections"]}
        assert [line["text"] for line in kept["decisions"]] == ["May we sail at night?"]
        assert stale.json["current"]["answers"] == {}
        given = olga.patch(where, {"answers": [{"key": check["key"], "reason": "The harbour names the day"}]}).json
        [check] = [each for each in given["checks"] if each["key"]]
        assert (check["mentioned"], check["reason"]) == (False, "The harbour names the day")
        assert given["revision"] == update["revision"] + 1
        olga.post(f"{where}/publish", {"revision": given["revision"]})
        page = world.browser("olga").get(f"/products/FE/updates/{update['number']}").text
        assert "The harbour names the day" in page
        assert olga.patch(where, {"answers": [{"key": check["key"], "mentioned": True}]}).status_code == 409
        assert sound(world)

    def test_a_check_is_answered_by_a_line_that_mentions_it_and_only_then(self, olga: Program, world: World) -> None:
        ref, today = world.item("Ferries", "In progress"), clock.now()
        due_on = str((today + dt.timedelta(days=2)).date())
        olga.post("/products/FE/commitments", {"subject": {"item": ref}, "due_on": due_on, "statement": "Ferries"})
        with clock.at(today + dt.timedelta(days=4)):
            update = draft(olga, headline="We sail", health="off_track", sections=[])
        [key] = [each["key"] for each in update["checks"] if each["code"] == "H13"]
        where, told = f"/updates/{update['id']}", {"answers": [{"key": key, "mentioned": True}]}
        with clock.at(today + dt.timedelta(days=4)):
            refused = olga.patch(where, told)
            assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "answers")
            assert olga.get(where).json["revision"] == update["revision"]
            line = {"kind": "delays", "lines": [{"ref": ref, "text": "Ferries come later"}]}
            answered = olga.patch(where, {"sections": [line], **told}).json
        assert [each["mentioned"] for each in answered["checks"] if each["key"] == key] == [True]
        assert sound(world)

    def test_a_correction_begins_with_what_it_corrects(self, olga: Program) -> None:
        wrong = draft(olga, headline="We sail")
        olga.post(f"/updates/{wrong['id']}/publish")
        right = olga.post("/products/FE/updates", {"corrects": wrong["id"]}).json
        assert (right["headline"], right["corrects"]) == ("We sail", wrong["id"])
        assert olga.post("/products/FE/updates", {"corrects": 999}).status_code == 422
        assert olga.get(f"/updates/{wrong['id']}").json["corrected_by"] is None
        published = olga.post(f"/updates/{right['id']}/publish").json
        again = olga.get(f"/updates/{wrong['id']}").json
        assert (again["corrected_by"], again["corrected_at"]) == (right["id"], published["published_at"])

    def test_a_delegate_hands_a_draft_to_the_owner_once(self, program: Programs, olga: Program, world: World) -> None:
        dora = program("dora")
        update = draft(dora)
        path = f"/updates/{update['id']}/hand-over"
        assert dora.post(path).status_code == 422
        revision = dora.patch(f"/updates/{update['id']}", {"headline": "We sail"}).json["revision"]
        assert dora.post(path, {"revision": revision - 1}).json["code"] == "stale_revision"
        handed = dora.post(path, {"revision": revision}).json
        assert (handed["changed"], handed["handed_at"][-1]) == (True, "Z")
        assert dora.post(path).json["changed"] is False
        assert olga.get("/portfolio").json["data"][0]["draft"] == update["number"]
        for name, status in (("olga", 409), ("lea", 403), ("dev", 403), ("sam", 404)):
            assert program(name).post(path).status_code == status
        assert olga.post(f"/updates/{update['id']}/publish").json["handed_at"] is None
        assert dora.post(path).status_code == 409
        assert sound(world)

    def test_it_is_published_later_and_taken_back(self, olga: Program, program: Programs, world: World) -> None:
        update = draft(olga, headline="We sail")
        path, at = f"/updates/{update['id']}", clock.now() + dt.timedelta(days=2)
        told = at.isoformat().replace("+00:00", "Z")
        wrong = {"at": (clock.now() + dt.timedelta(days=61)).isoformat()}
        for body in ({"at": "2026-12-24"}, {"at": "2026-12-24T08:00:00"}, {"at": "2020-12-24T08:00:00Z"}, wrong):
            answer = olga.post(f"{path}/publish", body)
            assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "at"), body
        stale = olga.post(f"{path}/publish", {"at": told, "revision": 1})
        assert stale.json["code"] == "stale_revision"
        for name, status in (("dora", 403), ("lea", 403), ("dev", 403), ("sam", 404)):
            assert program(name).post(f"{path}/publish", {"at": told}).status_code == status
        scheduled = olga.post(f"{path}/publish", {"at": told, "revision": update["revision"]}, key="later").json
        assert (scheduled["state"], scheduled["goes_out_at"], scheduled["deliveries"]) == ("draft", told, 0)
        assert olga.post(f"{path}/publish", {"at": told, "revision": update["revision"]}, key="later").json == scheduled
        assert olga.patch(path, {"headline": "Other"}).json["code"] == "scheduled"
        assert program("dora").post(f"{path}/hand-over").json["code"] == "scheduled"
        for name, status in (("lea", 403), ("dev", 403), ("sam", 404)):
            assert program(name).post(f"{path}/take-back").status_code == status
        taken = program("dora").post(f"{path}/take-back").json
        assert (taken["changed"], taken["goes_out_at"]) == (True, None)
        assert olga.post(f"{path}/take-back").json["changed"] is False
        kinds = [each["kind"] for each in olga.get("/products/FE/events").json["data"]]
        assert kinds[-2:] == ["update_scheduled", "update_taken_back"]
        assert sound(world)

    def test_what_was_held_back_says_why(self, olga: Program, world: World) -> None:
        update = draft(olga, headline="We sail")
        with clock.at(clock.now()) as now:
            olga.post(f"/updates/{update['id']}/publish", {"at": (now.now() + dt.timedelta(hours=1)).isoformat()})
            now.advance(days=1)
            for due in scheduling.updates_due(world.app):
                scheduling.publish_due(world.app, *due)
        read = olga.get(f"/updates/{update['id']}").json
        assert (read["state"], read["goes_out_at"]) == ("draft", None)
        assert "half a day" in read["held_because"][0]
        held = olga.get("/products/FE/events").json["data"][-1]
        assert (held["kind"], held["actor"], held["data"]["person"]) == ("update_held", None, "olga@example.org")
        assert olga.post(f"/updates/{update['id']}/publish").json["held_because"] is None
        assert sound(world)

    def test_who_may_read_and_write_them(self, olga: Program, dev: Program, program: Programs) -> None:
        update = draft(olga, headline="We sail")
        assert dev.get(f"/updates/{update['id']}").status_code == 404
        assert program("lea").get(f"/updates/{update['id']}").json["deliveries"] == []
        assert program("dora").post(f"/updates/{update['id']}/publish").status_code == 403
        olga.post(f"/updates/{update['id']}/publish")
        assert dev.get(f"/updates/{update['id']}").json["deliveries"] is None
        assert dev.post("/products/FE/updates").status_code == 403
        assert program("sam").get(f"/updates/{update['id']}").status_code == 404
