"""Commands in an order that nobody planned: the log still tells what the tables hold, and no block is lost."""

from tests.blueprints.places import column_id
from tests.builders import World, sound


def test_discarding_what_a_question_holds_up_and_bringing_it_back(both: World) -> None:
    ref = both.item("Refunds", "In progress")
    question = both.ask(ref, "Which currency?", blocking=True)
    owner = both.browser("olga")
    assert owner.post(f"/items/{ref}/discard", {"reason": "Not now"}).status_code == 303
    assert sound(both)
    assert both.found(ref).open_blocks == []
    assert owner.post(f"/items/{ref}/restore").status_code == 303
    assert len(both.found(ref).open_blocks) == 1
    owner.post(f"/questions/{question}/answer", {"body": "Euro"})
    assert both.found(ref).open_blocks == []
    assert sound(both)


def test_an_answer_sent_back_holds_up_nothing_that_is_discarded(world: World) -> None:
    ref = world.item("Refunds", "In progress")
    question = world.ask(ref, "Which currency?", blocking=True)
    world.question(question, "answer", "Euro", by="olga")
    world.change(ref, "discard", "Not now")
    world.question(question, "send_back", "Which of them?", by="dev")
    assert world.found(ref).open_blocks == []
    assert sound(world)


def test_another_stage_of_a_column_is_another_order_of_columns(both: World) -> None:
    owner = both.browser("olga")
    owner.post("/products/FE/settings/columns", {"name": "Sorted", "stage": "doing"})
    form = {"name": "Sorted", "stage": "ready", "wip_mode": "off"}
    assert owner.post(f"/products/FE/settings/columns/{column_id(both, 'Sorted')}", form).status_code == 303
    assert both.kinds() == ["column_changed", "columns_ordered"]
    assert sound(both)


def test_what_was_blocked_is_blocked_again_when_its_finish_is_taken_back(both: World) -> None:
    ref = both.item("Refunds", "In progress")
    both.change(ref, "block", "The bank is away", waiting_for="the bank", by="dev")
    owner = both.browser("olga")
    owner.post(f"/items/{ref}/move", {"column": column_id(both, "Done")})
    assert both.found(ref).open_blocks == []
    owner.post(f"/products/FE/undo/{both.version()}")
    (block,) = both.found(ref).open_blocks
    assert (block.reason, block.waiting_for) == ("The bank is away", "the bank")
    assert sound(both)
