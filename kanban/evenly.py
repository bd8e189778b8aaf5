"""Responses that always take the same time, so that timing reveals nothing about which addresses are known here."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

#: How many seconds each response takes at least; queueing a mail takes far less.
EVEN_S = 0.25

View = TypeVar("View", bound=Callable[..., Any])


def evenly(view: View) -> View:
    """Hold a view's response back until EVEN_S have passed; its transaction is over by then, so this blocks nobody."""

    @wraps(view)
    def answered(*values: Any, **named: Any) -> Any:
        began = time.monotonic()
        answer = view(*values, **named)
        time.sleep(max(0.0, EVEN_S - (time.monotonic() - began)))
        return answer

    return answered  # type: ignore[return-value]
