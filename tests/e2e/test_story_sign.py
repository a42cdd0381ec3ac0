"""Signing off, and what comes after: frozen, reopened, discarded, posted again, its history."""

import copy
import time

from bot import library
from sandbox.client import Json, PersonClient, words
from tests.e2e.team import DETAILS, Team, boxes, buttons

LLM = library.load().checklists["llm-check"]
ITEMS = {item.id: item for phase in LLM.phases for item in phase.items}
MUSTS = [item.id for item in ITEMS.values() if item.level == "must"]
SIGN, REOPEN = "checklist.sign", "checklist.reopen"


def sign(who: PersonClient, card: Json, **fields: str) -> Json:
    """Open the form for a signature of a run that has everything, and submit it."""
    who.click(card, SIGN)
    who.opened("Verdict")
    return who.submit(fields)


def outcomes(card: Json) -> list[str]:
    """Give the outcome of each phase of a signed card, as its headline says."""
    headlines = [one for one in words(card["data"]).splitlines() for phase in LLM.phases if f"*{phase.title}*" in one]
    return [one.rpartition(" · ")[2] for one in headlines]


def all_met(team: Team, *but: str) -> Json:
    """Start a run and tick every must-have but some."""
    card = team.start("llm-check")
    done = [one for one in MUSTS if one not in but]
    team.tick(team.anna, card, *done)
    return team.card(f"{len(done)} of {len(ITEMS)} done")


def test_a_run_with_every_must_have_met_is_signed_with_its_verdict_on_the_card(team: Team) -> None:
    sign(team.ben, all_met(team), comment="Go.")
    card = team.card("🔒 *Signed* by <@U0BENORTIZ>", by=team.chika)
    shown = words(card["data"])
    assert "self-signed" not in shown
    assert outcomes(card) == ["passed"] * len(LLM.phases)
    assert "Passed" in shown
    assert "> Go." in shown
    assert buttons(team.card()) == [DETAILS, "checklist.export", REOPEN]


def test_a_signature_of_whoever_started_the_run_is_marked_self_signed(team: Team) -> None:
    card = all_met(team)
    team.anna.click(card, SIGN)
    team.anna.opened("your signature is marked *self-signed*")
    team.anna.submit()
    team.card("· self-signed")


def test_each_open_must_have_needs_a_reason_and_shows_it_on_the_card(team: Team) -> None:
    first, second, *_ = MUSTS
    card = all_met(team, first, second)
    team.anna.click(card, SIGN)
    form = team.anna.opened("2 must-haves are not met")
    assert ITEMS[first].title in str(form["data"]["blocks"])
    missing = team.anna.submit({f"reason~{first}": "Small pilot"})["errors"]
    assert list(missing) == [f"reason~{second}"]
    blank = team.anna.submit({f"reason~{first}": "Small pilot", f"reason~{second}": " \u200b "})["errors"]
    assert "Say why this risk is acceptable" in blank[f"reason~{second}"]
    assert "Signed" not in words(team.card()["data"])
    team.anna.submit({f"reason~{first}": "Small pilot", f"reason~{second}": "Reviewed monthly"})
    card = team.card("🔒 *Signed*")
    assert "Small pilot" in words(card["data"])
    assert "Reviewed monthly" in words(card["data"])
    assert outcomes(card) == ["passed with risks", "passed", "passed", "passed"]


def test_not_applicable_with_a_reason_counts_as_met(team: Team) -> None:
    card = all_met(team, MUSTS[0])
    team.answer(team.anna, card, MUSTS[0], state="na", note="We train nothing")
    sign(team.ben, team.card("We train nothing"))
    assert outcomes(team.card("🔒 *Signed*")) == ["passed"] * len(LLM.phases)


def test_a_must_have_that_is_unticked_meanwhile_is_asked_for_in_the_same_form(team: Team) -> None:
    card = all_met(team, MUSTS[0])
    team.anna.click(card, SIGN)
    team.anna.opened("1 must-have is not met")
    team.tick(team.ben, card, MUSTS[1])
    team.until(lambda: not boxes(team.card())[MUSTS[1]])
    team.anna.submit({f"reason~{MUSTS[0]}": "Small pilot", "comment": "Kept"})
    form = team.anna.opened("Somebody changed the checklist meanwhile")
    assert form["form"][f"reason~{MUSTS[0]}::form.field"] == ["Small pilot"]
    assert form["form"]["comment::form.field"] == ["Kept"]
    team.anna.submit({f"reason~{MUSTS[1]}": "Also fine"})
    team.card("🔒 *Signed*")


