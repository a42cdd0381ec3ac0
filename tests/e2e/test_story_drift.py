"""A model drifts: prepared or not, who does what, the clock, the timeline, and the end."""

import pytest

from bot import library
from sandbox.client import words
from tests.e2e.team import Team, boxes, run_of, title

pytestmark = pytest.mark.usefixtures("listening")

DRIFT = library.load().checklists["drift-response"]
PREPARE = [item for phase in DRIFT.phases if phase.prepare for item in phase.items]
LEARN = [item for phase in DRIFT.phases if phase.id == "L" for item in phase.items]
MUSTS = [item.id for phase in DRIFT.phases if not phase.prepare for item in phase.items if item.level == "must"]
ROLES, CONTAIN, ENTRY, SIGN = "response.roles", "response.contain", "response.entry", "checklist.sign"
TO_TIMELINE = "response.add_message"


def test_a_response_posts_at_once_with_nothing_set_and_its_clock_running(team: Team) -> None:
    shown = words(team.start("drift-response")["data"])
    assert "*Severity*\n_not set_" in shown
    for role in ("Lead", "Operations", "Communications"):
        assert f"*{role}*\n_nobody_" in shown
    assert "*Contained*\nnot yet" in shown
    started = shown.partition("*Started*\n")[2].splitlines()[0]
    assert started.endswith(" UTC")
    assert "No preparation on record for this system" in shown


def test_severity_and_roles_are_set_in_a_form_and_shown_to_everyone(team: Team) -> None:
    team.anna.click(team.start("drift-response"), ROLES)
    team.anna.opened("Choose the worse one if in doubt")
    team.anna.submit({"severity": "S2", "lead": "U0ANNABERG", "operations": "U0BENORTIZ"})
    shown = words(team.card("*Severity*\nS2", by=team.chika)["data"])
    assert "*Lead*\n<@U0ANNABERG>" in shown
    assert "*Operations*\n<@U0BENORTIZ>" in shown
    assert "*Communications*\n_nobody_" in shown
    assert "Last: <@U0ANNABERG> set severity and roles" in shown
    team.ben.click(team.card(), ROLES)
    held = team.ben.opened()["form"]
    assert held["severity::form.field"] == ["S2"]
    assert held["lead::form.field"] == ["U0ANNABERG"]


def test_containing_stops_the_clock_once(team: Team) -> None:
    card = team.start("drift-response")
    team.ben.click(card, CONTAIN)
    contained = team.card("Marked contained.")
    shown = words(contained["data"])
    assert shown.partition("*Contained*\n")[2].splitlines()[0].endswith(" UTC")
    assert CONTAIN not in str(contained["data"]["blocks"])


def test_a_timeline_entry_is_added_by_form(team: Team) -> None:
    team.ben.click(team.start("drift-response"), ENTRY)
    team.ben.opened("The time is added, in UTC.")
    assert "1000 characters" in str(team.ben.submit({"text": "x" * 1001})["errors"])
    team.ben.submit({"text": "Rolled back to v2"})
    shown = words(team.card("Rolled back to v2")["data"])
    assert "* <@U0BENORTIZ>: Rolled back to v2" in shown


def test_a_message_is_added_to_the_timeline_by_its_shortcut(team: Team) -> None:
    team.start("drift-response", channel="#general")
    team.chika.send("#general", "Refusals doubled since 9:40 & rising")
    message = team.ben.message("#general", "Refusals doubled")
    team.ben.shortcut(TO_TIMELINE, message)
    form = team.ben.opened("What happened?")
    assert form["form"]["text::form.field"] == ["Refusals doubled since 9:40 & rising"]
    chosen = [one for one in form["form"] if one.startswith("run::")]
    team.ben.submit({"run": run_of(team.card(channel="#general"))} if chosen else {})
    shown = words(team.card("Refusals doubled since 9:40 &amp; rising", channel="#general")["data"])
    entry = next(one for one in shown.splitlines() if "Refusals doubled" in one)
    assert "<@U0CHIKAITO>: Refusals doubled" in entry
    assert f"/p{message['data']['ts'].replace('.', '')}|message>" in entry
    assert "added by <@U0BENORTIZ>" in entry


