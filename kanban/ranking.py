"""Ranks: signed 64-bit integers whose order is the order of a product; pure arithmetic, no database."""

GAP = 2**32
_LIMIT = 2**62


def between(lower: int | None, upper: int | None) -> int | None:
    """A rank strictly between two neighbours (None: no neighbour on that side).

    Returns None if the gap is used up; the caller then respaces the product and asks again.
    """
    match (lower, upper):
        case (None, None):
            return 0
        case (None, int(high)):
            return high - GAP if high - GAP > -_LIMIT else None
        case (int(low), None):
            return low + GAP if low + GAP < _LIMIT else None
        case (int(low), int(high)):
            middle = low + (high - low) // 2
            return middle if low < middle < high else None
    return None


def spread(count: int) -> list[int]:
    """Evenly spaced ranks for this many items, in ascending order, centred on zero."""
    return [(index - count // 2) * GAP for index in range(count)]


def series(after: int | None, before: int | None, count: int) -> list[int] | None:
    """Ranks for a block of items between two neighbours, ascending; None if they do not fit."""
    if after is None and before is None:
        return spread(count)
    if before is None:
        assert after is not None
        return [after + GAP * step for step in range(1, count + 1)] if after + GAP * count < _LIMIT else None
    if after is None:
        return [before - GAP * step for step in range(count, 0, -1)] if before - GAP * count > -_LIMIT else None
    step = (before - after) // (count + 1)
    return [after + step * place for place in range(1, count + 1)] if step > 0 else None
