"""What a request may become, who says so, and who hears of it."""

import contextlib
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kanban import clock
from kanban.errors import Forbidden, Invalid, Refused
from kanban.models import Delivery, Item, Request, RequestState, Stakeholder, StepKind
from kanban.models.request import OPEN_AT_MOST
from kanban.models.request_form import close_form, open_form, renew_form
from kanban.models.request_words import without
from kanban.policy import Role
from kanban.reads.logged.requests import ReplayedRequests
from tests.models.conftest import NOON, Team

DECIDED = (RequestState.ACCEPTED, RequestState.DUPLICATE, RequestState.DECLINED)


def person(number: int, name: str = "Rita") -> Stakeholder:
    return Stakeholder(id=number, product_id=1, name=name, email=f"{name.lower()}{number}@harbour.example")


def ask(team: Team, title: str = "Refund a group", **what: Any) -> Request:
    given = {"person": person(7), "owner": team.ann, "n_open": 0, **what}
    request = Request.ask(team.product, title, "Whole coaches cancel.", **given)
    request.id = request.number
    return request


def told(team: Team, monkeypatch: pytest.MonkeyPatch) -> list[Delivery]:
    """What is put into the outbox from here on."""
    sent: list[Delivery] = []

    class Outbox:
        add = staticmethod(sent.append)

    monkeypatch.setattr(type(team.product), "deliveries", Outbox(), raising=False)
    return sent


@pytest.fixture
def sent(team: Team, monkeypatch: pytest.MonkeyPatch) -> list[Delivery]:
    return told(team, monkeypatch)


def names(sent: list[Delivery]) -> list[tuple[str, str]]:
    return [(each.kind, (each.user or each.stakeholder).name) for each in sent]  # type: ignore[union-attr]


def test_asking_takes_the_next_number_and_tells_both_sides(team: Team, sent: list[Delivery]) -> None:
    first, second = ask(team), ask(team, "  Dogs \n on  board ")
    assert (first.number, second.number, second.title) == (1, 2, "Dogs on board")
    assert first.state is RequestState.NEW
    assert names(sent[:2]) == [("request_received", "Rita"), ("request_heard", "Ann")]


def test_the_log_holds_nobodys_words(team: Team) -> None:
    request = ask(team, "Rita's secret")
    request.support(person(8, "Paul"))
    request.accept(team.item(), by=team.owner, words="For Rita")
    request.finish()
    request.say_solved(False, "Rita is not happy", person=request.stakeholder, owner=team.ann)
    log = repr([event.data for event in team.product.recorded])
    assert not any(word in log for word in ("Rita", "secret", "happy", "harbour", "Paul"))


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [("", "b", "title"), (" \n ", "b", "title"), ("x" * 201, "b", "title"), ("Good", "b" * 5001, "body")],
)
def test_words_that_do_not_fit_are_refused_beside_their_field(team: Team, title: str, body: str, field: str) -> None:
    with pytest.raises(Invalid) as trouble:
        Request.ask(team.product, title, body, person=person(7), owner=team.ann, n_open=0)
    assert list(trouble.value.errors) == [field]
    assert team.product.next_request == 1


def test_somebody_with_many_open_requests_waits_for_a_decision(team: Team) -> None:
    with pytest.raises(Refused, match="20 requests"):
        ask(team, n_open=OPEN_AT_MOST)


@pytest.mark.parametrize("role", [Role.LEAD, Role.DEVELOPER, Role.VIEWER])
def test_only_the_owners_side_decides(team: Team, role: Role) -> None:
    request, by, item = ask(team), team.members[role], team.item()
    team.product.recorded.clear()
    for verb in (
        lambda: request.accept(item, by=by),
        lambda: request.postpone(by=by),
        lambda: request.decline("No", by=by),
        lambda: request.mark_duplicate(ask(team), by=by),
        lambda: request.show_title(True, by=by),
        lambda: ask(team, by=by),
        lambda: open_form(team.product, by=by),
    ):
        with pytest.raises(Forbidden):
            verb()
    request.decline("No", by=team.owner)
    with pytest.raises(Forbidden):
        request.reopen(by=by)
    assert request.state is RequestState.DECLINED


