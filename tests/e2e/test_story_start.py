"""Help, and the ways in which a checklist begins."""

import pytest

from bot import library
from bot.schema import Item
from sandbox.client import Json, words
from tests.e2e.team import HELPED, Team, at_once, boxes, buttons, title

pytestmark = pytest.mark.usefixtures("listening")

SHIPPED = library.load().checklists
NAMES = sorted(SHIPPED)
BEGIN = "checklist.begin"


def items(name: str, *, prepare: bool = False) -> list[Item]:
    return [item for phase in SHIPPED[name].phases if phase.prepare == prepare for item in phase.items]


def lines(message: Json) -> str:
    """Give the words of a message's blocks, without the text for notifications."""
    return words(message["data"]["blocks"])


@pytest.mark.parametrize("typed", ["/aipm", "/aipm help"])
def test_help_lists_every_checklist_and_command_to_the_asker_alone(team: Team, typed: str) -> None:
    team.anna.command(team.channel, typed)
    helped = lines(team.told(team.anna, HELPED))
    for name in NAMES:
        assert f"`/aipm {name} [system version]`  {SHIPPED[name].summary}" in helped
    for usage in ("drift-response prepare SYSTEM", "checklists", "system SYSTEM [version]", "help"):
        assert f"`/aipm {usage}`" in helped
    assert team.seen(team.ben) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ethic-check", "ethics-check"), ("Data-Redines X", "data-readiness"), ("checklist", "checklists")],
)
def test_a_word_that_is_nearly_right_gets_a_did_you_mean(team: Team, typed: str, meant: str) -> None:
    team.anna.command(team.channel, f"/aipm {typed}")
    team.told(team.anna, f"Did you mean `/aipm {meant}`?")
    assert team.seen(team.ben) == []


def test_a_word_like_no_command_gets_the_way_to_the_list(team: Team) -> None:
    team.anna.command(team.channel, "/aipm zzzzzz")
    told = lines(team.told(team.anna, "I do not know `zzzzzz`."))
    assert "Did you mean" not in told
    assert "`/aipm help` lists all commands" in told


def test_a_mention_in_a_channel_or_a_thread_and_a_direct_message_reach_the_same_commands(team: Team) -> None:
    team.anna.command(team.channel, "/aipm help")
    helped = lines(team.told(team.anna, HELPED))
    parent = team.ben.send("#launches", "Shall we?")["ts"]
    team.anna.send("#launches", "hello @aipm help")
    team.ben.send("#launches", "@aipm help", thread_ts=parent)
    team.chika.send("dm", "help")
    assert lines(team.told(team.anna, HELPED, "#launches")) == helped
    assert lines(team.told(team.ben, HELPED, "#launches", thread=parent)) == helped
    assert lines(team.written(team.chika, HELPED)) == helped


def test_a_mention_with_a_name_posts_the_card_in_that_channel(team: Team) -> None:
    team.ben.send(team.channel, f"@aipm llm-check {team.system}")
    assert title(team.card()) == f"{SHIPPED['llm-check'].title} · {team.system}"


def test_a_direct_message_with_a_name_posts_the_card_there(team: Team) -> None:
    team.anna.send("dm", f"llm-check {team.system}")
    assert "Started by <@U0ANNABERG>" in words(team.card(channel="dm")["data"])


@pytest.mark.parametrize("place", ["channel", "thread", "dm"])
def test_a_mention_without_a_name_gets_a_button_that_opens_the_form(team: Team, place: str) -> None:
    where = "dm" if place == "dm" else "#launches"
    thread = team.anna.send(where, "A thread")["ts"] if place == "thread" else None
    text = "llm-check" if place == "dm" else "@aipm llm-check"
    team.anna.send(where, text, thread_ts=thread or "")
    summary = SHIPPED["llm-check"].summary
    offer = team.written(team.anna, summary) if place == "dm" else team.told(team.anna, summary, where, thread)
    assert buttons(offer) == [BEGIN]
    team.anna.click(offer, BEGIN)
    team.anna.opened("For example: Fraud model")
    name, _, version = team.system.rpartition(" ")
    team.anna.submit({"system": name, "version": version})
    assert set(boxes(team.card(channel=where))) == {one.id for one in items("llm-check")}


@pytest.mark.parametrize("name", NAMES)
def test_a_checklist_with_a_name_posts_its_card_at_once(team: Team, name: str) -> None:
    card = team.start(name, by=team.ben)
    assert title(card) == f"{SHIPPED[name].title} · {team.system}"
    assert set(boxes(card)) == {one.id for one in items(name)}
    assert not any(boxes(card).values())
    assert f"0 of {len(items(name))} done" in words(card["data"])
    assert not any(one["ephemeral"] for one in team.seen(team.ben))


