"""All tables, imported in one place so that migrations and loaders see every one; rules are in each noun's module."""

from kanban.models.attachment import Attachment, AttachmentSpace
from kanban.models.base import Model, constant
from kanban.models.block import Block
from kanban.models.closure import Closure
from kanban.models.column import Breach, Column, Stage, WipMode
from kanban.models.command import Command
from kanban.models.comment import Comment
from kanban.models.commitment import Cause, Commitment, CommitmentChange, commitment_stakeholder
from kanban.models.criterion import Criterion
from kanban.models.decision import Decision
from kanban.models.delivery import Delivery, DeliveryState, Response, ResponseKind
from kanban.models.event import Event
from kanban.models.forecast_snapshot import Ending, ForecastMemory, ForecastSnapshot
from kanban.models.item import GONE_BEFORE, MADE_UP_KEY, Item, assignment
from kanban.models.kinds import ClassOfService, ItemType, Origin
from kanban.models.label import Label, item_label
from kanban.models.liberty import Liberty, LibertyKind
from kanban.models.link import Link, LinkKind
from kanban.models.member import Member
from kanban.models.milestone import Milestone, milestone_item
from kanban.models.newcomer import Newcomer, RequestFile
from kanban.models.notification import (
    Digest,
    Notification,
    NotificationChoice,
    NotificationCursor,
    NotificationKind,
    Way,
)
from kanban.models.place import Caution, Place
from kanban.models.problem import Problem
from kanban.models.product import Product
from kanban.models.promise_undo import PROMISE_ACTS, PromiseUndo, Spread
from kanban.models.question import Answer, AnswerKind, Becomes, Question, QuestionState, Turn
from kanban.models.request import Request, RequestState, RequestStep, StepKind, request_support
from kanban.models.roadmap import Roadmap, RoadmapLine
from kanban.models.seen_mark import SeenMark
from kanban.models.sign_in import ApiToken, LinkPurpose, SignIn, SignInLink
from kanban.models.stakeholder import Level, Stakeholder
from kanban.models.status_update import Health, StatusUpdate, UpdateState
from kanban.models.undated import Undated
from kanban.models.undo import CommandEvents, ItemUndo, UndoContext
from kanban.models.update_question import UpdateQuestion
from kanban.models.user import User
from kanban.models.webhook import Hears, StopReason, Webhook, WebhookMessage

__all__ = [
    "GONE_BEFORE",
    "MADE_UP_KEY",
    "PROMISE_ACTS",
    "Answer",
    "AnswerKind",
    "ApiToken",
    "Attachment",
    "AttachmentSpace",
    "Becomes",
    "Block",
    "Breach",
    "Cause",
    "Caution",
    "ClassOfService",
    "Closure",
    "Column",
    "Command",
    "CommandEvents",
    "Comment",
    "Commitment",
    "CommitmentChange",
    "Criterion",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Ending",
    "Event",
    "ForecastMemory",
    "ForecastSnapshot",
    "Health",
    "Hears",
    "Item",
    "ItemType",
    "ItemUndo",
    "Label",
    "Level",
    "Liberty",
    "LibertyKind",
    "Link",
    "LinkKind",
    "LinkPurpose",
    "Member",
    "Milestone",
    "Model",
    "Newcomer",
    "Notification",
    "NotificationChoice",
    "NotificationCursor",
    "NotificationKind",
    "Origin",
    "Place",
    "Problem",
    "Product",
    "PromiseUndo",
    "Question",
    "QuestionState",
    "Request",
    "RequestFile",
    "RequestState",
    "RequestStep",
    "Response",
    "ResponseKind",
    "Roadmap",
    "RoadmapLine",
    "SeenMark",
    "SignIn",
    "SignInLink",
    "Spread",
    "Stage",
    "Stakeholder",
    "StatusUpdate",
    "StepKind",
    "StopReason",
    "Turn",
    "Undated",
    "UndoContext",
    "UpdateQuestion",
    "UpdateState",
    "User",
    "Way",
    "Webhook",
    "WebhookMessage",
    "WipMode",
    "assignment",
    "commitment_stakeholder",
    "constant",
    "item_label",
    "milestone_item",
    "request_support",
]
