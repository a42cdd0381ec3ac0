"""The incident side of a run: what its preparation lacked, roles, the clock, the timeline."""

import pytest

from bot.checklists.model import ENTRY_LIMIT, Answer, Choices, Response
from bot.checklists.service import Checklists
from bot.database import Actor
from bot.errors import AlreadyDone, Discarded, FieldErrors, Frozen
from bot.installs.service import Installs
from bot.systems.model import Named
from tests.samples import ANA, BEN, FRAUD, HERE, HOSTILE, NOW, THERE, Clock, micros

ROLES: dict[str, str | None] = {"severity": "S1", "lead": "UANA", "operations": "UBEN", "communications": "UCLEO"}


def prepare(checklists: Checklists, *met: str, named: Named = FRAUD, channel: str = HERE, by: Actor = ANA) -> int:
    run_id = checklists.start("fire-drill", named, Choices(purpose="prepare"), by=by, channel=channel).run_id
    for item in met:
        checklists.tick(run_id, item, ticked=True, clicked=micros(1), by=by)
    return run_id


def respond(checklists: Checklists, named: Named = FRAUD) -> int:
    return checklists.start("fire-drill", named, Choices(), by=ANA, channel=HERE).run_id


def incident(checklists: Checklists, run_id: int) -> Response:
    found = checklists.get("T1", run_id).response
    assert found
    return found


def missing(checklists: Checklists, named: Named = FRAUD) -> tuple[str, ...] | None:
    return incident(checklists, respond(checklists, named)).missing


# What the preparation lacked


def test_no_preparation_is_on_record(checklists: Checklists) -> None:
    assert missing(checklists) is None


def test_every_unmet_step_of_the_preparation_is_named(checklists: Checklists) -> None:
    run_id = prepare(checklists, "P1")
    checklists.answer(run_id, Answer("P3", "na", "No pager."), by=ANA)
    assert missing(checklists) == ("Do P2",)


def test_a_whole_preparation_lacks_nothing(checklists: Checklists) -> None:
    prepare(checklists, "P1", "P2", "P3")
    assert missing(checklists) == ()


def test_a_signed_preparation_counts_and_its_accepted_risks_are_named(checklists: Checklists) -> None:
    checklists.sign(prepare(checklists, "P1", "P3"), {"P2": "Next month."}, by=BEN)
    assert missing(checklists) == ("Do P2",)


def test_a_discarded_preparation_does_not_count(checklists: Checklists) -> None:
    checklists.discard(prepare(checklists, "P1"), by=ANA)
    assert missing(checklists) is None


def test_the_newest_preparation_counts(checklists: Checklists) -> None:
    checklists.sign(prepare(checklists, "P1", "P2", "P3"), {}, by=BEN)
    prepare(checklists, "P1")
    assert missing(checklists) == ("Do P2", "Do P3")


def test_the_same_version_comes_before_a_newer_run_of_another(checklists: Checklists) -> None:
    prepare(checklists, "P1", "P2", named=FRAUD)
    prepare(checklists, named=Named("Fraud model", "v4"))
    assert missing(checklists) == ("Do P3",)


def test_another_version_is_better_than_nothing(checklists: Checklists) -> None:
    prepare(checklists, "P1", "P2", named=Named("Fraud model", "v2"))
    assert missing(checklists) == ("Do P3",)


def test_a_response_without_a_version_takes_any(checklists: Checklists) -> None:
    prepare(checklists, "P1", "P2", named=FRAUD)
    assert missing(checklists, Named("fraud model")) == ("Do P3",)


def test_another_system_does_not_count(checklists: Checklists) -> None:
    prepare(checklists, "P1", named=Named("Churn model", "v3"))
    assert missing(checklists) is None


