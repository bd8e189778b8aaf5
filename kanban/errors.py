"""The ways a command can be turned down, each with a sentence for the person; how that is shown is decided
elsewhere."""

from collections.abc import Collection, Mapping
from typing import Any


class KanbanError(Exception):
    """Something the person can understand and act on; everything else is a bug."""

    code = "error"
    status = 400

    def __init__(self, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class Refused(KanbanError):
    """The rules of the product say no, for now."""

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
    """The person edited an older text than the one that stands now; `current` holds the fields as they stand, `by` is
    who wrote them (a user's id) and `mine` the fields that the person changed, where that is known."""

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
