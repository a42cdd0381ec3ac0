"""Ticking: the newest click wins, nobody's tick is lost, and every click leads to a redraw."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count, permutations
from random import Random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checklists.model import Answer, Choices
from bot.checklists.service import Checklists, key
from bot.database import Actor, Database
from bot.delivery import store as delivery
from bot.delivery.model import Card
from bot.errors import Discarded, Frozen, Gone, NotABox
from bot.systems.model import Named
from tests.samples import ANA, BEN, FRAUD, HERE, LONG, NOW, Clock, micros

NAMES = count()


def started(checklists: Checklists, name: str = "house-check") -> int:
    system = Named(f"System {next(NAMES)}")
    return checklists.start(name, system, Choices(), by=ANA, channel=HERE).run_id


def answer(checklists: Checklists, run_id: int, item: str = "W1") -> Answer:
    return checklists.get("T1", run_id).answer(item)


def card(database: Database, run_id: int) -> Card:
    with database.read() as tx:
        found = delivery.find(tx, key("T1", run_id))
    assert found
    return found


def test_a_tick_sets_the_item_and_an_untick_opens_it(checklists: Checklists, clock: Clock) -> None:
    run_id = started(checklists)
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    clock.forward(minutes=5)
    assert answer(checklists, run_id) == Answer("W1", "done", by="UANA", at=NOW, version=1)
    checklists.tick(run_id, "W1", ticked=False, clicked=micros(2), by=BEN)
    assert answer(checklists, run_id) == Answer("W1", by="UBEN", at=clock(), version=2)


def test_each_change_is_kept_in_the_history(checklists: Checklists) -> None:
    run_id = started(checklists)
    for second, ticked in enumerate([True, False, True]):
        checklists.tick(run_id, "W1", ticked=ticked, clicked=micros(second), by=ANA)
    past = checklists.record("T1", run_id).history[1:]
    assert [(one.item_id, one.before["state"], one.after["state"]) for one in past] == [
        ("W1", "open", "done"),
        ("W1", "done", "open"),
        ("W1", "open", "done"),
    ]


@pytest.mark.parametrize("order", list(permutations([(1, True), (2, False), (3, True)])))
def test_the_newest_click_wins_in_any_order_of_arrival(
    checklists: Checklists, order: tuple[tuple[int, bool], ...]
) -> None:
    run_id = started(checklists)
    for second, ticked in order:
        checklists.tick(run_id, "W1", ticked=ticked, clicked=micros(second), by=ANA)
    assert answer(checklists, run_id).state == "done"
    assert answer(checklists, run_id).version == 3


CLICKS = st.lists(
    st.tuples(st.sampled_from(["W1", "W2", "R1"]), st.booleans(), st.integers(1, 10**12)),
    min_size=1,
    max_size=12,
    unique_by=lambda click: click[2],
)


@given(CLICKS, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reordered_and_repeated_clicks_end_where_the_newest_says(
    checklists: Checklists, clicks: list[tuple[str, bool, int]], random: Random
) -> None:
    run_id = started(checklists)
    arriving = clicks + clicks[: len(clicks) // 2]
    random.shuffle(arriving)
    for item, ticked, clicked in arriving:
        checklists.tick(run_id, item, ticked=ticked, clicked=clicked, by=ANA)
    newest = {item: ticked for item, ticked, _ in sorted(clicks, key=lambda click: click[2])}
    run = checklists.get("T1", run_id)
    assert {item: run.answer(item).state == "done" for item in newest} == newest


def test_a_late_click_changes_only_the_version_and_asks_for_a_redraw(
    checklists: Checklists, database: Database
) -> None:
    run_id = started(checklists)
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(9), by=ANA)
    before, drawn_before = answer(checklists, run_id), card(database, run_id).revision
    checklists.tick(run_id, "W1", ticked=False, clicked=micros(5), by=BEN)
    after = answer(checklists, run_id)
    assert (after.state, after.by, after.version) == ("done", "UANA", before.version + 1)
    assert card(database, run_id).revision == drawn_before + 1
    assert len(checklists.record("T1", run_id).history) == 2


def test_a_late_click_does_not_make_older_clicks_win(checklists: Checklists) -> None:
    run_id = started(checklists)
    for second, ticked in ((9, True), (5, False), (7, False)):
        checklists.tick(run_id, "W1", ticked=ticked, clicked=micros(second), by=ANA)
    assert answer(checklists, run_id).state == "done"


def test_a_newer_click_for_the_same_state_is_remembered_without_history(checklists: Checklists) -> None:
    run_id = started(checklists)
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(9), by=BEN)
    checklists.tick(run_id, "W1", ticked=False, clicked=micros(5), by=BEN)
    assert (answer(checklists, run_id).state, answer(checklists, run_id).by) == ("done", "UANA")
    assert len(checklists.record("T1", run_id).history) == 2


def test_a_tick_keeps_note_evidence_and_owner(checklists: Checklists) -> None:
    run_id = started(checklists)
    given = Answer("W1", "open", "See the wiki.", "https://wiki.example", "UBEN")
    checklists.answer(run_id, given, by=ANA)
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(60), by=BEN)
    told = answer(checklists, run_id)
    assert (told.state, told.note, told.evidence, told.owner) == (
        "done",
        "See the wiki.",
        "https://wiki.example",
        "UBEN",
    )


def test_a_click_made_before_a_save_does_not_undo_it(checklists: Checklists) -> None:
    run_id = started(checklists)
    checklists.answer(run_id, Answer("W1", "done"), clicked=micros(0), by=ANA)
    checklists.tick(run_id, "W1", ticked=False, clicked=micros(-1), by=BEN)
    assert answer(checklists, run_id).state == "done"
    checklists.tick(run_id, "W1", ticked=False, clicked=micros(1), by=BEN)
    assert answer(checklists, run_id).state == "open"


@pytest.mark.parametrize("state", ["na", "risk"])
@pytest.mark.parametrize("ticked", [True, False])
def test_an_item_that_is_no_box_refuses(checklists: Checklists, state: str, ticked: object) -> None:
    run_id = started(checklists)
    checklists.answer(run_id, Answer("W1", "na" if state == "na" else "risk", "Because."), by=ANA)
    before = checklists.record("T1", run_id)
    with pytest.raises(NotABox):
        checklists.tick(run_id, "W1", ticked=bool(ticked), clicked=micros(99), by=BEN)
    assert checklists.record("T1", run_id) == before


def test_a_signed_run_refuses(checklists: Checklists) -> None:
    run_id = started(checklists)
    checklists.sign(run_id, dict.fromkeys(["W1", "R1", "R2", "R4"], "We accept."), by=BEN)
    with pytest.raises(Frozen):
        checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    assert answer(checklists, run_id).state == "open"


def test_a_run_that_is_gone_or_not_ours_refuses(checklists: Checklists) -> None:
    run_id = started(checklists)
    for actor, wanted, item in (
        (ANA, run_id, "X9"),
        (ANA, run_id, ""),
        (ANA, 4711, "W1"),
        (Actor("T2", "UANA"), run_id, "W1"),
    ):
        with pytest.raises(Gone):
            checklists.tick(wanted, item, ticked=True, clicked=micros(1), by=actor)
    checklists.discard(run_id, by=ANA)
    with pytest.raises(Discarded):
        checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)


def test_a_save_knows_slacks_clock_only_so_ours_may_be_wrong(checklists: Checklists) -> None:
    run_id = started(checklists)
    checklists.answer(run_id, Answer("W1", "done"), clicked=micros(-3600), by=ANA)
    checklists.tick(run_id, "W1", ticked=False, clicked=micros(-3590), by=BEN)
    assert answer(checklists, run_id).state == "open"


def test_an_item_outside_the_scope_refuses(checklists: Checklists) -> None:
    walls = checklists.start("house-check", FRAUD, Choices(scope="walls"), by=ANA, channel=HERE).run_id
    with pytest.raises(Gone):
        checklists.tick(walls, "R1", ticked=True, clicked=micros(1), by=ANA)


@pytest.mark.usefixtures("patience")
def test_everybody_ticking_everything_at_once_loses_nothing(checklists: Checklists, database: Database) -> None:
    run_id = started(checklists, "long-check")
    items = [item.id for item in LONG.phases[0].items]
    together = threading.Barrier(len(items))

    def tick(numbered: tuple[int, str]) -> None:
        together.wait()
        number, item = numbered
        checklists.tick(run_id, item, ticked=True, clicked=micros(number), by=Actor("T1", f"U{number}"))

    with ThreadPoolExecutor(len(items)) as pool:
        list(pool.map(tick, enumerate(items)))
    run = checklists.get("T1", run_id)
    assert run.count() == (39, 39)
    assert {item: run.answer(item).by for item in items} == {item: f"U{n}" for n, item in enumerate(items)}
    assert len(checklists.record("T1", run_id).history) == 40
    assert card(database, run_id).revision == 40


@pytest.mark.usefixtures("patience")
def test_fifty_clicks_on_one_item_at_once_end_where_the_newest_says(checklists: Checklists) -> None:
    run_id = started(checklists)
    together = threading.Barrier(50)

    def tick(number: int) -> None:
        together.wait()
        checklists.tick(run_id, "W1", ticked=number % 2 == 1, clicked=micros(number), by=ANA)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(tick, range(50)))
    assert answer(checklists, run_id).state == "done"
    assert answer(checklists, run_id).version == 50


def test_each_click_asks_for_a_redraw(checklists: Checklists, database: Database) -> None:
    run_id = started(checklists)
    with database.write() as tx:
        delivery.sent(tx, key("T1", run_id), 1, "1.2")
        assert delivery.undrawn(tx) == []
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    with database.read() as tx:
        assert [one.key for one in delivery.undrawn(tx)] == [key("T1", run_id)]


@pytest.mark.parametrize(
    ("state", "settled"), [("unknown", "sent"), ("held", "sent"), ("sending", "sent"), ("refused", "refused")]
)
def test_a_click_tells_where_a_card_lives_whose_posting_was_unclear(
    checklists: Checklists, database: Database, state: str, settled: str
) -> None:
    run_id = started(checklists)
    with database.write() as tx:
        delivery.settle(tx, key("T1", run_id), {"state": state})
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), seen_at="1712.5", by=ANA)
    found = card(database, run_id)
    assert (found.state, found.ts) == (settled, "1712.5" if settled == "sent" else None)


def test_a_repeated_delivery_of_a_click_changes_nothing_more(checklists: Checklists) -> None:
    run_id = started(checklists)
    once = Actor("T1", "UANA", f"a:{uuid4()}")
    for _ in range(2):
        checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=once)
    assert answer(checklists, run_id).state == "done"
    assert len(checklists.record("T1", run_id).history) == 2