def test_an_outcome_is_told_to_the_requester_and_to_who_said_me_too(team: Team, sent: list[Delivery]) -> None:
    request = ask(team)
    paul = person(8, "Paul")
    assert request.support(paul)
    assert not request.support(paul)
    assert not request.support(request.stakeholder)
    sent.clear()
    request.postpone(by=team.owner, words="After the summer.")
    assert names(sent) == [("request_outcome", "Rita"), ("request_outcome", "Paul")]
    assert sent[0].context == {"request": 1, "step": 2}
    assert request.steps[1].words == "After the summer."
    assert (request.decided_by_id, request.decided_at) == (1, NOON)


def test_who_was_removed_hears_nothing(team: Team, sent: list[Delivery]) -> None:
    request = ask(team)
    request.stakeholder.removed_at = clock.now()
    sent.clear()
    request.decline("No", by=team.owner)
    assert sent == []


def test_a_no_needs_a_reason(team: Team) -> None:
    request = ask(team)
    with pytest.raises(Invalid):
        request.decline("  ", by=team.owner)
    assert request.state is RequestState.NEW
    assert len(request.steps) == 1


def test_what_is_decided_is_decided_again_only_after_it_was_reopened(team: Team) -> None:
    request = ask(team)
    request.decline("Too dear.", by=team.owner)
    with pytest.raises(Refused, match="Reopen"):
        request.accept(team.item(), by=team.owner)
    request.reopen(by=team.owner, words="Money came.")
    request.accept(team.item(), by=team.owner)
    assert [step.kind for step in request.steps] == [
        StepKind.ASKED,
        StepKind.DECLINED,
        StepKind.REOPENED,
        StepKind.ACCEPTED,
    ]


def test_accepting_needs_an_item_that_stands_in_the_product(team: Team) -> None:
    request, item = ask(team), team.item()
    item.discarded_at = clock.now()
    with pytest.raises(Refused, match="Restore"):
        request.accept(item, by=team.owner)
    item.discarded_at, item.product_id = None, 2
    with pytest.raises(Refused, match="its own product"):
        request.accept(item, by=team.owner)


def test_accepting_stands_in_the_items_history(team: Team) -> None:
    request, item = ask(team), team.item()
    request.accept(item, by=team.owner)
    assert team.product.recorded[-1].item is item
    assert team.product.recorded[-1].data == {"request": 1}


def test_a_duplicate_takes_its_people_along(team: Team, sent: list[Delivery]) -> None:
    first = ask(team)
    second = ask(team, person=person(8, "Paul"))
    second.support(first.stakeholder)
    second.mark_duplicate(first, by=team.owner)
    assert [each.name for each in first.supporters] == ["Paul"]
    sent.clear()
    first.accept(team.item(), by=team.owner)
    assert names(sent) == [("request_outcome", "Rita"), ("request_outcome", "Paul")]
    with pytest.raises(Refused, match="Support that one"):
        second.support(person(9))


def test_no_chain_and_no_circle_of_duplicates(team: Team) -> None:
    first, second, third = ask(team), ask(team), ask(team)
    with pytest.raises(Refused):
        first.mark_duplicate(first, by=team.owner)
    second.mark_duplicate(first, by=team.owner)
    with pytest.raises(Refused):
        third.mark_duplicate(second, by=team.owner)


def test_done_asks_whether_it_helps_and_a_no_reaches_the_owner(team: Team, sent: list[Delivery]) -> None:
    request = ask(team)
    with pytest.raises(Refused):
        request.say_solved(True, "", person=request.stakeholder, owner=team.ann)
    request.accept(team.item(), by=team.owner)
    request.finish()
    sent.clear()
    assert request.say_solved(False, "Only for two.", person=request.stakeholder, owner=team.ann)
    assert names(sent) == [("request_heard", "Ann")]
    assert sent[0].context["what"] == "unsolved"
    assert request.say_solved(True, "", person=request.stakeholder, owner=team.ann)
    assert not request.say_solved(True, "", person=request.stakeholder, owner=team.ann)
    with pytest.raises(Refused, match="the person who asked"):
        request.say_solved(True, "", person=person(8), owner=team.ann)


def test_an_item_that_is_discarded_gives_the_request_back(team: Team) -> None:
    request = ask(team)
    request.accept(team.item(), by=team.owner)
    request.drop()
    assert (request.state, request.item, request.decided_at) == (RequestState.NEW, None, None)