def test_a_public_channel_counts_and_a_private_or_unknown_one_never_leaks(
    checklists: Checklists, installs: Installs, clock: Clock
) -> None:
    prepare(checklists, "P1", "P2", channel=THERE)
    assert missing(checklists, Named("Fraud model", "v3")) is None
    installs.note_channel("T1", THERE, public=False)
    checklists.discard(respond(checklists), by=ANA)
    assert missing(checklists) is None
    installs.note_channel("T1", THERE, public=True)
    checklists.discard(respond(checklists), by=ANA)
    assert missing(checklists) == ("Do P3",)
    clock.forward(hours=25)
    checklists.discard(respond(checklists), by=ANA)
    assert missing(checklists) is None


def test_another_workspace_never_counts(checklists: Checklists, installs: Installs) -> None:
    installs.note_channel("T2", HERE, public=True)
    prepare(checklists, "P1", by=Actor("T2", "UANA"))
    assert missing(checklists) is None


def test_what_was_missing_at_the_start_stays_on_record(checklists: Checklists) -> None:
    prepared = prepare(checklists)
    run_id = respond(checklists)
    checklists.tick(prepared, "P1", ticked=True, clicked=micros(1), by=ANA)
    assert incident(checklists, run_id).missing == ("Do P1", "Do P2", "Do P3")


# Severity and roles


def test_a_response_starts_without_severity_and_roles(checklists: Checklists) -> None:
    assert incident(checklists, respond(checklists)) == Response()


def test_severity_and_roles_are_set_and_recorded(checklists: Checklists) -> None:
    run_id = respond(checklists)
    checklists.lead(run_id, ROLES, by=BEN)
    checklists.lead(run_id, {"lead": None}, by=BEN)
    assert incident(checklists, run_id) == Response("S1", None, "UBEN", "UCLEO")
    first, second = checklists.record("T1", run_id).history[1:]
    assert (first.what, first.before["severity"], first.after["severity"]) == ("roles", None, "S1")
    assert (second.before["lead"], second.after["lead"]) == ("UANA", None)


def test_the_same_roles_again_leave_no_trace(checklists: Checklists) -> None:
    run_id = respond(checklists)
    for _ in range(2):
        checklists.lead(run_id, ROLES, by=BEN)
    assert len(checklists.record("T1", run_id).history) == 2


# The clock


def test_containing_stops_the_clock_once(checklists: Checklists, clock: Clock) -> None:
    run_id = respond(checklists)
    clock.forward(minutes=7)
    contained = clock()
    checklists.contain(run_id, by=BEN)
    clock.forward(minutes=7)
    checklists.contain(run_id, by=ANA)
    response = incident(checklists, run_id)
    assert response.contained_at == contained
    assert [(one.what, one.by, one.at) for one in response.timeline] == [("contained", "UBEN", contained)]


def test_only_a_response_has_a_clock(checklists: Checklists) -> None:
    run_id = checklists.start("house-check", FRAUD, Choices(), by=ANA, channel=HERE).run_id
    checklists.contain(run_id, by=ANA)
    assert len(checklists.record("T1", run_id).history) == 1


# The timeline


def test_entries_stand_in_order_with_their_times(checklists: Checklists, clock: Clock) -> None:
    run_id = respond(checklists)
    checklists.note(run_id, "  Alerts fired. ", by=ANA)
    clock.forward(minutes=3)
    source = {"link": "https://x.example/p1", "author": "UCLEO", "said_at": ""}
    checklists.note(run_id, "Rolled back.", source=source, by=BEN)
    one, two = incident(checklists, run_id).timeline
    assert (one.at, one.by, dict(one.after)) == (NOW, "UANA", {"text": "Alerts fired."})
    assert (two.at, two.by) == (clock(), "UBEN")
    assert two.after == {"text": "Rolled back.", "link": "https://x.example/p1", "author": "UCLEO"}


