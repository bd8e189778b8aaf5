"""Comments and questions on items, over the API."""

from flask import Response

from kanban import access, identity
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.blueprints.api.items import ALL
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Comment, Item, Question, User
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.items.comments import comments_of, newly_mentioned
from kanban.reads.items.item import askable
from kanban.reads.people.people import owner_of
from kanban.reads.questions.api_questions import read_api_question, read_api_questions
from kanban.reads.questions.orphaned import heir_of

# Comments


@api.get("/items/<ref>/comments", responses={200: answers.CommentList})
@access.needs(Action.SEE)
def list_comments(path: asks.OfItem, query: asks.Page) -> answers.CommentList:
    """The comments on an item, oldest first."""
    item = access.see_item(path.ref)
    found = comments_of(db.session(), item, after=asks.read_id(query.after), limit=query.limit + 1)
    data = [answers.Comment.model_validate(comment) for comment in found[: query.limit]]
    return answers.CommentList(data=data, next=str(data[-1].id) if len(found) > query.limit else None)


@api.post("/items/<ref>/comments", responses={201: answers.CommentChanged})
@access.needs(Action.COMMENT)
def comment(path: asks.OfItem, body: asks.Words) -> Response:
    """Comment on an item."""
    item = access.change_item(path.ref)
    made = item.comment(body.body, by=access.member())
    db.session.flush()
    return _commented(item, made, 201)


@api.put("/items/<ref>/comments/<int:comment_id>", responses={200: answers.CommentChanged})
@access.needs(Action.COMMENT)
def reword(path: asks.OfComment, body: asks.Words) -> Response:
    """Reword a comment of your own."""
    item, comment = access.change_comment(path.ref, path.comment_id)
    people = newly_mentioned(db.session(), item.product, comment.body, body.body)
    comment.reword(body.body, people, item=item, by=access.member())
    return _commented(item, comment)


@api.delete("/items/<ref>/comments/<int:comment_id>", responses={200: answers.Change})
@access.needs(Action.COMMENT)
def unsay(path: asks.OfComment) -> Response:
    """Remove a comment for good: your own or, if you are on the owner's side, any."""
    item, comment = access.change_comment(path.ref, path.comment_id)
    comment.remove(item=item, by=access.member())
    return changed(item.product, answers.Change())


def _commented(item: Item, told: Comment, status: int = 200) -> Response:
    author = identity.current_user().email  # only the author can add or reword a comment
    answer = answers.CommentChanged(id=told.id, author=author, body=told.body, at=told.at, edited_at=told.edited_at)
    return changed(item.product, answer, status)


# Questions


@api.get("/questions", responses={200: answers.QuestionList})
@access.signed_in
def list_questions(query: asks.QuestionPage) -> answers.QuestionList:
    """Questions over all your products, the costliest wait first; `waiting_on=me` lists those that wait for you."""
    user = identity.current_user()
    waiting_on = user.email if query.waiting_on == "me" else query.waiting_on
    found, next_ = read_api_questions(
        db.session(), user, state=query.state, waiting_on=waiting_on, after=query.after, limit=query.limit
    )
    return answers.QuestionList(data=[answers.Question.model_validate(each) for each in found], next=next_)


@api.get("/questions/<int:question_id>", responses={200: answers.Question})
@access.needs(Action.SEE)
def show_question(path: asks.OfQuestion) -> answers.Question:
    """A question with its thread."""
    question = access.see_question(path.question_id)
    return answers.Question.model_validate(read_api_question(db.session(), question))


@api.post("/items/<ref>/questions", responses={201: answers.QuestionChanged})
@access.needs(Action.ASK)
def ask(path: asks.OfItem, body: asks.NewQuestion) -> Response:
    """Ask a question on an item, of the owner or of somebody you name."""
    item = access.change_item(path.ref, ALL)
    question = Question.ask(
        item,
        body.body,
        by=access.member(),
        addressee=_addressee(item, body.addressee),
        blocking=body.blocking,
        needed_by=body.needed_by,
        assumption=body.assumption,
        assumed_until=body.assumed_until,
    )
    db.session.add(question)
    return _changed(question, 201)


def _addressee(item: Item, email: str | None) -> User:
    session = db.session()
    if email is None:
        return owner_of(session, item.product)
    may_answer = {person.id for person in askable(session, item.product)}
    for user in locked.members_by_email(session, item.product, {email.strip().lower()}):
        if user.id in may_answer:
            return user
    raise Invalid({"addressee": "That person can’t answer here. Name somebody else."})


def _changed(question: Question, status: int = 200) -> Response:
    told = read_api_question(db.session(), question)
    return changed(question.item.product, answers.QuestionChanged.model_validate(told), status)


@api.post("/questions/<int:question_id>/answers", responses={201: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def answer(path: asks.OfQuestion, body: asks.NewAnswer) -> Response:
    """Answer a question, and keep the answer as a criterion or decision if wanted; `again` replaces the last answer."""
    question = access.change_question(path.question_id)
    say = question.answer_again if body.again else question.answer
    say(body.body, becomes=body.becomes, by=access.member())
    return _changed(question, 201)


@api.post("/questions/<int:question_id>/assume", responses={200: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def assume(path: asks.OfQuestion, body: asks.Assumption) -> Response:
    """Go on with an assumption, unless told otherwise by a day."""
    question = access.change_question(path.question_id)
    question.assume(body.assumption, body.assumed_until, by=access.member())
    return _changed(question)


@api.post("/questions/<int:question_id>/accept", responses={200: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def accept(path: asks.OfQuestion, body: asks.Nothing) -> Response:
    """Accept the answer, which closes the question."""
    question = access.change_question(path.question_id)
    question.accept(by=access.member())
    return _changed(question)


@api.post("/questions/<int:question_id>/return", responses={200: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def send_back(path: asks.OfQuestion, body: asks.Words) -> Response:
    """Return an answer that does not help, saying what is missing."""
    question = access.change_question(path.question_id)
    question.send_back(body.body, by=access.member(), heir=heir_of(db.session(), question))
    return _changed(question)


@api.post("/questions/<int:question_id>/withdraw", responses={200: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def withdraw(path: asks.OfQuestion, body: asks.Nothing) -> Response:
    """Withdraw a question."""
    question = access.change_question(path.question_id)
    question.withdraw(by=access.member())
    return _changed(question)


@api.post("/questions/<int:question_id>/ask-back", responses={200: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def ask_back(path: asks.OfQuestion, body: asks.Words) -> Response:
    """Ask the asker something instead of answering."""
    question = access.change_question(path.question_id)
    question.ask_back(body.body, by=access.member())
    return _changed(question)


@api.post("/questions/<int:question_id>/reply", responses={200: answers.QuestionChanged})
@access.needs(Action.TAKE_PART_IN_QUESTION)
def reply(path: asks.OfQuestion, body: asks.Words) -> Response:
    """Reply to what was asked back."""
    question = access.change_question(path.question_id)
    question.reply(body.body, by=access.member(), heir=heir_of(db.session(), question))
    return _changed(question)