def test_a_signed_run_is_frozen_and_says_so_to_whoever_clicks(team: Team) -> None:
    card = all_met(team)
    team.tick(team.ben, card, MUSTS[0])
    late = copy.deepcopy(team.stage.sent("block_actions"))
    late["actions"][0] |= {"action_ts": f"{time.time() + 60:.6f}"}
    late["trigger_id"] += "7"
    team.tick(team.ben, team.card(f"{len(MUSTS) - 1} of"), MUSTS[0])
    sign(team.anna, team.card(f"{len(MUSTS)} of"))
    signed = words(team.card("🔒 *Signed*")["data"])
    assert team.stage.deliver(late) == (200, "")
    team.told(team.ben, "This checklist is signed, so nothing on it changes. Press *Reopen*")
    assert not any(one["ephemeral"] for one in team.seen(team.anna))
    assert words(team.card()["data"]) == signed


def test_details_of_a_signed_run_are_shown_without_a_form(team: Team) -> None:
    sign(team.anna, all_met(team))
    team.ben.click(team.card("🔒 *Signed*"), DETAILS)
    form = team.ben.opened("How to check")
    assert form["data"]["submit"] is None
    assert [one for one in form["data"]["blocks"] if one["type"] == "input"] == []


def test_a_signed_run_is_reopened_and_the_history_keeps_the_signature(team: Team) -> None:
    sign(team.anna, all_met(team))
    team.ben.click(team.card("🔒 *Signed*"), REOPEN)
    card = team.card("Last: <@U0BENORTIZ> reopened it")
    assert all(boxes(card)[one] for one in MUSTS)
    team.tick(team.ben, card, MUSTS[0])
    team.more(team.chika, team.card("unticked"), "history")
    past = words(team.chika.opened("started it")["data"])
    for text in ("<@U0BENORTIZ> unticked", "<@U0BENORTIZ> reopened it", "<@U0ANNABERG> signed it", "ticked"):
        assert text in past
    assert past.index("reopened it") < past.index("signed it") < past.index("started it")


def test_reopening_drops_accepted_risks_so_that_they_are_asked_for_again(team: Team) -> None:
    card = all_met(team, MUSTS[0])
    team.anna.click(card, SIGN)
    team.anna.opened()
    team.anna.submit({f"reason~{MUSTS[0]}": "Small pilot"})
    team.ben.click(team.card("Small pilot"), REOPEN)
    team.ben.click(team.card("reopened it"), SIGN)
    assert "Small pilot" not in words(team.ben.opened("1 must-have is not met")["data"])


def test_a_discarded_run_makes_room_for_another_and_can_come_back(team: Team) -> None:
    card = team.start("llm-check")
    team.tick(team.anna, card, MUSTS[0])
    team.more(team.ben, team.card("1 of"), "discard")
    gone = team.card("*Discarded.* Nothing was lost")
    assert buttons(gone) == [DETAILS, "checklist.export", REOPEN]
    team.anna.click(gone, REOPEN)
    assert boxes(team.card("<@U0ANNABERG> reopened it"))[MUSTS[0]]
    team.more(team.ben, team.card(), "discard")
    team.card("*Discarded.*")
    again = team.start("llm-check")
    assert not any(boxes(again).values())
    team.anna.click(gone, REOPEN)
    team.told(team.anna, "Another run of this checklist is open for the same system in this channel.")


def test_a_click_on_a_card_whose_run_is_discarded_gets_a_sentence(team: Team) -> None:
    card = team.start("llm-check")
    team.tick(team.ben, card, MUSTS[0])
    late = copy.deepcopy(team.stage.sent("block_actions"))
    late["trigger_id"] += "7"
    team.more(team.anna, card, "discard")
    team.card("*Discarded.*")
    team.stage.deliver(late)
    team.told(team.ben, "This checklist was discarded. Press *Reopen* on its card")


def test_a_card_is_posted_again_at_the_end_of_its_channel_and_the_old_one_says_so(team: Team) -> None:
    old = team.start("llm-check")
    team.tick(team.anna, old, MUSTS[0])
    team.anna.send(team.channel, "Much talk")
    team.more(team.anna, team.card("1 of"), "again")
    team.until(lambda: team.card()["data"]["ts"] != old["data"]["ts"])
    new = team.card()
    assert boxes(new)[MUSTS[0]]
    team.tick(team.ben, new, MUSTS[1])
    team.card("2 of 9 done")
    team.until(lambda: len(team.cards()) == 1)
    moved = next(one for one in team.seen(team.ben) if one["data"]["ts"] == old["data"]["ts"])
    assert "This card has moved" in words(moved["data"])
