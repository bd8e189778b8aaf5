"""The problem register, over the API."""

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import Problem, Product
from kanban.policy import Action
from kanban.reads import problems


@api.get("/products/<key>/problems", responses={200: answers.ProblemList})
@access.needs(Action.SEE)
def list_problems(path: asks.OfProduct, query: asks.ProblemPage) -> answers.ProblemList:
    """The product's problems in the order of their numbers; `next` is the number after which the next page begins."""
    product, after = access.see_product(path.key), asks.read_id(query.after)
    lines = problems.list_problems(db.session(), product, only_open=query.state == "open")
    found = sorted(
        (line for line in lines if line.number > after and (query.state != "ended" or line.closed_on is not None)),
        key=lambda line: line.number,
    )
    data = [answers.ProblemTold.model_validate(line) for line in found[: query.limit]]
    return answers.ProblemList(data=data, next=str(data[-1].number) if len(found) > query.limit else None)


@api.post("/products/<key>/problems", responses={201: answers.ProblemChanged})
@access.needs(Action.KEEP_PROBLEMS)
def raise_problem(path: asks.OfProduct, body: asks.NewProblem) -> Response:
    """Add a problem to the register."""
    product = access.change_product(path.key)
    problem = Problem.raise_in(product, by=access.member(), **body.model_dump())
    db.session.add(problem)
    db.session.flush()
    return _changed(product, problem, 201)


@api.patch("/products/<key>/problems/<int:number>", responses={200: answers.ProblemChanged})
@access.needs(Action.KEEP_PROBLEMS)
def edit_problem(path: asks.OfProblem, body: asks.ProblemEdit) -> Response:
    """Change the given fields of an open problem."""
    product = access.change_product(path.key)
    problem = _found(product, path.number)
    given = body.model_dump(exclude={"revision"}, exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name == "due_on"}
    problem.edit(changes, revision=body.revision, by=access.member())
    return _changed(product, problem)


@api.post("/products/<key>/problems/<int:number>/close", responses={200: answers.ProblemChanged})
@access.needs(Action.KEEP_PROBLEMS)
def close_problem(path: asks.OfProblem, body: asks.ProblemEnd) -> Response:
    """Close a problem, saying how it ended."""
    product = access.change_product(path.key)
    problem = _found(product, path.number)
    problem.close(body.ending, by=access.member())
    return _changed(product, problem)


def _found(product: Product, number: int) -> Problem:
    problem = problems.problem_in(db.session(), product, number)
    if problem is None:
        raise Missing
    return problem


def _changed(product: Product, problem: Problem, status: int = 200) -> Response:
    line = answers.ProblemTold.model_validate(problems.line_of(product, problem))
    return changed(product, answers.ProblemChanged(**line.model_dump()), status)