def test_the_form_is_switched_and_its_link_made_anew_by_the_owner(team: Team) -> None:
    product = team.product
    open_form(product, by=team.owner)
    open_form(product, by=team.owner)
    assert (product.form_open, product.form_serial, team.kinds) == (True, 1, ["request_form_changed"])
    renew_form(product, by=team.owner)
    close_form(product, by=team.owner)
    assert (product.form_open, product.form_serial) == (False, 2)
    with pytest.raises(Forbidden):
        close_form(product, by=team.members[Role.DELEGATE])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("RITA asks: rita@x.example", "A former stakeholder asks: …"),
        ("Nothing of it", "Nothing of it"),
        ("Rita Rita", "A former stakeholder A former stakeholder"),
        ("Ritas Margarita, Rita's", "Ritas Margarita, A former stakeholder's"),
    ],
)
def test_a_name_is_taken_out_of_a_text_whatever_its_case(text: str, left: str) -> None:
    assert without(text, "Rita", "rita@x.example") == left


class Life(RuleBasedStateMachine):
    """Any order of verbs on three requests: the rows stay possible and equal to what the log tells."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = clock.at(NOON)
        self.clock.__enter__()
        self.team = Team()
        self.log = ReplayedRequests()
        self.crowd = [person(number, f"Person{number}") for number in range(1, 4)]
        self.requests = [ask(self.team, person=each) for each in self.crowd]
        self.items: list[Item] = [self._item() for _ in range(2)]

    def _item(self) -> Item:
        kept = list(self.team.product.recorded)
        item = self.team.item()
        self.team.product.recorded.extend(kept)
        return item

    def teardown(self) -> None:
        self.clock.__exit__(None, None, None)

    def _try(self, verb: Any) -> None:
        with contextlib.suppress(Refused):
            verb()

    @rule(n=st.integers(0, 2), item=st.integers(0, 1))
    def accept(self, n: int, item: int) -> None:
        self._try(lambda: self.requests[n].accept(self.items[item], by=self.team.owner))

    @rule(n=st.integers(0, 2), verb=st.sampled_from(["postpone", "reopen"]))
    def put(self, n: int, verb: str) -> None:
        self._try(lambda: getattr(self.requests[n], verb)(by=self.team.owner))

    @rule(n=st.integers(0, 2))
    def decline(self, n: int) -> None:
        self._try(lambda: self.requests[n].decline("No", by=self.team.owner))

    @rule(n=st.integers(0, 2), other=st.integers(0, 2))
    def duplicate(self, n: int, other: int) -> None:
        self._try(lambda: self.requests[n].mark_duplicate(self.requests[other], by=self.team.owner))

    @rule(n=st.integers(0, 2), who=st.integers(0, 2))
    def support(self, n: int, who: int) -> None:
        self._try(lambda: self.requests[n].support(self.crowd[who]))

    @rule(n=st.integers(0, 2), verb=st.sampled_from(["finish", "resume", "drop"]))
    def notice(self, n: int, verb: str) -> None:
        self._try(getattr(self.requests[n], verb))

    @precondition(lambda self: any(each.state is RequestState.DONE for each in self.requests))
    @rule(n=st.integers(0, 2), solved=st.booleans())
    def judge(self, n: int, solved: bool) -> None:
        request = self.requests[n]
        self._try(lambda: request.say_solved(solved, "", person=request.stakeholder, owner=self.team.ann))

    @invariant()
    def rows_are_possible(self) -> None:
        for each in self.requests:
            assert (each.state in (RequestState.ACCEPTED, RequestState.DONE)) == (each.item_id is not None)
            assert (each.state is RequestState.DUPLICATE) == (each.duplicate_of_id is not None)
            assert (each.state is RequestState.NEW) == (each.decided_at is None)
            assert each.solved is None or each.state is RequestState.DONE
            assert each.stakeholder not in each.supporters
            assert [step.number for step in each.steps] == list(range(1, len(each.steps) + 1))

    @invariant()
    def the_log_tells_the_same(self) -> None:
        for event in self.team.product.recorded:
            if event.kind.startswith("request_"):
                self.log.take(event, event.item.number if event.item else 0)
        self.team.product.recorded.clear()
        for each in self.requests:
            tale = self.log.requests[each.number]
            assert (tale.state, tale.solved) == (each.state.value, each.solved)
            assert tale.item == (each.item.number if each.item else None)
            assert tale.duplicate_of == (each.duplicate_of.number if each.duplicate_of else None)
            assert tale.supporters == {person.id for person in each.supporters}


TestLife = Life.TestCase