@pytest.mark.parametrize("name", NAMES)
def test_a_checklist_without_a_name_asks_for_it_in_a_form(team: Team, name: str) -> None:
    team.anna.command(team.channel, f"/aipm {name}")
    team.anna.opened(SHIPPED[name].intro.split("&")[0][:40])
    assert team.anna.submit()["errors"] == {"system": "Please complete this required field."}
    team.anna.submit({"system": f"  {team.system} "})
    assert set(boxes(team.card())) == {one.id for one in items(name)}
    assert team.anna.modal() is None


def test_preparing_a_drift_response_is_a_run_of_its_own(team: Team) -> None:
    card = team.start("drift-response prepare")
    assert title(card) == f"{SHIPPED['drift-response'].title}: preparation · {team.system}"
    assert set(boxes(card)) == {one.id for one in items("drift-response", prepare=True)}


@pytest.mark.parametrize(
    ("name", "choice", "kept"),
    [
        ("ethics-check", {"kind": "generative"}, lambda item: item.applies_to != "ml"),
        ("ethics-check", {"kind": "predictive"}, lambda item: item.applies_to != "genai"),
        ("ethics-check", {"kind": "both"}, lambda _item: True),
        ("data-readiness", {"labelled": "no"}, lambda item: item.applies_to != "labelled"),
        ("data-readiness", {"scope": "quick"}, lambda item: item.quick),
        ("data-readiness", {"scope": "B"}, lambda item: item.id.startswith("DR-B")),
        (
            "data-readiness",
            {"kind": "generative", "labelled": "no", "scope": "quick"},
            lambda item: item.quick and item.applies_to == "any",
        ),
    ],
)
def test_the_form_narrows_a_run_to_what_applies(team: Team, name: str, choice: Json, kept: object) -> None:
    assert callable(kept)
    team.anna.command(team.channel, f"/aipm {name}")
    team.anna.opened()
    team.anna.submit({"system": team.system, **choice})
    assert set(boxes(team.card())) == {one.id for one in items(name) if kept(one)}


def test_choices_that_leave_no_item_are_refused_and_nothing_typed_is_lost(team: Team) -> None:
    team.anna.command(team.channel, "/aipm llm-check")
    team.anna.opened()
    typed = {"system": team.system, "scope": "safety"}
    assert "No item is left" in team.anna.submit({**typed, "kind": "predictive"})["errors"]["system"]
    assert team.cards() == []
    team.anna.submit({**typed, "kind": "generative"})
    assert boxes(team.card())


def test_two_people_who_type_the_same_command_at_once_get_one_card(team: Team) -> None:
    typed = f"/aipm llm-check {team.system}"
    everyone = (team.anna, team.ben, team.chika)
    at_once(*(lambda who=who: who.command(team.channel, typed) for who in everyone))
    team.card()
    offered = [who for who in everyone if any(one["ephemeral"] for one in team.seen(who))]
    assert len(offered) == 2
    assert len(team.cards()) == 1


def test_an_open_run_is_offered_for_continuing(team: Team) -> None:
    card = team.start("llm-check")
    team.tick(team.anna, card, *list(boxes(card))[:2])
    card = team.card(f"2 of {len(boxes(card))} done")
    team.ben.command(team.channel, f"/aipm llm-check {team.system.upper().replace(' ', '  ')}")
    offer = team.told(team.ben, f"is open here already: 2 of {len(boxes(card))} done")
    (link,) = [one["url"] for block in offer["data"]["blocks"] for one in block.get("elements", []) if "url" in one]
    assert link.endswith(f"/p{card['data']['ts'].replace('.', '')}")
    assert len(team.cards()) == 1
    team.ben.click(offer, "card.post_again")
    team.until(lambda: team.card()["data"]["ts"] != card["data"]["ts"])
    assert sum(boxes(team.card()).values()) == 2


def test_the_same_system_in_another_channel_or_version_is_another_run(team: Team) -> None:
    team.start("llm-check")
    team.start("llm-check", channel="#launches")
    team.anna.command(team.channel, f"/aipm llm-check {team.system}.1")
    team.card(system=f"{team.system}.1")
    assert len(team.cards()) == len(team.cards("#launches")) == 1


def test_a_name_over_200_characters_gets_a_sentence(team: Team) -> None:
    team.anna.command(team.channel, f"/aipm llm-check {'x' * 201}")
    team.told(team.anna, "That name is too long. Keep the system name within 200 characters")
    assert team.cards() == []


def test_a_name_of_200_characters_is_taken_whole(team: Team) -> None:
    name = f"{team.system} {'x' * 200}"[:200]
    team.anna.command(team.channel, f"/aipm llm-check {name}")
    team.until(lambda: any(name in one["data"]["text"] for one in team.seen(team.ben)))
