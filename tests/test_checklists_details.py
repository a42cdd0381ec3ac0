"""Details of an item: what is saved, what is refused with a sentence, and what happens when two edit at once."""

from dataclasses import replace

import pytest

from bot.blocks import web_address
from bot.checklists.model import NOTE_LIMIT, Answer, Choices
from bot.checklists.service import Checklists
from bot.database import Actor
from bot.errors import AlreadyDone, Discarded, FieldErrors, Frozen, Gone
from tests.samples import ANA, BEN, FRAUD, HERE, HOSTILE, NOW, Clock, micros

FULL = Answer("W1", "risk", "Few cases.", "https://wiki.example/w1", "UBEN")


@pytest.fixture
def run_id(checklists: Checklists) -> int:
    return checklists.start("house-check", FRAUD, Choices(), by=ANA, channel=HERE).run_id


def kept(checklists: Checklists, run_id: int) -> Answer:
    return checklists.get("T1", run_id).answer("W1")


def test_everything_that_was_given_is_saved(checklists: Checklists, run_id: int) -> None:
    assert checklists.answer(run_id, FULL, by=BEN) == "saved"
    assert kept(checklists, run_id) == replace(FULL, by="UBEN", at=NOW, version=1)


def test_the_history_names_what_changed_and_nothing_else(checklists: Checklists, run_id: int, clock: Clock) -> None:
    checklists.answer(run_id, FULL, by=ANA)
    clock.forward(hours=1)
    checklists.answer(run_id, replace(FULL, state="done", owner=None, version=1), by=BEN)
    last = checklists.record("T1", run_id).history[-1]
    assert (last.by, last.at, last.what, last.item_id) == ("UBEN", clock(), "item", "W1")
    assert (dict(last.before), dict(last.after)) == (
        {"state": "risk", "owner": "UBEN"},
        {"state": "done", "owner": None},
    )


def test_an_unchanged_form_leaves_no_trace(checklists: Checklists, run_id: int) -> None:
    assert checklists.answer(run_id, Answer("W1"), by=BEN) == "unchanged"
    checklists.answer(run_id, FULL, by=ANA)
    before = checklists.record("T1", run_id)
    assert checklists.answer(run_id, replace(FULL, version=1), by=BEN) == "unchanged"
    assert checklists.record("T1", run_id) == before


def test_a_form_that_was_overtaken_saves_nothing(checklists: Checklists, run_id: int) -> None:
    checklists.answer(run_id, FULL, by=ANA)
    before = checklists.record("T1", run_id)
    assert checklists.answer(run_id, replace(FULL, note="Many cases."), by=BEN) == "overtaken"
    assert checklists.record("T1", run_id) == before
    assert checklists.answer(run_id, replace(FULL, note="Many cases.", version=1), by=BEN) == "saved"


def test_a_tick_overtakes_a_form(checklists: Checklists, run_id: int) -> None:
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    assert checklists.answer(run_id, Answer("W1", note="Hello"), by=BEN) == "overtaken"
    assert checklists.answer(run_id, Answer("W1", "done", "Hello", version=1), by=BEN) == "saved"


def test_two_who_give_the_same_answer_do_not_disturb_each_other(checklists: Checklists, run_id: int) -> None:
    checklists.answer(run_id, FULL, by=ANA)
    assert checklists.answer(run_id, FULL, by=BEN) == "unchanged"
    assert kept(checklists, run_id).by == "UANA"


@pytest.mark.parametrize("note", ["", "  ", "\n\t", "\u200b\u202e\ufeff", "\u200d \u200c", "\x00"])
@pytest.mark.parametrize("state", ["na", "risk"])
def test_a_reason_must_have_letters_in_it(checklists: Checklists, run_id: int, state: str, note: str) -> None:
    given = Answer("W1", "na" if state == "na" else "risk", note)
    with pytest.raises(FieldErrors) as caught:
        checklists.answer(run_id, given, by=ANA)
    assert list(caught.value.fields) == ["note"]
    assert kept(checklists, run_id) == Answer("W1")