def test_a_message_keeps_its_author_and_its_time(checklists: Checklists, clock: Clock) -> None:
    run_id = respond(checklists)
    clock.forward(minutes=9)
    checklists.note(run_id, "Alerts fired.", by=ANA)
    source = {"link": "https://x.example/p1", "author": "UCLEO", "said_at": NOW.isoformat()}
    checklists.note(run_id, "It answers in French.", source=source, by=BEN)
    first, second = incident(checklists, run_id).timeline
    assert (first.told_by, first.by, first.happened_at) == ("UCLEO", "UBEN", NOW)
    assert (second.told_by, second.happened_at) == ("UANA", clock())


def test_setting_one_role_leaves_what_somebody_else_set(checklists: Checklists) -> None:
    run_id = respond(checklists)
    checklists.lead(run_id, {"lead": "UANA"}, by=ANA)
    checklists.lead(run_id, {"operations": "UBEN"}, by=BEN)
    response = incident(checklists, run_id)
    assert (response.lead, response.operations) == ("UANA", "UBEN")


def test_ticks_do_not_show_in_the_timeline(checklists: Checklists) -> None:
    run_id = respond(checklists)
    checklists.tick(run_id, "T1", ticked=True, clicked=micros(1), by=ANA)
    assert incident(checklists, run_id).timeline == ()


@pytest.mark.parametrize("text", ["", " \n", "\u200b\x00"])
def test_an_empty_entry_is_refused(checklists: Checklists, text: str) -> None:
    run_id = respond(checklists)
    with pytest.raises(FieldErrors) as caught:
        checklists.note(run_id, text, by=ANA)
    assert caught.value.fields == {"text": "Write what happened, in a sentence."}


def test_an_entry_has_1000_characters(checklists: Checklists) -> None:
    run_id = respond(checklists)
    checklists.note(run_id, "x" * ENTRY_LIMIT, by=ANA)
    with pytest.raises(FieldErrors) as caught:
        checklists.note(run_id, "x" * (ENTRY_LIMIT + 1), by=ANA)
    assert "this has 1001" in caught.value.fields["text"]
    assert len(incident(checklists, run_id).timeline) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_people_write_can_be_kept_and_read(checklists: Checklists, text: str) -> None:
    run_id = respond(checklists)
    checklists.note(run_id, text[:ENTRY_LIMIT], by=ANA)
    assert incident(checklists, run_id).timeline[0].after["text"]


def test_an_entry_that_is_sent_twice_is_added_once(checklists: Checklists) -> None:
    run_id = respond(checklists)
    once = Actor("T1", "UANA", "v:1:h")
    checklists.note(run_id, "Rolled back.", by=once)
    with pytest.raises(AlreadyDone):
        checklists.note(run_id, "Rolled back.", by=once)
    assert len(incident(checklists, run_id).timeline) == 1


def test_a_closed_or_discarded_response_takes_nothing_more(checklists: Checklists) -> None:
    run_id = respond(checklists)
    for item in ("T1", "L1", "L2"):
        checklists.tick(run_id, item, ticked=True, clicked=micros(1), by=ANA)
    checklists.sign(run_id, {}, by=BEN)
    with pytest.raises(Frozen):
        checklists.note(run_id, "Late.", by=ANA)
    with pytest.raises(Frozen):
        checklists.lead(run_id, ROLES, by=ANA)
    with pytest.raises(Frozen):
        checklists.contain(run_id, by=ANA)
    checklists.reopen(run_id, by=ANA)
    checklists.discard(run_id, by=ANA)
    with pytest.raises(Discarded):
        checklists.note(run_id, "Late.", by=ANA)


def test_open_responses_of_a_channel_are_listed_newest_first(checklists: Checklists) -> None:
    first = respond(checklists)
    second = respond(checklists, Named("Churn model"))
    closed = respond(checklists, Named("Old model"))
    checklists.discard(closed, by=ANA)
    prepare(checklists)
    checklists.start("house-check", FRAUD, Choices(), by=ANA, channel=HERE)
    checklists.start("fire-drill", FRAUD, Choices(), by=ANA, channel=THERE)
    assert [run.id for run in checklists.open_responses("T1", HERE)] == [second, first]
    assert checklists.open_responses("T2", HERE) == []
