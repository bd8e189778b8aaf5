"""What changed between two texts, word by word."""

import random

import pytest

from kanban.wording import MOST_COMPARED, MOST_TOLD, compare


def told(was: str, now: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in compare(was, now)]


def test_a_word_in_the_middle_is_told_with_what_stayed_around_it() -> None:
    assert told("two months late", "two weeks late") == [
        ("stayed", "two "),
        ("went", "months"),
        ("came", "weeks"),
        ("stayed", " late"),
    ]


def test_neighbouring_words_read_as_one_change() -> None:
    assert told("by one slow ferry", "by two quick ferries") == [
        ("stayed", "by "),
        ("went", "one slow ferry"),
        ("came", "two quick ferries"),
    ]


def test_a_first_text_only_came_and_an_emptied_one_only_went() -> None:
    assert told("", "New") == [("came", "New")]
    assert told("Old", "") == [("went", "Old")]


def test_long_stretches_that_stayed_are_left_out_and_marked() -> None:
    pieces = compare("word " * 100 + "x " + "more " * 100, "word " * 100 + "y " + "more " * 100)
    assert sum(len(piece.text) for piece in pieces) < 200
    assert [piece.is_cut for piece in pieces].count(True) == 2


def test_two_long_texts_without_anything_in_common_are_told_as_wholes() -> None:
    was, now = ("a " * (MOST_COMPARED + 1)).strip(), ("b " * (MOST_COMPARED + 1)).strip()
    assert [piece.kind for piece in compare(was, now)] == ["went", "came"]


@pytest.mark.parametrize("seed", range(30))
def test_both_texts_can_be_read_from_the_pieces(seed: int) -> None:
    chance = random.Random(seed)
    was = " ".join(chance.choice("ab,c") for _ in range(12))
    now = " ".join(chance.choice("ab,c") for _ in range(12))
    pieces = compare(was, now)
    assert "".join(piece.text for piece in pieces if piece.kind != "came") == was
    assert "".join(piece.text for piece in pieces if piece.kind != "went") == now


def test_only_short_texts_are_kept_for_the_next_reader() -> None:
    """Five hundred long ones would hold 100 MB of memory for good, 400 MB if they are not Latin."""
    assert compare("one", "two") is compare("one", "two")
    assert compare("one " * 5_000, "two") == compare("one " * 5_000, "two")
    assert compare("one " * 5_000, "two") is not compare("one " * 5_000, "two")


def test_of_a_very_long_stretch_only_the_beginning_is_told() -> None:
    (went, came) = compare("one " * 10_000, "two")
    assert (len(went.text), went.text[-1], came.text) == (MOST_TOLD, "…", "two")
