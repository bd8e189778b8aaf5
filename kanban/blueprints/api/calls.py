"""How a call is read and answered: queries and bodies are checked against their shapes, changes are committed together
with their response."""

import re
from collections.abc import Callable, Mapping
from functools import partial, wraps
from threading import Lock
from typing import Any

import flask
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI
from flask_openapi3.utils import parse_parameters
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from kanban import access
from kanban.blueprints.api.answers import Change, Problem
from kanban.errors import Invalid
from kanban.models import Product

View = Callable[..., Any]


class Calls(APIBlueprint):
    """A blueprint whose views take `path`, `query` and `body` as shapes and return a shape.

    The document that describes them is only put together when it is first asked for, since that takes 5 MB of memory.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._undescribed: list[Callable[[], Any]] = []
        self._telling = Lock()

    def _collect_openapi_info(self, rule: str, func: View, *, doc_ui: bool = True, **options: Any) -> Any:
        if doc_ui:
            self._undescribed.append(partial(super()._collect_openapi_info, rule, func, **options))
        return parse_parameters(func, doc_ui=False)

    def tell(self, app: OpenAPI) -> dict[str, Any]:
        """The OpenAPI document: every call with its shapes."""
        with self._telling:
            while self._undescribed:
                self._undescribed.pop(0)()
            app.paths.update(self.paths)
            app.components_schemas.update(self.components_schemas)
            document: dict[str, Any] = app.api_doc
        document["components"]["schemas"].pop("ValidationErrorModel", None)
        return document

    @staticmethod
    def create_view_func(  # type: ignore[override]
        func: View, header: Any, cookie: Any, path: Any, query: Any, form: Any, body: Any, raw: Any, **_: Any
    ) -> View:
        """Wrap a view so that its arguments are read from the request.

        This replaces the library's own way, which can't tell 415 from 422.
        """

        @wraps(func)
        def view(**address: Any) -> Any:
            given: dict[str, Any] = {}
            if path is not None:
                given["path"] = path.model_construct(**address)
            if query is not None:
                given["query"] = _read_query(query)
            if body is not None:
                given["body"] = _read_body(body)
            if raw is not None:
                given["raw"] = flask.request
            answer = func(**given)
            return json_response(answer) if isinstance(answer, BaseModel) else answer

        return view


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


api = Calls(
    "api",
    __name__,
    url_prefix="/api/v1",
    abp_security=[{"token": []}],
    abp_responses={
        401: _problem("No token, or one that is no longer valid"),
        403: _problem("The token’s scope or the person’s role does not allow it"),
        404: _problem("Missing, or not yours to see"),
        409: _problem("The rules of the product say no; `code` says which"),
        413: _problem("Too large"),
        415: _problem("Not sent as JSON"),
        422: _problem("A field can’t be used; `errors` says which"),
        429: _problem("Too many calls; Retry-After says how long to wait"),
        503: _problem("Nothing was changed; try again"),
    },
)
api.components_schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")


# Answering


def json_response(answer: BaseModel, status: int = 200) -> Response:
    """The response with this answer as JSON."""
    return flask.Response(answer.model_dump_json(), status, mimetype="application/json")


def changed(product: Product, answer: Change, status: int = 200) -> Response:
    """Commit a change and respond with the answer, which is stored in case the command is repeated.

    If nothing changed, the product takes no new version and the status is 200.
    """
    answer.version, answer.changed = product.version, True
    if not product.recorded:
        answer.version, answer.changed, status = product.version - 1, False, 200
    access.commit(product, answer.model_dump(mode="json"), status)
    return json_response(answer, status)


# Reading


def _read_query(shape: type[BaseModel]) -> BaseModel:
    try:
        return shape.model_validate(flask.request.args.to_dict())
    except ValidationError as problems:
        raise Invalid(sentences(problems)) from problems


def _read_body(shape: type[BaseModel]) -> BaseModel:
    request = flask.request
    sent = request.get_data()
    is_needed = shape.model_config.get("openapi_extra", {}).get("required", True)  # type: ignore[attr-defined]
    if request.mimetype and not request.is_json and (request.content_length or is_needed):
        raise UnsupportedMediaType
    if not sent and not is_needed:
        return shape()
    try:
        return shape.model_validate_json(sent)
    except ValidationError as problems:
        raise Invalid(sentences(problems)) from problems


def sentences(problems: ValidationError) -> dict[str, str]:
    """The sentences about invalid input, by field, such as `sections.0.kind`.

    A problem below a name that the caller made up, such as a key of a mapping, is reported for the field around it.
    """
    found: dict[str, str] = {}
    for problem in problems.errors(include_url=False, include_input=False):
        found.setdefault(_field(problem["loc"]), _sentence(problem["type"], problem.get("ctx", {}), problem["msg"]))
    return found


def _field(parts: tuple[int | str, ...]) -> str:
    names: list[str] = []
    for part in parts:
        if isinstance(part, str) and not re.fullmatch(r"[a-z_]{1,40}", part):
            if part in ("{one}", "{many}"):
                continue
            break
        names.append(str(part))
    return ".".join(names) or "body"


_SENTENCES = {
    "missing": "This field is needed.",
    "extra_forbidden": "There is no such field.",
    "string_type": "Give a text.",
    "string_too_long": "At most {max_length} characters fit here.",
    "string_too_short": "Give a text of {min_length} or more characters.",
    "string_pattern_mismatch": "This text has a character that can’t be stored, or is not in the form that is needed.",
    "int_type": "Give a whole number.",
    "int_parsing": "Give a whole number.",
    "int_parsing_size": "Give a smaller number.",
    "int_from_float": "Give a whole number.",
    "greater_than_equal": "Give a number of at least {ge}.",
    "less_than_equal": "Give a number of at most {le}.",
    "bool_type": "Say true or false.",
    "bool_parsing": "Say 1 or 0.",
    "enum": "Choose one of: {expected}.",
    "literal_error": "Choose one of: {expected}.",
    "date_from_datetime_parsing": "Give the day as YYYY-MM-DD.",
    "date_parsing": "Give the day as YYYY-MM-DD.",
    "date_type": "Give the day as YYYY-MM-DD.",
    **dict.fromkeys(
        ("datetime_parsing", "datetime_type", "datetime_from_date_parsing", "timezone_aware"),
        "Give an instant with its zone, as 2026-12-24T08:00:00Z.",
    ),
    "list_type": "Give a list.",
    "too_long": "At most {max_length} entries fit here.",
    "too_short": "Give {min_length} or more entries.",
    "model_type": "Give an object.",
    "model_attributes_type": "Give an object.",
    "json_invalid": "This is not JSON: {error}.",
}


def _sentence(kind: str, context: Mapping[str, Any], otherwise: str) -> str:
    if kind in _SENTENCES:
        return _SENTENCES[kind].format_map(context)
    return otherwise.removeprefix("Value error, ")
