"""What concerns one person over all their products, over the API: the inbox, *My work* and the portfolio."""

from flask import Response

from kanban import access, identity
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, json_response
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import User
from kanban.reads.inbox import inbox
from kanban.reads.people.my_work import load_my_work
from kanban.reads.portfolio.portfolio import ProductStatus, load_portfolio
from kanban.reads.questions.api_questions import read_api_questions
from kanban.reads.shell import counts_of

_MOST_WAITING = 500


@api.get("/inbox", responses={200: answers.Inbox})
@access.signed_in
def list_inbox(query: asks.InboxPage) -> answers.Inbox:
    """What others did that concerns you, newest first; with `unread=1`, only what is unread.

    Questions that wait for your answer are listed under `GET /me/work` instead, and what stakeholders ask about updates
    under `GET /products/{key}/update-questions`.
    """
    session, user = db.session(), identity.current_user()
    before = asks.read_id(query.after) if query.after is not None else None
    lines = inbox.list_inbox(session, user.id, unread=query.unread, before=before, limit=query.limit + 1)
    data = [
        answers.NotificationTold(
            id=line.id,
            kind=line.kind,
            what=line.what,
            actor=line.actor,
            product=line.key,
            ref=line.ref or None,
            title=line.title,
            question=line.question,
            comment=line.comment,
            items=line.items,
            at=line.at,
            is_read=line.is_read,
            path=line.path,
        )
        for line in lines[: query.limit]
    ]
    more = str(data[-1].id) if len(lines) > query.limit else None
    return answers.Inbox(data=data, unread=_unread(user), next=more)


@api.post("/inbox/<int:notification_id>/read", responses={200: answers.Marked})
@access.signed_in
def mark_notification(path: asks.OfNotification) -> Response:
    """Mark one of your notifications as read."""
    user = access.begin_change()
    if not inbox.is_ones_own(db.session(), user.id, path.notification_id):
        raise Missing
    return _marked(user, path.notification_id)


@api.post("/inbox/read", responses={200: answers.Marked})
@access.signed_in
def mark_inbox() -> Response:
    """Mark all of your notifications as read."""
    return _marked(access.begin_change())


def _marked(user: User, notification_id: int | None = None) -> Response:
    session = db.session()
    marked = inbox.mark_read(session, user.id, notification_id)
    answer = answers.Marked(marked=marked, unread=_unread(user))
    session.commit()
    return json_response(answer)


def _unread(user: User) -> int:
    return counts_of(db.session(), user.id, None).unread


@api.get("/me/work", responses={200: answers.MyWork})
@access.signed_in
def my_work() -> answers.MyWork:
    """What you hold, are to accept and could pull next, and the questions that wait on you, over all your products."""
    session, user = db.session(), identity.current_user()
    work = load_my_work(session, user)
    waiting, _ = read_api_questions(session, user, state=None, waiting_on=user.email, after=None, limit=_MOST_WAITING)
    return answers.MyWork(
        held=[
            answers.HeldTold(
                ref=one.ref,
                title=one.title,
                product=one.ref.partition("-")[0],
                column=one.column,
                age_days=one.age.days if one.age is not None and one.age.is_known else None,
                in_column_since=one.in_column_since,
                promised_on=one.promised_on,
                is_late=one.is_late,
                blocked=answers.HoldTold.model_validate(one.hold) if one.hold else None,
            )
            for one in work.held
        ],
        to_accept=[
            answers.ToAcceptTold(
                ref=one.ref,
                title=one.title,
                product=one.ref.partition("-")[0],
                column=one.column,
                in_column_since=one.since,
                met=one.met,
                criteria=one.criteria,
                promised_on=one.promised_on,
                is_late=one.is_late,
            )
            for one in work.to_accept
        ],
        waiting=[answers.Question.model_validate(each) for each in waiting],
        next=[
            answers.SourceTold(
                product=source.key, items=[answers.NextTold.model_validate(item) for item in source.items]
            )
            for source in work.sources
        ],
    )


@api.get("/portfolio", responses={200: answers.Portfolio})
@access.signed_in
def portfolio() -> answers.Portfolio:
    """How each of your products is doing; those that need a look come first."""
    found = load_portfolio(db.session(), identity.current_user())
    return answers.Portfolio(data=[_standing(each) for each in found.products])


def _standing(product: ProductStatus) -> answers.StandingTold:
    oldest = product.work.oldest
    return answers.StandingTold(
        product=product.key,
        name=product.name,
        needs_a_look=product.needs_a_look,
        reported=answers.ReportedTold.model_validate(product.claim) if product.claim else None,
        draft=product.draft,
        suggested_health=product.suggestion.health,
        is_at_odds=product.is_at_odds,
        reasons=list(product.reasons),
        promises=dict(product.promises),
        slipped_times=product.slips.times,
        slipped_days=product.slips.days,
        silent_days=product.silence.days if product.silence is not None and product.silence.is_long else None,
        questions=answers.PendingTold.model_validate(product.pending),
        in_progress=answers.UnderWay(
            count=product.work.count,
            oldest_days=oldest.days if oldest else None,
            is_age_known=oldest is None or oldest.is_known,
            blocked=product.work.blocked,
        ),
        new_requests=product.requests,
    )
