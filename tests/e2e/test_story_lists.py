"""What is open here, what is mine, where a system stands, and Home."""

from bot import library
from sandbox.client import words
from tests.e2e.team import Team, boxes, title

LLM = library.load().checklists["llm-check"]
ITEMS = {item.id: item for phase in LLM.phases for item in phase.items}
PRIVATE = "#risk-board"


def link_to(card: dict[str, dict[str, str]]) -> str:
    return f"/p{card['data']['ts'].replace('.', '')}"


def test_checklists_lists_the_open_runs_of_this_channel_and_my_items_everywhere(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    team.tick(team.anna, card, second)
    elsewhere = team.start("llm-check", channel="#launches")
    team.answer(team.ben, elsewhere, first, state="risk", note="Unclear", owner="U0CHIKAITO")
    team.card("Unclear", channel="#launches")
    team.chika.command(team.channel, "/aipm checklists")
    shown = words(team.told(team.chika, "Open in this channel")["data"]["blocks"])
    here, _, mine = shown.partition("*Your items, in all channels*")
    line = next(one for one in here.splitlines() if team.system in one)
    assert line.endswith(f"|{LLM.title}, {team.system}> · 1 of {len(ITEMS)}")
    assert link_to(card) in line
    assert link_to(elsewhere) not in here
    duty = next(one for one in mine.splitlines() if team.system in one)
    assert duty.startswith(f"• {ITEMS[first].title} ⚠️ · <")
    assert link_to(elsewhere) in duty
    team.ben.command(team.channel, "/aipm checklists")
    theirs = words(team.told(team.ben, "Open in this channel")["data"]["blocks"]).partition("*Your items")[2]
    assert team.system not in theirs


def test_an_item_that_is_done_leaves_its_owners_list(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.answer(team.anna, card, item, state="done", owner="U0BENORTIZ")
    team.card("1 of 9 done")
    team.ben.command(team.channel, "/aipm checklists")
    mine = words(team.told(team.ben, "Open in this channel")["data"]["blocks"]).partition("*Your items")[2]
    assert team.system not in mine


def test_system_shows_the_last_state_of_every_checklist_and_when_it_was_signed(team: Team) -> None:
    signed = team.start("llm-check")
    team.tick(team.anna, signed, *boxes(signed))
    team.ben.click(team.card("9 of 9 done"), "checklist.sign")
    team.ben.opened()
    team.ben.submit()
    team.card("🔒 *Signed*")
    team.start("ethics-check", channel="#launches")
    prepared = team.start("drift-response prepare")
    team.tick(team.anna, prepared, next(iter(boxes(prepared))))
    team.card("1 of 7 done")  # a card that was redrawn is one that can be linked to
    team.anna.command(team.channel, f"/aipm system {team.system.lower()}")
    told = team.told(team.anna, "signed <!date")
    shown = words(told["data"]["blocks"])
    row = next(one for one in shown.splitlines() if "🔒" in one)
    assert "passed" in row.casefold()
    assert row.endswith("by <@U0BENORTIZ>")
    assert f"|Drift response: preparation, {team.system}>" in shown
    assert "open · 1 of 7 done" in shown


def test_system_shows_runs_of_public_channels_elsewhere(team: Team) -> None:
    team.start("llm-check", channel="#launches")

    def shown() -> bool:
        team.anna.command(team.channel, f"/aipm system {team.system}")
        newest = team.seen(team.anna)[-1]
        return "open · 0 of 9 done" in words(newest["data"])

    team.until(shown)


def test_a_run_in_a_private_channel_never_shows_in_another_one(team: Team) -> None:
    card = team.start("llm-check", channel=PRIVATE)
    team.answer(team.anna, card, next(iter(boxes(card))), state="done", note="Secret plan")
    team.card("1 of 9 done", channel=PRIVATE)
    for who in (team.chika, team.anna):
        for _ in range(2):
            who.command(team.channel, f"/aipm system {team.system}")
        team.told(who, "I know no system of that name.")
        who.command(team.channel, "/aipm checklists")
        assert team.system not in words(team.told(who, "Open in this channel")["data"])
        assert not any(team.system in words(one["data"]) for one in team.seen(who))
    team.ben.command(PRIVATE, f"/aipm system {team.system}")
    assert f"{LLM.title}, {team.system}" in words(team.told(team.ben, "open · 1 of 9 done", PRIVATE)["data"])


def test_a_private_run_is_not_offered_as_a_preparation_elsewhere(team: Team) -> None:
    card = team.start("drift-response prepare", channel=PRIVATE)
    team.tick(team.anna, card, next(iter(boxes(card))))
    team.card("1 of 7 done", channel=PRIVATE)
    assert "No preparation on record" in words(team.start("drift-response")["data"])
    team.anna.command(PRIVATE, f"/aipm drift-response {team.system}")
    team.until(lambda: "preparation" not in title(team.card(channel=PRIVATE)))
    assert "Preparation lacked: " in words(team.card(channel=PRIVATE)["data"])


def test_a_system_that_is_nearly_named_right_gets_a_did_you_mean(team: Team) -> None:
    team.anna.command("#launches", f"/aipm llm-check Zebra-{team.system}")
    team.card(channel="#launches", system=f"Zebra-{team.system}")
    name = f"Zebra-{team.system}".rpartition(" ")[0]
    team.anna.command("#launches", f"/aipm system {name.replace('Zebra', 'Zebbra')}")
    team.told(team.anna, f"Did you mean `/aipm system {name}`?", "#launches")


def test_system_without_a_name_says_how_to_ask(team: Team) -> None:
    team.anna.command(team.channel, "/aipm system")
    team.told(team.anna, "Which system? For example: `/aipm system Fraud model v3`")


def test_home_shows_my_open_items_and_what_can_be_typed(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.answer(team.anna, card, item, state="open", owner="U0CHIKAITO")
    team.card("edited")
    team.chika.open_home()

    def mine() -> str | None:
        shown = team.chika.home()
        found = words(shown["data"]) if shown else ""
        return found if team.system in found else None

    shown = team.until(mine)
    assert f"• {ITEMS[item].title} · <" in shown
    assert f"`/aipm llm-check [system version]`  {LLM.summary}" in shown
    team.ben.open_home()
    team.until(team.ben.home)
    assert team.system not in words((team.ben.home() or {})["data"])
