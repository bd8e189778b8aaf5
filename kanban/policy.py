"""The one table of who may do what in a product; finer rules that depend on an item are in the item's methods."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is in one product. Exactly one member is the owner."""

    OWNER = "owner"
    DELEGATE = "delegate"
    LEAD = "lead"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class Action(StrEnum):
    """What a route or a verb does to a product, in the words of the roles table."""

    SEE = "see"
    COMMENT = "comment"
    ASK = "ask"
    CREATE_ITEM = "create_item"
    EDIT_ITEM = "edit_item"
    BLOCK = "block"
    TICK_CRITERION = "tick_criterion"
    ASSIGN = "assign"
    RANK = "rank"
    MOVE = "move"
    ACCEPT_ITEM = "accept_item"
    DISCARD = "discard"
    SPLIT = "split"
    PROMISE = "promise"
    SET_CRITERIA = "set_criteria"
    SET_CLASS = "set_class"
    SET_VALUE = "set_value"
    DECIDE = "decide"
    ANSWER = "answer"
    TAKE_PART_IN_QUESTION = "take_part_in_question"
    DRAFT_UPDATE = "draft_update"
    PUBLISH = "publish"
    KEEP_PROBLEMS = "keep_problems"
    KEEP_LABELS = "keep_labels"
    SEE_STAKEHOLDERS = "see_stakeholders"
    EDIT_STAKEHOLDERS = "edit_stakeholders"
    SEE_REQUESTS = "see_requests"
    TRIAGE_REQUESTS = "triage_requests"
    HANDLE_PERSONAL_DATA = "handle_personal_data"
    CONFIGURE = "configure"


_READ = {Action.SEE}
_TALK = {*_READ, Action.COMMENT, Action.ASK, Action.TAKE_PART_IN_QUESTION}
_DEVELOP = {
    *_TALK,
    Action.CREATE_ITEM,
    Action.EDIT_ITEM,
    Action.BLOCK,
    Action.TICK_CRITERION,
    Action.ASSIGN,
    Action.MOVE,
}
_DELEGATE = {
    *_DEVELOP,
    Action.RANK,
    Action.ACCEPT_ITEM,
    Action.DISCARD,
    Action.SPLIT,
    Action.PROMISE,
    Action.SET_CRITERIA,
    Action.SET_CLASS,
    Action.SET_VALUE,
    Action.DECIDE,
    Action.ANSWER,
    Action.DRAFT_UPDATE,
    Action.KEEP_PROBLEMS,
    Action.KEEP_LABELS,
    Action.SEE_STAKEHOLDERS,
    Action.EDIT_STAKEHOLDERS,
    Action.SEE_REQUESTS,
    Action.TRIAGE_REQUESTS,
}

_TABLE: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset(_READ),
    Role.DEVELOPER: frozenset(_DEVELOP),
    Role.LEAD: frozenset({*_TALK, Action.SEE_STAKEHOLDERS, Action.SEE_REQUESTS}),
    Role.DELEGATE: frozenset(_DELEGATE),
    Role.OWNER: frozenset({*_DELEGATE, Action.PUBLISH, Action.CONFIGURE, Action.HANDLE_PERSONAL_DATA}),
}

_SENTENCES: dict[Action, str] = {
    Action.RANK: "The order of the backlog is the product owner’s.",
    Action.ACCEPT_ITEM: "Only the product owner or a delegate can accept finished work.",
    Action.KEEP_PROBLEMS: "Only the product owner or a delegate can keep the problem register.",
    Action.KEEP_LABELS: "Only the product owner or a delegate can rename, merge and remove labels.",
    Action.PUBLISH: "Only the product owner can publish updates here.",
    Action.CONFIGURE: "Only the product owner can change the settings of this product.",
    Action.DISCARD: "Only the product owner or a delegate can discard and restore items.",
    Action.SPLIT: "Only the product owner or a delegate can split items.",
    Action.PROMISE: "Only the product owner or a delegate can make promises and change their dates.",
    Action.SET_CRITERIA: "Only the product owner or a delegate can write acceptance criteria.",
    Action.SET_CLASS: "Only the product owner or a delegate can say which class of service an item has.",
    Action.SET_VALUE: "Only the product owner or a delegate can say what an item is worth.",
    Action.DECIDE: "Only the product owner or a delegate can write decisions down.",
    Action.HANDLE_PERSONAL_DATA: "Only the product owner can hand out or erase what is kept about a person.",
    Action.SEE_REQUESTS: "Only the product owner, delegates and leads can see the requests.",
    Action.TRIAGE_REQUESTS: "Only the product owner or a delegate can decide on requests.",
    Action.SEE_STAKEHOLDERS: "Only the product owner, delegates and leads can see the stakeholders.",
}


def allows(role: str, action: Action) -> bool:
    """Whether a member with this role may do this; an unknown role may do nothing."""
    return action in _TABLE.get(role, frozenset())  # type: ignore[call-overload]


def refusal(action: Action) -> str:
    """The sentence for a person who can see something but may not do this to it."""
    return _SENTENCES.get(action, "Your role in this product does not allow that.")
