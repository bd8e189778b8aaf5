"""Answers that take as long whatever was found, so that their time tells nobody whether an address is known here."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

#: No answer comes sooner; what a mail costs to write down lies far below it.
EVEN_S = 0.25

View = TypeVar("View", bound=Callable[..., Any])


def evenly(view: View) -> View:
    """Hold a view's answer back until EVEN_S have passed; its write is over by then, so that nobody waits for it."""

    @wraps(view)
    def answered(*values: Any, **named: Any) -> Any:
        began = time.monotonic()
        answer = view(*values, **named)
        time.sleep(max(0.0, EVEN_S - (time.monotonic() - began)))
        return answer

    return answered  # type: ignore[return-value]
