"""What people write can never ping, mention, fake a link or break a message, wherever it comes in and shows again.

All that the coach has said, in calls and in answers, is looked through at the end of this file: see `conftest.py`.
"""

import json

import pytest

from sandbox.client import Json, words
from tests.e2e.team import PING, Team, boxes, run_of, title
from tests.samples import HOSTILE

pytestmark = pytest.mark.usefixtures("listening")
WRITTEN = {
    "markup": " ".join(HOSTILE[name] for name in ("broadcast", "mention", "fake link", "mail link", "date link")),
    "words": " ".join(HOSTILE[name] for name in ("formula", "at words", "backticks", "emoji", "entities")),
    "invisible": " ".join(HOSTILE[name] for name in ("control", "bidi", "zero-width", "newlines")),
    **{name: HOSTILE[name] for name in ("ampersands", "brackets", "long")},
}
"""Half a letter cannot be typed into the sandbox; tests of the models have it."""


def shown(team: Team, text: str = "", channel: str = "") -> Json:
    """Wait for the newest card whose name begins with the system's and that shows a text."""

    def look() -> Json | None:
        found = [one for one in team.seen(team.anna, channel) if team.system in title(one)]
        return found[-1] if found and text in words(found[-1]["data"]) else None

    return team.until(look)


@pytest.mark.parametrize("text", ["<!channel> up", "a <!date^0^{date}^https://evil.example|b>", *HOSTILE.values()])
def test_what_is_looked_for_is_found(text: str) -> None:
    assert bool(PING.search(text)) == any(one in text for one in ("<!", "<@U0", "<mailto:", "<https://evil"))
    assert not PING.search("<!date^1795238022^{date} {time}|21 Nov> <@U0ANNABERG> <https://example.org|x>")


@pytest.mark.parametrize("kind", WRITTEN)
def test_hostile_words_in_every_field_do_no_harm(team: Team, kind: str) -> None:
    text = WRITTEN[kind]
    team.anna.command(team.channel, "/aipm drift-response")
    team.anna.opened()
    team.anna.submit({"system": f"{team.system} {text}"[:200], "version": text[:40]})
    card = shown(team)
    first, second, *_ = boxes(card)
    team.answer(team.anna, card, first, state="risk", note=text[:1500], owner="U0ANNABERG")
    card = shown(team, "at risk")
    team.answer(team.anna, card, second, state="done", evidence=f"https://example.org/{text}"[:200])
    if team.anna.modal():  # the address was refused, as it should be
        team.anna.close_all()
    team.anna.click(shown(team), "response.entry")
    team.anna.opened()
    team.anna.submit({"text": text[:1000]})
    shown(team, "*Timeline* (UTC)")
    team.more(team.anna, card, "history")
    team.anna.opened("started it")
    team.anna.close_all()
    team.anna.click(shown(team), "checklist.details")
    team.anna.opened()
    team.anna.command(team.channel, "/aipm checklists")
    team.told(team.anna, "Open in this channel")
    team.anna.open_home()
    team.until(team.anna.home)


@pytest.mark.parametrize("kind", ["markup", "ampersands", "brackets"])
def test_hostile_words_in_a_signature_do_no_harm(team: Team, kind: str) -> None:
    text = WRITTEN[kind][:1000]
    card = team.start("llm-check")
    team.anna.click(card, "checklist.sign")
    form = team.anna.opened()
    asked = [one["block_id"] for one in form["data"]["blocks"] if one["block_id"].startswith("reason~")]
    reasons = dict.fromkeys(asked, text)
    team.anna.submit({**reasons, "comment": text})
    team.card("🔒 *Signed*")
    team.anna.command(team.channel, f"/aipm system {team.system}")
    team.told(team.anna, "signed <!date")


@pytest.mark.parametrize("kind", WRITTEN)
def test_hostile_words_in_a_command_do_no_harm(team: Team, kind: str) -> None:
    text = " ".join(WRITTEN[kind][:180].split())
    team.anna.command(team.channel, f"/aipm {text}")
    team.anna.command(team.channel, f"/aipm system {text}")
    team.anna.send(team.channel, f"@aipm {text}")
    team.anna.command("#launches", f"/aipm llm-check {team.system} {text}"[:200])
    shown(team, channel="#launches")
    team.ben.command("#launches", f"/aipm llm-check {team.system} {text}"[:200])
    team.told(team.ben, "is open here already", "#launches")


def test_a_hostile_message_reaches_the_timeline_as_plain_words(team: Team) -> None:
    card = team.start("drift-response")
    team.chika.send(team.channel, f"{team.system}: @channel see <https://evil.example|the bank> & @ben")
    message = team.ben.message(team.channel, f"{team.system}: ")
    team.ben.shortcut("response.add_message", message)
    form = team.ben.opened()
    team.ben.submit({"run": run_of(card)} if "run::form.field" in form["form"] else {})
    entry = next(one for one in words(shown(team, "@channel see")["data"]).splitlines() if "@channel see" in one)
    assert "<!channel" not in entry
    assert "|the bank>" not in json.dumps(entry)


def test_a_link_shows_the_host_that_it_really_leads_to(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.answer(team.anna, card, item, state="risk", note="See", evidence="https://bank.example@evil.example/x?y=1&z=2")
    assert "<https://bank.example@evil.example/x?y=1&amp;z=2|evil.example>" in words(team.card("at risk")["data"])