@pytest.mark.parametrize(
    "address",
    [
        "http://intranet/page",
        "https://example.com",
        "https://example.com/a?b=c&d=e#f",
        "https://bücher.example/ä",
        "https://127.0.0.1:8080/x",
        "https://[::1]/x",
    ],
)
def test_a_web_address_is_taken(checklists: Checklists, run_id: int, address: str) -> None:
    checklists.answer(run_id, Answer("W1", evidence=f" {address} "), by=ANA)
    assert kept(checklists, run_id).evidence == address


@pytest.mark.parametrize(
    "address",
    [
        "example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "data:text/html,hello",
        "mailto:a@example.com",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://a b.example",
        "https://a.example/<b>",
        "https://evil.example|https://bank.example",
        "https://a.example\nhttps://b.example",
        "https://[nonsense",
        "see https://example.com",
        "https://a.example/" + "x" * 2000,
    ],
)
def test_anything_else_is_not(checklists: Checklists, run_id: int, address: str) -> None:
    assert web_address(address) is None
    with pytest.raises(FieldErrors) as caught:
        checklists.answer(run_id, Answer("W1", evidence=address), by=ANA)
    assert list(caught.value.fields) == ["evidence"]


def test_a_note_has_1500_characters(checklists: Checklists, run_id: int) -> None:
    assert checklists.answer(run_id, Answer("W1", note="x" * NOTE_LIMIT), by=ANA) == "saved"
    with pytest.raises(FieldErrors, match="mend"):
        checklists.answer(run_id, Answer("W1", note="x" * (NOTE_LIMIT + 1), version=1), by=ANA)
    assert len(kept(checklists, run_id).note) == NOTE_LIMIT


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_people_write_can_be_kept_and_read(checklists: Checklists, run_id: int, text: str) -> None:
    given = Answer("W1", "risk", text[:NOTE_LIMIT])
    assert checklists.answer(run_id, given, by=ANA) == "saved"
    note = kept(checklists, run_id).note
    assert note.strip() == note != ""
    assert not set(note) & set("\x00\x07\x1b\ufeff\u200b\u202e\u2066\r\ud83d")


def test_an_evidence_link_with_invisible_letters_is_cleaned(checklists: Checklists, run_id: int) -> None:
    checklists.answer(run_id, Answer("W1", evidence="https://a.example/\x00\u202eb"), by=ANA)
    assert kept(checklists, run_id).evidence == "https://a.example/b"


def test_a_form_that_is_sent_twice_acts_once(checklists: Checklists, run_id: int) -> None:
    once = Actor("T1", "UANA", "v:1:h")
    checklists.answer(run_id, FULL, by=once)
    with pytest.raises(AlreadyDone):
        checklists.answer(run_id, FULL, by=once)
    assert len(checklists.record("T1", run_id).history) == 2


def test_a_refused_form_may_be_sent_again(checklists: Checklists, run_id: int) -> None:
    once = Actor("T1", "UANA", "v:1:h")
    with pytest.raises(FieldErrors):
        checklists.answer(run_id, Answer("W1", "na"), by=once)
    assert checklists.answer(run_id, Answer("W1", "na", "No labels."), by=once) == "saved"


def test_a_run_that_is_signed_or_gone_refuses(checklists: Checklists, run_id: int) -> None:
    for actor, wanted, item in ((ANA, run_id, "X9"), (ANA, 4711, "W1"), (Actor("T2", "UANA"), run_id, "W1")):
        with pytest.raises(Gone):
            checklists.answer(wanted, replace(FULL, item_id=item), by=actor)
    checklists.sign(run_id, dict.fromkeys(["W1", "R1", "R2", "R4"], "We accept."), by=BEN)
    with pytest.raises(Frozen):
        checklists.answer(run_id, FULL, by=ANA)
    checklists.reopen(run_id, by=ANA)
    checklists.discard(run_id, by=ANA)
    with pytest.raises(Discarded):
        checklists.answer(run_id, FULL, by=ANA)
