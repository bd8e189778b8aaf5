"""The ways a command can be turned down, each with a sentence for the person; how it is shown is decided elsewhere."""

from collections.abc import Collection, Mapping
from typing import Any


class KanbanError(Exception):
    """A failure that the person can understand and act on; any other exception is a bug."""

    code = "error"
    status = 400

    def __init__(self, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class Refused(KanbanError):
    """The rules or the present state of the product don't allow it."""

    code = "refused"
    status = 409


class Forbidden(KanbanError):
    """The person may see this but not do it."""

    code = "not_allowed"
    status = 403


class Missing(KanbanError):
    """There is no such thing, or the person may not know that there is."""

    code = "not_found"
    status = 404

    def __init__(
        self, sentence: str = "There is nothing here, or you may not see it.", code: str | None = None
    ) -> None:
        super().__init__(sentence, code)


class Invalid(KanbanError):
    """One or more fields hold something unusable: field name → sentence."""

    code = "invalid"
    status = 422

    def __init__(self, errors: Mapping[str, str], code: str | None = None) -> None:
        super().__init__(" ".join(errors.values()) or "Some fields need another look.", code)
        self.errors = dict(errors)


class Stale(KanbanError):
    """The person edited an older text than the present one.

    `current` holds the present fields. If that is known, `by` is the id of the user who wrote them, and `mine` are the
    names of the fields that the person changed.
    """

    code = "stale_revision"
    status = 409

    def __init__(
        self,
        current: Mapping[str, Any],
        sentence: str = "Somebody else has changed this in the meantime. Both texts are kept below.",
        code: str | None = None,
        *,
        by: int | None = None,
        mine: Collection[str] = (),
    ) -> None:
        super().__init__(sentence, code)
        self.current = dict(current)
        self.by = by
        self.mine = frozenset(mine)


class Busy(KanbanError):
    """Nothing was changed because there was no capacity just now; trying again in a moment may succeed."""

    code = "busy"
    status = 503

    def __init__(
        self, sentence: str = "Too much is going on just now. Nothing was changed; try again.", code: str | None = None
    ) -> None:
        super().__init__(sentence, code)
