"""What may be sent to the API, as shapes with their bounds: paths, queries and bodies. Unknown fields are refused."""

from kanban.blueprints.api.asks.body import Nothing
from kanban.blueprints.api.asks.items import (
    Assignees,
    Block,
    CriterionChange,
    ItemEdit,
    Move,
    NewCriterion,
    NewItem,
    NewItems,
    Pull,
    Reason,
    Undo,
)
from kanban.blueprints.api.asks.kinds import number_in, read_id
from kanban.blueprints.api.asks.paths import OfColumn, OfCriterion, OfItem, OfMember, OfProduct, OfQuestion, OfUpdate
from kanban.blueprints.api.asks.products import ColumnChange, NewColumn, NewMember, NewProduct
from kanban.blueprints.api.asks.queries import LogPage, Order, Page, QuestionPage, Rehearsal, Search, Window
from kanban.blueprints.api.asks.words import (
    NewAnswer,
    NewQuestion,
    NewStakeholder,
    NewUpdate,
    UpdateEdit,
    UpdateLine,
    UpdateSection,
    Words,
)

__all__ = [
    "Assignees",
    "Block",
    "ColumnChange",
    "CriterionChange",
    "ItemEdit",
    "LogPage",
    "Move",
    "NewAnswer",
    "NewColumn",
    "NewCriterion",
    "NewItem",
    "NewItems",
    "NewMember",
    "NewProduct",
    "NewQuestion",
    "NewStakeholder",
    "NewUpdate",
    "Nothing",
    "OfColumn",
    "OfCriterion",
    "OfItem",
    "OfMember",
    "OfProduct",
    "OfQuestion",
    "OfUpdate",
    "Order",
    "Page",
    "Pull",
    "QuestionPage",
    "Reason",
    "Rehearsal",
    "Search",
    "Undo",
    "UpdateEdit",
    "UpdateLine",
    "UpdateSection",
    "Window",
    "Words",
    "number_in",
    "read_id",
]
