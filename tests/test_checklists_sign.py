"""Signing off, reopening and putting aside: who may, what is asked for, and what stays in the record."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.checklists import store
from bot.checklists.model import NOTE_LIMIT, Answer, Choices, Run, Signature
from bot.checklists.service import Checklists, key
from bot.database import Actor, Database
from bot.delivery import store as delivery
from bot.errors import AlreadyDone, AlreadyOpen, Discarded, Frozen, Gone, LearningLeft, Unmet
from tests.samples import ANA, BEN, FRAUD, HERE, NOW, Clock, micros

MUSTS = ("W1", "R1", "R2", "R4")


def started(checklists: Checklists, name: str = "house-check", scope: str = "full") -> int:
    return checklists.start(name, FRAUD, Choices(scope=scope), by=ANA, channel=HERE).run_id


def tick(checklists: Checklists, run_id: int, *items: str) -> None:
    for item in items:
        checklists.tick(run_id, item, ticked=True, clicked=micros(1), by=ANA)


def get(checklists: Checklists, run_id: int) -> Run:
    return checklists.get("T1", run_id)


def test_a_run_with_all_must_haves_met_is_signed(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, *MUSTS)
    checklists.sign(run_id, {}, comment=" Well done. ", by=BEN)
    run = get(checklists, run_id)
    verdict = "Part walls: passed; Part roof: passed"
    assert run.state == "signed"
    assert run.signature == Signature("UBEN", NOW, self_signed=False, verdict=verdict, comment="Well done.")


def test_not_applicable_with_a_reason_counts_as_met(checklists: Checklists) -> None:
    run_id = started(checklists)
    for item in MUSTS:
        checklists.answer(run_id, Answer(item, "na", "Not in this model."), by=ANA)
    checklists.sign(run_id, {}, by=BEN)
    assert get(checklists, run_id).state == "signed"


def test_each_must_have_that_is_not_met_needs_a_reason(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, "W1")
    checklists.answer(run_id, Answer("R1", "risk", "Few cases."), by=ANA)
    with pytest.raises(Unmet) as caught:
        checklists.sign(run_id, {}, by=BEN)
    assert caught.value.items == ["R1", "R2", "R4"]
    with pytest.raises(Unmet) as caught:
        checklists.sign(run_id, {"R1": "Agreed with legal.", "R2": " \u200b\n", "R4": ""}, by=BEN)
    assert caught.value.items == ["R2", "R4"]
    assert get(checklists, run_id).state == "open"


def test_accepted_risks_are_kept_with_their_reasons(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, "W1", "R1")
    reasons = {"R2": "Out of scope until May.", "R4": "x" * 2000, "W1": "Not needed.", "W2": "Not needed."}
    checklists.sign(run_id, reasons, by=BEN)
    run = get(checklists, run_id)
    assert run.signature
    assert run.signature.verdict == "Part walls: passed; Part roof: passed with risks"
    taken = {item: run.answer(item).accepted for item in run.items if run.answer(item).accepted}
    assert taken == {"R2": "Out of scope until May.", "R4": "x" * NOTE_LIMIT}
    last = checklists.record("T1", run_id).history[-1]
    assert (last.what, last.by) == ("signed", "UBEN")
    assert last.after["accepted"] == taken
    assert last.after["verdict"] == run.signature.verdict


def test_whoever_started_the_run_may_sign_and_it_is_marked(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, *MUSTS)
    checklists.sign(run_id, {}, by=ANA)
    signed = get(checklists, run_id).signature
    assert signed
    assert signed.self_signed
    assert checklists.record("T1", run_id).history[-1].after["self_signed"] is True


def test_an_item_that_was_unticked_meanwhile_is_asked_for(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, *MUSTS)
    checklists.tick(run_id, "R1", ticked=False, clicked=micros(2), by=BEN)
    with pytest.raises(Unmet) as caught:
        checklists.sign(run_id, {}, by=BEN)
    assert caught.value.items == ["R1"]


def test_a_signed_run_is_frozen(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, *MUSTS)
    checklists.sign(run_id, {}, by=BEN)
    before = checklists.record("T1", run_id)
    with pytest.raises(Frozen):
        checklists.sign(run_id, {}, by=ANA)
    with pytest.raises(Frozen):
        checklists.discard(run_id, by=ANA)
    with pytest.raises(Frozen):
        checklists.require_signable(get(checklists, run_id))
    assert checklists.record("T1", run_id) == before


def test_two_who_sign_at_once_leave_one_signature(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, *MUSTS)
    together = threading.Barrier(2)

    def sign(actor: Actor) -> str:
        together.wait()
        try:
            checklists.sign(run_id, {}, by=actor)
        except Frozen:
            return "frozen"
        return "signed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sign, (ANA, BEN))) == ["frozen", "signed"]
    assert [one.what for one in checklists.record("T1", run_id).history].count("signed") == 1


def test_a_signature_that_is_sent_twice_acts_once_and_a_refused_one_may_come_again(checklists: Checklists) -> None:
    run_id = started(checklists)
    once = Actor("T1", "UBEN", "v:1:h")
    with pytest.raises(Unmet):
        checklists.sign(run_id, {}, by=once)
    checklists.sign(run_id, dict.fromkeys(MUSTS, "We accept."), by=once)
    with pytest.raises(AlreadyDone):
        checklists.sign(run_id, dict.fromkeys(MUSTS, "We accept."), by=once)


def test_a_signature_asks_for_a_redraw_and_frees_the_name(checklists: Checklists, database: Database) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, *MUSTS)
    with database.read() as tx:
        before = delivery.find(tx, key("T1", run_id))
    checklists.sign(run_id, {}, by=BEN)
    with database.read() as tx:
        after = delivery.find(tx, key("T1", run_id))
    assert before
    assert after
    assert after.revision == before.revision + 1
    assert checklists.start("house-check", FRAUD, Choices(), by=ANA, channel=HERE).new


@pytest.mark.parametrize("state", ["gone", "discarded", "elsewhere"])
def test_a_run_that_is_not_there_cannot_be_signed(checklists: Checklists, state: str) -> None:
    run_id = started(checklists)
    if state == "discarded":
        checklists.discard(run_id, by=ANA)
    actor = Actor("T2", "UANA") if state == "elsewhere" else ANA
    with pytest.raises(Discarded if state == "discarded" else Gone):
        checklists.sign(4711 if state == "gone" else run_id, {}, by=actor)


# Verdicts as they are signed

SIGNED = [
    ("house-check", "full", "W1 R1 R2 R4", "", "Part walls: passed; Part roof: passed"),
    ("house-check", "full", "W1", "R1 R2 R4", "Part walls: passed; Part roof: passed with risks"),
    ("house-check", "quick", "W1", "R1", "Part walls: passed; Part roof: passed with risks"),
    ("house-check", "walls", "W1", "", "Part walls: passed"),
    ("band-check", "full", "C1 B1 A1 A2", "", "go"),
    ("band-check", "full", "C1 B1 A1", "A2", "go with limits"),
    ("band-check", "full", "", "C1 B1 A1 A2", "go with limits"),
    ("band-check", "quick", "C1 B1 A1", "", "go"),
    ("band-check", "C", "C1", "", "stop"),
    ("fire-drill", "full", "T1 L1 L2", "", "closed"),
    ("fire-drill", "full", "L1 L2", "T1", "closed"),
]


@pytest.mark.parametrize(("name", "scope", "met", "took", "verdict"), SIGNED)
def test_the_verdict_is_signed(
    checklists: Checklists, name: str, scope: str, met: str, took: str, verdict: str
) -> None:
    run_id = started(checklists, name, scope)
    tick(checklists, run_id, *met.split())
    checklists.sign(run_id, dict.fromkeys(took.split(), "We accept."), by=BEN)
    signed = get(checklists, run_id).signature
    assert signed
    assert signed.verdict == verdict
    assert checklists.brief("T1", run_id).verdict == verdict


@pytest.mark.parametrize(
    ("met", "verdict"), [("", "stop"), ("C1", "stop"), ("C1 B1", "go with limits"), ("C1 B1 A1", "go with limits")]
)
def test_a_banded_list_can_be_signed_with_its_risks_left_open(checklists: Checklists, met: str, verdict: str) -> None:
    run_id = started(checklists, "band-check")
    tick(checklists, run_id, *met.split())
    checklists.sign(run_id, {"A2": "Not asked for."}, stop=True, by=BEN)
    run = get(checklists, run_id)
    assert run.signature
    assert run.signature.verdict == verdict
    assert all(run.answer(item).accepted == "" for item in run.items)


def test_other_lists_cannot_be_signed_with_their_risks_left_open(checklists: Checklists) -> None:
    run_id = started(checklists)
    with pytest.raises(Unmet):
        checklists.sign(run_id, {}, stop=True, by=BEN)


def test_a_response_is_not_closed_before_its_learning_steps(checklists: Checklists) -> None:
    run_id = started(checklists, "fire-drill")
    tick(checklists, run_id, "T1", "L1")
    reasons = {"L2": "We accept.", "T1": "We accept."}
    with pytest.raises(LearningLeft, match="Do L2"):
        checklists.sign(run_id, reasons, by=BEN)
    with pytest.raises(LearningLeft, match="Do L2"):
        checklists.require_signable(get(checklists, run_id))
    checklists.answer(run_id, Answer("L2", "na", "Nothing to learn here."), by=ANA)
    checklists.require_signable(get(checklists, run_id))
    checklists.sign(run_id, {}, by=BEN)
    signed = get(checklists, run_id).signature
    assert signed
    assert signed.verdict == "closed"


# Reopening and putting aside


def test_a_reopened_run_is_open_with_its_answers_and_without_its_signature(
    checklists: Checklists, clock: Clock
) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, "W1")
    checklists.sign(run_id, dict.fromkeys(["R1", "R2", "R4"], "We accept."), comment="Fine.", by=BEN)
    signed = checklists.record("T1", run_id)
    clock.forward(days=1)
    checklists.reopen(run_id, by=ANA)
    run = get(checklists, run_id)
    assert (run.state, run.signature) == ("open", None)
    assert run.answer("W1").state == "done"
    assert all(run.answer(item).accepted == "" for item in run.items)
    past = checklists.record("T1", run_id).history
    assert past[:-1] == signed.history
    assert (past[-1].what, past[-1].by, past[-1].at) == ("reopened", "UANA", clock())
    assert past[-1].before == {"state": "signed", "verdict": "Part walls: passed; Part roof: passed with risks"}
    with pytest.raises(Unmet):
        checklists.sign(run_id, {}, by=BEN)


def test_a_run_that_was_put_aside_comes_back_whole(checklists: Checklists) -> None:
    run_id = started(checklists)
    tick(checklists, run_id, "W1")
    checklists.discard(run_id, by=BEN)
    assert get(checklists, run_id).state == "discarded"
    assert checklists.open_in("T1", HERE) == []
    checklists.reopen(run_id, by=ANA)
    assert get(checklists, run_id).answer("W1").state == "done"
    assert [one.what for one in checklists.record("T1", run_id).history] == [
        "started",
        "item",
        "discarded",
        "reopened",
    ]


def test_reopening_an_open_run_does_nothing(checklists: Checklists) -> None:
    run_id = started(checklists)
    before = checklists.record("T1", run_id)
    checklists.reopen(run_id, by=BEN)
    assert checklists.record("T1", run_id) == before


@pytest.mark.parametrize("put_away", ["signed", "discarded"])
def test_a_run_is_not_reopened_beside_another_open_one(checklists: Checklists, put_away: str) -> None:
    run_id = started(checklists)
    if put_away == "signed":
        checklists.sign(run_id, dict.fromkeys(MUSTS, "We accept."), by=BEN)
    else:
        checklists.discard(run_id, by=BEN)
    second = started(checklists)
    before = checklists.record("T1", run_id)
    with pytest.raises(AlreadyOpen):
        checklists.reopen(run_id, by=ANA)
    assert checklists.record("T1", run_id) == before
    checklists.discard(second, by=ANA)
    checklists.reopen(run_id, by=ANA)
    assert get(checklists, run_id).state == "open"


def test_reopening_while_a_start_is_being_saved_leaves_one_open_run(checklists: Checklists, database: Database) -> None:
    run_id = started(checklists)
    checklists.discard(run_id, by=ANA)

    def reopen() -> None:
        checklists.reopen(run_id, by=BEN)

    with database.write() as tx:
        row = store.lock_run(tx, "T1", run_id)
    assert row
    open_key = f"T1/{HERE}/house-check/check/{row.system_id}"
    # What a start writes, in a transaction that is still open while the reopening begins.
    fresh = {name: value for name, value in row._asdict().items() if name != "id"} | {"state": "open"}
    with ThreadPoolExecutor(1) as pool:
        with database.write() as tx:
            assert store.add_run(database, tx, {**fresh, "open_key": open_key})
            waiting = pool.submit(reopen)
            time.sleep(0.2)
        with pytest.raises(AlreadyOpen):
            waiting.result()
    assert len(checklists.open_in("T1", HERE)) == 1


@pytest.mark.parametrize("actor", [ANA, Actor("T2", "UANA")])
def test_what_is_not_there_is_not_reopened(checklists: Checklists, actor: Actor) -> None:
    run_id = started(checklists)
    with pytest.raises(Gone):
        checklists.reopen(run_id if actor.workspace == "T2" else 4711, by=actor)


def test_history_only_ever_grows(checklists: Checklists, clock: Clock) -> None:
    run_id = started(checklists)
    steps: list[Callable[[], object]] = [
        lambda: tick(checklists, run_id, "W1"),
        lambda: checklists.answer(run_id, Answer("R1", "risk", "Few."), by=BEN),
        lambda: checklists.sign(run_id, dict.fromkeys(MUSTS, "We accept."), by=BEN),
        lambda: checklists.reopen(run_id, by=ANA),
        lambda: checklists.answer(run_id, Answer("R1", "done", version=2), by=BEN),
        lambda: checklists.discard(run_id, by=ANA),
        lambda: checklists.reopen(run_id, by=BEN),
    ]
    past = checklists.record("T1", run_id).history
    for step in steps:
        clock.forward(minutes=1)
        step()
        now = checklists.record("T1", run_id).history
        assert now[:-1] == past
        assert now[-1].at == clock()
        past = now