def test_the_shortcut_asks_which_response_where_several_are_open(team: Team) -> None:
    team.start("drift-response")
    team.ben.command(team.channel, f"/aipm drift-response {team.system}.1")
    other = team.card(system=f"{team.system}.1")
    team.anna.send(team.channel, f"Look at {team.system}")
    team.anna.shortcut(TO_TIMELINE, team.anna.message(team.channel, f"Look at {team.system}"))
    team.anna.opened("Which drift-response?")
    team.anna.submit({"run": run_of(other)})
    assert f"Look at {team.system}" in words(team.card("Look at", system=f"{team.system}.1")["data"])
    assert "Look at" not in words(team.card()["data"])


def test_the_shortcut_says_where_to_begin_if_nothing_is_open(team: Team) -> None:
    team.chika.send("dm", f"Odd numbers for {team.system}")
    team.chika.shortcut(TO_TIMELINE, team.chika.message("dm", f"Odd numbers for {team.system}"))
    team.told(team.chika, "No drift-response is open in this channel. Start one with", "dm")


@pytest.mark.parametrize("version", ["", " v9"])
def test_what_the_preparation_lacked_is_named_on_the_response(team: Team, version: str) -> None:
    team.anna.command(team.channel, f"/aipm drift-response prepare {team.system}")
    card = team.card()
    lacking = [PREPARE[1], PREPARE[4]]
    team.tick(team.anna, card, *(item.id for item in PREPARE if item not in lacking))
    team.card(f"{len(PREPARE) - 2} of {len(PREPARE)} done")
    name = team.system.rpartition(" ")[0] + version if version else team.system
    team.ben.command(team.channel, f"/aipm drift-response {name}")
    shown = words(team.card("Preparation lacked: ", system=name)["data"])
    assert f"Preparation lacked: {lacking[0].title}; {lacking[1].title}" in shown


def test_a_complete_preparation_is_said_to_be_one(team: Team) -> None:
    card = team.start("drift-response prepare")
    team.tick(team.anna, card, *boxes(card))
    team.card(f"{len(PREPARE)} of {len(PREPARE)} done")
    team.ben.command(team.channel, f"/aipm drift-response {team.system}")
    team.until(lambda: "preparation" not in title(team.card()))
    assert "Prepared: every step of the preparation was met at the start." in words(team.card()["data"])


def test_a_response_closes_only_when_its_learning_steps_are_met(team: Team) -> None:
    card = team.start("drift-response")
    team.tick(team.anna, card, *(one for one in MUSTS if one not in {item.id for item in LEARN}))
    card = team.card(f"{len(MUSTS) - len(LEARN)} of")
    team.ben.click(card, SIGN)
    said = words(team.told(team.ben, "Not closed yet. Meet these learning steps first")["data"])
    assert all(item.title in said for item in LEARN)
    assert team.ben.modal() is None
    team.tick(team.anna, card, LEARN[0].id)
    team.answer(team.anna, card, LEARN[1].id, state="na", note="Nobody outside was affected")
    team.ben.click(team.card("Nobody outside"), SIGN)
    team.ben.opened("Verdict: *Closed*")
    team.ben.submit()
    shown = team.card("🔒 *Closed* by <@U0BENORTIZ>")
    assert ENTRY not in str(shown["data"]["blocks"])


def test_a_learning_step_that_is_unticked_meanwhile_keeps_the_response_open(team: Team) -> None:
    card = team.start("drift-response")
    team.tick(team.anna, card, *MUSTS)
    team.ben.click(team.card(f"{len(MUSTS)} of"), SIGN)
    team.ben.opened("Closed")
    card = team.card()
    team.tick(team.anna, card, LEARN[0].id)
    said = team.ben.submit()["errors"]
    assert "Not closed yet" in str(said)
    assert "🔒" not in words(team.card()["data"])
