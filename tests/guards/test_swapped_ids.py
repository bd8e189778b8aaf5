"""An id is swapped for one of another product, or of somebody who is no member.

It may be in a form, a list, a path below the product, or a stream. The answer is a refusal or nothing, both products
stay as they were, and no word leaks.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban.models import Delivery, Item, Product, Question, Stakeholder, StatusUpdate, User
from kanban.policy import Action
from kanban.reads.invariants import broken_invariants
from tests.guards.workspace import HERE, THERE, Workspace

LEAK = "OTHER alone may see"

REFUSED = (403, 404, 409, 422)


@pytest.fixture(autouse=True)
def as_it_was(workspace: Workspace) -> Iterator[None]:
    yield
    workspace.restore()


class Swap:
    """What is known of both products, for addresses and forms: `{ref}` is of HERE, `{other[ref]}` of THERE."""

    def __init__(self, workspace: Workspace) -> None:
        self.here, self.there = workspace.known[HERE], workspace.known[THERE]
        self.people = workspace.people

    def fill(self, text: str) -> str:
        return text.format(**self.here, other=self.there, people=self.people)

    def form(self, form: dict[str, Any]) -> dict[str, Any]:
        return {name: self.fill(value) for name, value in form.items()}


SWAPS = {
    "an item into a foreign column": ("/items/{ref}/move", {"column": "{other[column]}", "place": "top"}),
    "a new item into a foreign column": ("/products/{key}/items", {"title": "New", "column": "{other[column]}"}),
    "a part of a foreign item": ("/items/{ref}/part-of", {"whole": "{other[whole]}"}),
    "a need of a foreign item": ("/items/{ref}/links", {"other": "{other[whole]}"}),
    "a need by a foreign item": ("/items/{ref}/links", {"other": "{other[whole]}", "way": "needed_by"}),
    "a need of what the title of a foreign item says": ("/items/{ref}/links", {"other": "OTHER is a part of"}),
    "a promise about a foreign item": ("/products/{key}/promises", {"item": "{other[whole]}", "due_on": "{day}"}),
    "a promise to a foreign stakeholder": (
        "/products/{key}/promises",
        {"item": "{whole}", "due_on": "{day}", "person": "{other[stakeholder]}"},
    ),
    "a promise of a foreign product": (
        "/products/{other[key]}/promises/{other[promise]}/change",
        {"due_on": "{other[later]}", "cause": "external", "explanation": "Mine"},
    ),
    "a foreign request": ("/products/{other[key]}/requests/{other[request]}/decline", {"words": "No"}),
    "a request of a foreign stakeholder": (
        "/products/{key}/requests",
        {"title": "Mine", "person": "{other[stakeholder]}"},
    ),
    "a request into a foreign item": (
        "/products/{key}/requests/{request}/accept",
        {"kind": "existing", "item": "{other[whole]}"},
    ),
    "a request before a foreign item": (
        "/products/{key}/requests/{request}/accept",
        {"title": "Mine", "place": "before", "before": "{other[whole]}"},
    ),
    "a milestone with a foreign item": (
        "/products/{key}/milestones",
        {"name": "Mine", "kind": "set", "items": "{whole} {other[whole]}"},
    ),
    "a foreign closure away": ("/products/{key}/settings/calendar/closures/{other[closure]}/remove", {}),
    "a foreign need away": ("/items/{ref}/links/needs/{other[needed]}/remove", {}),
    "an item to somebody who is no member": ("/items/{ref}/assign", {"people": "{people[otto]}"}),
    "an item to somebody without access": ("/items/{ref}/assign", {"people": "{people[dagny]}"}),
    "a question to somebody who is no member": (
        "/items/{ref}/questions",
        {"body": "Which?", "addressee": "{people[otto]}"},
    ),
    "a question to somebody without access": (
        "/items/{ref}/questions",
        {"body": "Which?", "addressee": "{people[dagny]}"},
    ),
    "a question to a viewer": ("/items/{ref}/questions", {"body": "Which?", "addressee": "{people[vera]}"}),
    "a criterion that is not the item's": ("/items/{ref}/criteria/77/tick", {"met": "1"}),
    "the words of a criterion that is not the item's": ("/items/{ref}/criteria/77", {"text": "Else"}),
    "a criterion away that is not the item's": ("/items/{ref}/criteria/77/remove", {}),
    "a foreign move back": ("/products/{other[key]}/undo/{other[moved_version]}", {}),
    "a foreign new date back": ("/products/{other[key]}/undo/{other[redated_version]}", {}),
    "a foreign column under an own product": (
        "/products/{key}/settings/columns/{other[spare_column]}",
        {"name": "Mine", "wip_mode": "off"},
    ),
    "a foreign label's name": ("/products/{key}/settings/labels/{other[label]}", {"name": "Mine"}),
    "a foreign label into an own one": (
        "/products/{key}/settings/labels/{label}",
        {"name": "Of OTHER", "into": "{other[label]}"},
    ),
    "a foreign label away": ("/products/{key}/settings/labels/{other[label]}/remove", {"seen": "9"}),
    "a foreign column up": ("/products/{key}/settings/columns/{other[spare_column]}/move", {"way": "up"}),
    "a foreign column away": ("/products/{key}/settings/columns/{other[spare_column]}/remove", {}),
    "the role of somebody who is no member": ("/products/{key}/settings/members/{people[otto]}", {"role": "viewer"}),
    "somebody out who is no member": ("/products/{key}/settings/members/{people[otto]}/remove", {}),
    "the product to somebody who is no member": ("/products/{key}/settings/hand-over", {"person": "{people[otto]}"}),
    "the product to somebody without access": ("/products/{key}/settings/hand-over", {"person": "{people[dagny]}"}),
    "a foreign stakeholder's name": (
        "/products/{key}/stakeholders/{other[stakeholder]}",
        {"name": "Mine", "level": "full"},
    ),
    "a foreign stakeholder's links": ("/products/{key}/stakeholders/{other[stakeholder]}/links", {}),
    "a foreign stakeholder away": ("/products/{key}/stakeholders/{other[stakeholder]}/remove", {}),
    "a second owner": ("/products/{key}/settings/members/{people[nils]}", {"role": "owner"}),
    "the owner down": ("/products/{key}/settings/members/{people[ingrid]}", {"role": "viewer"}),
}


@pytest.mark.parametrize("what", SWAPS)
def test_nobody_can_move(workspace: Workspace, what: str) -> None:
    """Sent by the owner of HERE, who is no member of THERE."""
    address, form = SWAPS[what]
    swap = Swap(workspace)
    before = everything(workspace)
    answer = workspace.browser("ingrid").call("POST", swap.fill(address), swap.form(form))
    assert answer.status_code in REFUSED, answer.status_code
    assert LEAK not in answer.text
    assert everything(workspace) == before


def test_a_neighbour_of_another_product_is_no_neighbour(workspace: Workspace) -> None:
    known, other = workspace.known[HERE], workspace.known[THERE]
    before = versions(workspace)
    form = {"column": str(known["column"]), "place": f"after:{other['ref']}"}
    answer = workspace.browser("ingrid").call("POST", f"/items/{known['ref']}/move", form)
    assert answer.status_code == 303
    assert versions(workspace)[THERE] == before[THERE]
    with workspace.reading() as session:
        assert broken_invariants(session) == []


@pytest.mark.parametrize(
    "address",
    [
        "/products/{key}/updates/{published}/mails/{other[delivery]}",
        "/products/{key}/updates/{published}/mails/{other[delivery]}/mail",
        "/products/{key}/stakeholders/{other[stakeholder]}/remove",
        "/live?products={other[key]}",
        "/items/new?product={other[key]}",
    ],
)
def test_nothing_foreign_is_read_below_an_own_product(workspace: Workspace, address: str) -> None:
    answer = workspace.browser("ingrid").get(Swap(workspace).fill(address))
    assert answer.status_code == 404


def test_a_stream_leaves_out_what_is_foreign(workspace: Workspace) -> None:
    """The stream itself goes on: a browser shows several products, and only one membership may have ended."""
    with workspace.browser("ingrid").get(f"/live?products={HERE},{THERE}") as answer:
        assert answer.status_code == 200
        first = next(iter(answer.response))
        assert HERE.encode() in first if isinstance(first, bytes) else HERE in first
        assert THERE.encode() not in first if isinstance(first, bytes) else THERE not in first


@pytest.mark.parametrize(
    "address",
    [
        "/products/{key}/board/changes?items={other[ref]}",
        "/products/{key}/board?item={other[ref]}",
        "/questions?open={other[open]}",
        "/items/{ref}/move?column={other[column]}",
    ],
)
def test_a_foreign_id_in_a_query_shows_nothing(workspace: Workspace, address: str) -> None:
    answer = workspace.browser("ingrid").get(Swap(workspace).fill(address))
    assert answer.status_code in (200, 404)
    assert LEAK not in answer.text
    assert f"Asked in {THERE}" not in answer.text


def test_a_draft_cannot_mention_what_stands_elsewhere(workspace: Workspace) -> None:
    swap = Swap(workspace)
    form = {"act": "mention {other[ref]}", "revision": "{draft_revision}", "health": "on_track", "headline": "So"}
    browser = workspace.browser("ingrid")
    browser.call("POST", swap.fill("/products/{key}/updates/{draft}"), swap.form(form))
    assert LEAK not in browser.get(swap.fill("/products/{key}/updates/{draft}")).text


def test_publishing_mails_the_own_stakeholders_only(workspace: Workspace) -> None:
    known = workspace.known[HERE]
    browser = workspace.browser("ingrid")
    address = f"/products/{HERE}/updates/{known['draft']}/publish"
    assert browser.call("POST", address, {"revision": str(known["draft_revision"])}).status_code == 303
    with workspace.reading() as session:
        keys = session.scalars(
            sa.select(Product.key)
            .select_from(Delivery)
            .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
            .join(Product, Product.id == Stakeholder.product_id)
            .where(Delivery.update_id == known["draft_id"])
        ).all()
    assert set(keys) == {HERE}


@pytest.mark.parametrize("name", ["anders", "vera"])
def test_a_draft_is_not_there_for_developers_and_viewers(workspace: Workspace, name: str) -> None:
    browser, known = workspace.browser(name), workspace.known[HERE]
    assert browser.get(f"/products/{HERE}/updates/{known['draft']}").status_code == 404
    assert browser.get(f"/products/{HERE}/updates/{known['published']}").status_code == 200


def test_a_delegate_publishes_where_the_product_lets_them(workspace: Workspace) -> None:
    known, browser = workspace.known[HERE], workspace.browser("nils")
    address = f"/products/{HERE}/updates/{known['draft']}/publish"
    form = {"revision": str(known["draft_revision"])}
    assert browser.call("POST", address, form).status_code == 403
    with workspace.changing(HERE, "ingrid") as (_, product, member):
        product.configure(by=member, delegates_publish=True)
    assert browser.call("POST", address, form).status_code == 303


@pytest.mark.parametrize("column", ["Backlog", "Ready"])
def test_a_developer_does_not_rank_what_has_not_started(workspace: Workspace, column: str) -> None:
    known = workspace.known[HERE]
    ref = known["whole"] if column == "Backlog" else known["ready"]
    form = {"place": "top"}
    assert workspace.browser("anders").call("POST", f"/items/{ref}/move", form).status_code == 403


def test_a_developer_does_not_accept(workspace: Workspace) -> None:
    known = workspace.known[HERE]
    with workspace.reading() as session:
        done = column_named(session, HERE, "Done")
    form = {"column": str(done)}
    assert workspace.browser("anders").call("POST", f"/items/{known['ref']}/move", form).status_code == 403
    assert workspace.browser("ingrid").call("POST", f"/items/{known['ref']}/move", form).status_code == 303


def test_a_developer_who_is_asked_may_answer(workspace: Workspace) -> None:
    ref, people = workspace.known[HERE]["ref"], workspace.people
    workspace.browser("ingrid").call(
        "POST", f"/items/{ref}/questions", {"body": "You?", "addressee": str(people["sara"])}
    )
    with workspace.reading() as session:
        question_id = session.scalars(sa.select(sa.func.max(Question.id))).one()
    address = f"/questions/{question_id}/answer"
    assert workspace.browser("anders").call("POST", address, {"body": "Yes"}).status_code == 403
    assert workspace.browser("sara").call("POST", address, {"body": "Yes"}).status_code == 303


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
def test_a_page_leads_on_to_own_paths_only(workspace: Workspace, target: str) -> None:
    known = workspace.known[HERE]
    form = {"place": "top", "next": target}
    answer = workspace.browser("ingrid").call("POST", f"/items/{known['ref']}/move", form)
    assert "evil" not in answer.headers["Location"]
    assert "evil" not in workspace.browser("ingrid").call("GET", "/sign-in?next=" + target).headers["Location"]


def test_a_form_without_its_token_or_from_another_site_changes_nothing(workspace: Workspace) -> None:
    known, browser = workspace.known[HERE], workspace.browser("ingrid")
    before = everything(workspace)
    address = f"/items/{known['ref']}/comments"
    foreign = [{"X-CSRFToken": "guessed"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    for headers in (*foreign, {"Origin": "null"}, {"Origin": "http://localhost.evil.example"}):
        assert browser.call("POST", address, {"body": "Said"}, headers).status_code in (400, 403), headers
    assert everything(workspace) == before


def test_access_ends_with_the_membership(workspace: Workspace) -> None:
    known, developer = workspace.known[HERE], workspace.browser("anders")
    assert developer.get(f"/items/{known['ref']}").status_code == 200
    member = f"/products/{HERE}/settings/members/{workspace.people['anders']}"
    assert workspace.browser("ingrid").call("POST", f"{member}/remove").status_code == 303
    for address in (f"/items/{known['ref']}", f"/products/{HERE}/board", f"/live?products={HERE}"):
        assert developer.get(address).status_code == 404
    assert developer.call("POST", f"/questions/{known['answered']}/accept").status_code == 404
    assert f"Asked in {HERE}" not in developer.get("/questions").text


def test_access_ends_with_the_account(workspace: Workspace) -> None:
    person = workspace.people["anders"]
    assert workspace.browser("adam").call("POST", f"/people/{person}/deactivate").status_code == 303
    answer = workspace.browser("anders").get(f"/products/{HERE}/board")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")


def test_whoever_is_signed_out_hears_it_as_a_fragment_too(workspace: Workspace) -> None:
    answer = workspace.browser("").get(f"/products/{HERE}/board", **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert "<html" not in answer.text


def test_the_workspace_itself_is_sound(workspace: Workspace) -> None:
    with workspace.reading() as session:
        assert broken_invariants(session) == []


def test_every_action_of_the_policy_has_a_route_or_a_verb(workspace: Workspace) -> None:
    """An action that nothing asks for is a rule that nothing enforces."""
    from tests.guards.test_architecture import MODULES

    source = "".join(path.read_text() for path in MODULES if path.name != "policy.py")
    assert [action for action in Action if f"Action.{action.name}" not in source] == []


def versions(workspace: Workspace) -> dict[str, int]:
    with workspace.reading() as session:
        return {key: version for key, version in session.execute(sa.select(Product.key, Product.version)).all()}


def everything(workspace: Workspace) -> tuple[Any, ...]:
    """What a swapped id could have touched: versions, places, people."""
    with workspace.reading() as session:
        items = session.execute(sa.select(Item.id, Item.column_id, Item.part_of_id, Item.changed_version)).all()
        counts = tuple(
            session.scalar(sa.select(sa.func.count()).select_from(model))
            for model in (Delivery, Question, Stakeholder, StatusUpdate, User)
        )
    return versions(workspace), sorted(map(tuple, items)), counts


def column_named(session: Any, key: str, name: str) -> int:
    product = session.scalars(
        sa.select(Product).where(Product.key == key).options(sa.orm.selectinload(Product.columns))
    ).one()
    return next(column.id for column in product.standing if column.name == name)
