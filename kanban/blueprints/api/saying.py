"""The decision log and stakeholders' questions about updates, over the API."""

from typing import Any

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Decision, Item, Product
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.decisions import decisions
from kanban.reads.decisions.decisions import DecisionLine
from kanban.reads.updates import update_questions
from kanban.reads.updates.update_questions import AskedAbout


@api.get("/products/<key>/decisions", responses={200: answers.DecisionList})
@access.needs(Action.SEE)
def list_decisions(path: asks.OfProduct, query: asks.DecisionPage) -> answers.DecisionList:
    """The product's decisions, newest first; `next` is the number after which the next page begins."""
    product = access.see_product(path.key)
    which = decisions.found_by(query.q)
    if query.after is not None:
        which.append(Decision.number < asks.read_id(query.after))
    found = decisions.list_decisions(db.session(), product, *which, most=query.limit + 1)
    data = [answers.Decision(**_decision(line)) for line in found[: query.limit]]
    return answers.DecisionList(data=data, next=str(data[-1].number) if len(found) > query.limit else None)


@api.post("/products/<key>/decisions", responses={201: answers.DecisionChanged})
@access.needs(Action.DECIDE)
def write_decision(path: asks.OfProduct, body: asks.NewDecision) -> Response:
    """Write a decision down; with `supersedes` it replaces an older one, which stays readable."""
    product, session = access.change_product(path.key), db.session()
    older = decisions.decision_in(session, product, body.supersedes) if body.supersedes else None
    if body.supersedes and older is None:
        raise Invalid({"supersedes": "There is no such decision in this product."})
    decision = Decision.write(
        product,
        body.body,
        context=body.context,
        who=body.who,
        decided_on=body.decided_on,
        item=_item(product, body.item),
        supersedes=older[0] if older else None,
        is_superseded=bool(older and older[1]),
        by=access.member(),
    )
    session.add(decision)
    session.flush()
    [line] = decisions.list_decisions(session, product, Decision.id == decision.id)
    return changed(product, answers.DecisionChanged(**_decision(line)), 201)


def _item(product: Product, ref: str | None) -> Item | None:
    if ref is None:
        return None
    number = asks.number_in(ref, product.key)
    item = locked.item_in(db.session(), product, number, ()) if number is not None else None
    if item is None:
        raise Invalid({"item": "There is no such item in this product."})
    return item


def _decision(line: DecisionLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "body": line.body,
        "context": line.context,
        "who": line.who,
        "by": line.by_email,
        "stakeholder": line.person,
        "decided_on": line.decided_on,
        "at": line.at,
        "item": line.ref,
        "question": line.question,
        "update": line.update,
        "supersedes": line.supersedes,
        "superseded_by": line.superseded_by,
    }


@api.get("/products/<key>/update-questions", responses={200: answers.UpdateQuestionList})
@access.needs(Action.SEE_STAKEHOLDERS)
def list_update_questions(path: asks.OfProduct, query: asks.Page) -> answers.UpdateQuestionList:
    """What stakeholders asked about the product's updates, answered or not."""
    product = access.see_product(path.key)
    after = asks.read_id(query.after)
    found = [row for row in update_questions.asked_in(db.session(), product) if row.number > after]
    data = [answers.UpdateQuestion(**_asked(row)) for row in found[: query.limit]]
    return answers.UpdateQuestionList(data=data, next=str(data[-1].number) if len(found) > query.limit else None)


@api.post("/products/<key>/update-questions/<int:number>/answer", responses={200: answers.UpdateQuestionChanged})
@access.needs(Action.ANSWER)
def answer_update_question(path: asks.OfUpdateQuestion, body: asks.Reply) -> Response:
    """Answer a stakeholder's question about an update; the answer goes to them by mail."""
    product, session = access.change_product(path.key), db.session()
    question = update_questions.question_in(session, product, path.number)
    if question is None:
        raise Missing
    question.reply(body.body, by=access.member())
    session.flush()
    row = next(row for row in update_questions.asked_in(session, product) if row.number == path.number)
    return changed(product, answers.UpdateQuestionChanged(**_asked(row)))


def _asked(row: AskedAbout) -> dict[str, Any]:
    return {
        "number": row.number,
        "update": row.update,
        "stakeholder": row.name,
        "body": row.body,
        "asked_at": row.asked_at,
        "answer": row.answer,
        "answered_by": row.answered_by,
        "answered_at": row.answered_at,
    }
