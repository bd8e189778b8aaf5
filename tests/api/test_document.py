"""The document that describes the calls."""

from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel

from kanban.blueprints.api.calls import Calls


class Answer(BaseModel):
    """Something."""

    name: str


def test_a_call_is_described_when_the_document_is_asked_for_and_as_often_as_it_is() -> None:
    calls = Calls("trial", __name__, url_prefix="/trial")

    @calls.get("/name", summary="The name", responses={200: Answer})
    def name() -> Answer:
        return Answer(name="Ferry")

    @calls.get("/secret", doc_ui=False)
    def secret() -> Answer:
        return Answer(name="Tide")

    assert calls.paths == {}
    for _ in range(2):
        app = OpenAPI(__name__, doc_ui=False)
        app.register_api(calls)
        document = calls.tell(app)
        assert list(document["paths"]) == ["/trial/name"]
        assert document["paths"]["/trial/name"]["get"]["summary"] == "The name"
        assert document["components"]["schemas"]["Answer"]["properties"]["name"]["type"] == "string"
        assert app.test_client().get("/trial/secret").json == {"name": "Tide"}
