"""Histories rebuilt from moves: one worked example for each line of the definitions."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.history import (
    Blockage,
    Crossing,
    Entry,
    ItemHistory,
    Move,
    Spell,
    Subject,
    build_histories,
    without_undone,
)
from kanban.flow.stage import QUEUE, Stage

BACKLOG, READY, DOING, REVIEW, DONE = Stage
SUBJECT = Subject(1, "FERRY-1", "Sell a ticket")


def on(day: int, hour: int = 12) -> datetime:
    return datetime(2025, 6, day, hour, tzinfo=UTC)


def walk(*steps: tuple[int, Stage | None]) -> list[Move]:
    """Moves from (day of June, stage); None is a discard."""
    moves, before = [], None
    for version, (day, stage) in enumerate(steps, start=1):
        moves.append(Move(1, before, stage, on(day), version))
        before = stage
    return moves


def history_of(moves: list[Move], *blocks: Blockage, zone: str = "UTC") -> ItemHistory:
    (history,) = build_histories([SUBJECT], moves, blocks, zone)
    return history


def started_and_finished(history: ItemHistory) -> tuple[date | None, date | None]:
    return history.started_on, history.finished_on


def test_an_item_starts_in_doing_and_finishes_in_done() -> None:
    history = history_of(walk((1, BACKLOG), (2, READY), (3, DOING), (5, REVIEW), (8, DONE)))
    assert started_and_finished(history) == (date(2025, 6, 3), date(2025, 6, 8))
    assert history.created_on == date(2025, 6, 1)
    assert history.stage is DONE


def test_waiting_work_has_not_started() -> None:
    history = history_of(walk((1, BACKLOG), (2, READY)))
    assert started_and_finished(history) == (None, None)
    assert not history.is_in_progress


def test_a_skipped_stage_takes_the_date_of_the_next_later_one() -> None:
    history = history_of(walk((1, READY), (4, REVIEW), (6, DONE)))
    assert history.started_on == date(2025, 6, 4)
    straight = history_of(walk((1, BACKLOG), (6, DONE)))
    assert started_and_finished(straight) == (date(2025, 6, 6), date(2025, 6, 6))


def test_an_item_created_in_doing_started_when_it_was_created() -> None:
    assert history_of(walk((2, DOING))).started_on == date(2025, 6, 2)


def test_a_step_back_to_doing_keeps_the_start() -> None:
    assert history_of(walk((1, DOING), (3, REVIEW), (4, DOING))).started_on == date(2025, 6, 1)


def test_reopening_withdraws_the_finish_and_keeps_the_first_start() -> None:
    moves = walk((1, BACKLOG), (2, DOING), (4, DONE), (7, DOING))
    assert started_and_finished(history_of(moves)) == (date(2025, 6, 2), None)
    finished_again = [*moves, Move(1, DOING, DONE, on(9), 5)]
    assert started_and_finished(history_of(finished_again)) == (date(2025, 6, 2), date(2025, 6, 9))


def test_going_back_to_the_queue_clears_the_start_and_keeps_the_stretch() -> None:
    for stage in QUEUE:
        history = history_of(walk((1, BACKLOG), (2, DOING), (5, stage)))
        assert history.started_on is None
        assert history.spells == (Spell(date(2025, 6, 2), date(2025, 6, 5)),)
    again = history_of(walk((1, BACKLOG), (2, DOING), (5, READY), (9, DOING)))
    assert again.started_on == date(2025, 6, 9)


def test_done_to_backlog_clears_both_dates() -> None:
    history = history_of(walk((1, DOING), (3, DONE), (4, BACKLOG)))
    assert started_and_finished(history) == (None, None)


def test_a_move_between_two_columns_of_done_is_no_second_finish() -> None:
    assert history_of(walk((1, DOING), (3, DONE), (6, DONE))).finished_on == date(2025, 6, 3)


def test_an_undone_move_never_was() -> None:
    moves = walk((1, BACKLOG), (2, DOING), (3, DONE))
    moves.append(Move(1, DONE, DOING, on(4), 4, undoes=3))
    history = history_of(moves)
    assert started_and_finished(history) == (date(2025, 6, 2), None)
    assert [entry.stage for entry in history.entries] == [BACKLOG, DOING]


def test_an_undone_return_gives_the_start_back() -> None:
    moves = [*walk((1, BACKLOG), (2, DOING), (3, READY)), Move(1, READY, DOING, on(3), 4, undoes=3)]
    history = history_of(moves)
    assert history.started_on == date(2025, 6, 2)
    assert history.spells == ()


def test_an_undone_undo_lets_the_move_stand() -> None:
    moves = walk((1, BACKLOG), (2, DOING))
    moves += [Move(1, DOING, BACKLOG, on(3), 3, undoes=2), Move(1, BACKLOG, DOING, on(4), 4, undoes=3)]
    assert history_of(moves).started_on == date(2025, 6, 2)


def test_an_undone_discard_leaves_the_item_in_progress() -> None:
    moves = [*walk((1, DOING), (2, None)), Move(1, None, DOING, on(3), 3, undoes=2)]
    assert history_of(moves).is_in_progress


def test_a_discarded_item_is_neither_in_progress_nor_finished() -> None:
    started = history_of(walk((1, DOING), (4, None)))
    assert started.is_discarded
    assert not started.is_in_progress
    assert started.spells == (Spell(date(2025, 6, 1), date(2025, 6, 4)),)
    finished = history_of(walk((1, DOING), (2, DONE), (4, None)))
    assert finished.is_discarded
    assert not finished.is_finished


def test_an_item_restored_to_work_keeps_its_first_start() -> None:
    history = history_of(walk((1, DOING), (4, None), (6, DOING)))
    assert history.started_on == date(2025, 6, 1)
    assert history.spells == ()
    assert not history.is_discarded


def test_an_item_restored_to_the_queue_ended_its_work_when_it_was_discarded() -> None:
    history = history_of(walk((1, DOING), (4, None), (6, BACKLOG)))
    assert history.started_on is None
    assert history.spells == (Spell(date(2025, 6, 1), date(2025, 6, 4)),)


def test_days_are_those_of_the_product() -> None:
    moves = [Move(1, None, DOING, on(1, 23), 1), Move(1, DOING, DONE, on(2, 21), 2)]
    assert started_and_finished(history_of(moves, zone="Europe/Zurich")) == (date(2025, 6, 2), date(2025, 6, 2))
    assert started_and_finished(history_of(moves, zone="UTC")) == (date(2025, 6, 1), date(2025, 6, 2))
    assert started_and_finished(history_of(moves, zone="America/New_York")) == (date(2025, 6, 1), date(2025, 6, 2))


def test_crossings_tell_when_each_stage_was_reached_for_good() -> None:
    history = history_of(walk((1, BACKLOG), (3, DOING), (5, DONE), (6, DOING), (9, DONE)))
    assert history.crossings == (
        Crossing(BACKLOG, date(2025, 6, 1)),
        Crossing(READY, date(2025, 6, 3)),
        Crossing(DOING, date(2025, 6, 3)),
        Crossing(REVIEW, date(2025, 6, 9)),
        Crossing(DONE, date(2025, 6, 9)),
    )


def test_entries_tell_the_columns_in_the_order_of_the_log() -> None:
    moves = [Move(1, None, READY, on(1), 1, column=2), Move(1, READY, DOING, on(2), 2, column=3)]
    entries = history_of(moves).entries
    assert entries[-1] == Entry(DOING, 3, on(2), date(2025, 6, 2))


def test_a_clock_that_was_set_back_never_reorders_a_history() -> None:
    moves = [Move(1, None, READY, on(5), 1), Move(1, READY, DOING, on(4), 2), Move(1, DOING, DONE, on(6), 3)]
    history = history_of(list(reversed(moves)))
    assert started_and_finished(history) == (date(2025, 6, 5), date(2025, 6, 6))


def test_moves_of_one_command_follow_their_sequence() -> None:
    moves = [Move(1, READY, DOING, on(2), 1, seq=2), Move(1, None, READY, on(1), 1, seq=1)]
    assert history_of(moves).stage is DOING


def test_a_subject_without_moves_has_no_history() -> None:
    assert build_histories([SUBJECT], [], [], "UTC") == []


def test_each_item_gets_its_own_moves_and_blocks() -> None:
    other = Subject(2, "FERRY-2", "Refund a ticket", "bug")
    moves = [Move(2, None, DOING, on(2), 1), Move(1, None, READY, on(3), 2)]
    first, second = build_histories([SUBJECT, other], moves, [Blockage(2, on(3))], "UTC")
    assert (first.ref, first.stage, first.blocks) == ("FERRY-1", READY, ())
    assert (second.type, second.stage, second.blocks) == ("bug", DOING, (Blockage(2, on(3)),))


STEPS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from([*Stage, None])), min_size=1, max_size=12)


def random_walk(steps: list[tuple[int, Stage | None]]) -> list[Move]:
    moves: list[Move] = []
    at, before = on(1), None
    for version, (hours, stage) in enumerate(steps, start=1):
        at += timedelta(hours=hours)
        moves.append(Move(1, before, stage, at, version))
        before = stage
    return moves


@given(STEPS)
def test_the_dates_agree_with_the_last_place(steps: list[tuple[int, Stage | None]]) -> None:
    history = history_of(random_walk(steps))
    last = steps[-1][1]
    assert history.is_discarded == (last is None)
    if last is not None:
        assert history.is_finished == (last is DONE)
        assert history.is_in_progress == (last in (DOING, REVIEW))
        assert [crossing.stage for crossing in history.crossings] == list(Stage)[: last.position + 1]


@given(STEPS)
def test_crossings_never_run_backwards(steps: list[tuple[int, Stage | None]]) -> None:
    days = [crossing.on for crossing in history_of(random_walk(steps)).crossings]
    assert days == sorted(days)


@given(STEPS, STEPS)
def test_taking_back_every_later_move_gives_the_earlier_history(
    kept: list[tuple[int, Stage | None]], undone: list[tuple[int, Stage | None]]
) -> None:
    moves = random_walk(kept + undone)
    undos = [
        Move(1, move.to_stage, move.from_stage, on(30), len(moves) + number, undoes=move.version)
        for number, move in enumerate(reversed(moves[len(kept) :]), start=1)
    ]
    assert history_of(moves + undos) == history_of(moves[: len(kept)])
    assert without_undone(moves + undos) == moves[: len(kept)]
