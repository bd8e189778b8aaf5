"""An item's value and effort, and the score made of them. The score is only advice: nothing is ordered by itself."""

from collections.abc import Iterable, Sequence

from kanban.errors import Invalid

#: The fields that an item's score is made of.
POINTS = ("value", "effort")
MOST_POINTS = 5


def check_score(name: str, given: int | None) -> int | None:
    """Return the points if they are 1 to 5, or None for not judged yet; raise Invalid otherwise."""
    if given is None or (type(given) is int and 1 <= given <= MOST_POINTS):
        return given
    raise Invalid({name: "Give a whole number from 1 to 5, or nothing."})


def read_points(name: str, written: str) -> int | None:
    """Read the points from a form, where an empty text means that nothing was chosen; raise Invalid as above."""
    return check_score(
        name,
        int(written) if written.isascii() and written.isdecimal() and len(written) == 1 else None if not written else 0,
    )


def score(value: int | None, effort: int | None) -> float | None:
    """Value for effort, from 0.2 to 5; None unless both are given."""
    return None if value is None or effort is None else value / effort


def sorted_places(scores: Iterable[float | None]) -> list[int]:
    """For each place, the present place of the item that would be there if sorted by score, highest first.

    Equal scores keep their order; an item without a score keeps its place.
    """
    known: Sequence[float | None] = list(scores)
    scored = [(-each, place) for place, each in enumerate(known) if each is not None]
    places = list(range(len(known)))
    for (_, slot), (_, comes) in zip(scored, sorted(scored), strict=True):
        places[slot] = comes
    return places


def climbs(scores: Iterable[float | None]) -> list[int | None]:
    """How many places higher (negative: lower) each item would be if sorted by score; None for one without a score."""
    known = list(scores)
    found: list[int | None] = [None] * len(known)
    for place, was in enumerate(sorted_places(known)):
        if known[was] is not None:
            found[was] = was - place
    return found
