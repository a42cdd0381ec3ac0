"""A person who wants questions that come back: asked one at a time, answered in private, and stopped."""

from collections.abc import Iterator

import pytest

from bot import library
from sandbox.client import Json, elements, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team, buttons, title

FIRST = next(iter(library.load().tracks["core"]))
WORDS = [" ".join(one.text.split()) for one in FIRST.quiz]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own, because what people know stays."""
    with beside(tmp_path_factory.mktemp("questions"), "redraws") as started:
        yield started
        assert harm(started) == []


@pytest.fixture
def team(school: Beside) -> Team:
    return Team(school, "Nothing", "#general")


def status(team: Team, text: str) -> Json:
    team.anna.command(team.channel, "/aipm quiz")
    return team.told(team.anna, text)


def questions(team: Team) -> list[Json]:
    """List the questions that Anna was asked, oldest first."""
    return [one for one in team.seen(team.anna, "dm") if any(text in words(one["data"]) for text in WORDS)]


def asked(team: Team) -> Json:
    """Ask for a question, and wait for it."""
    before = len(questions(team))
    team.anna.click(status(team, "*One question at a time*"), "review.now")
    team.told(team.anna, "Your question is on its way")
    return team.until(lambda: questions(team)[-1] if len(questions(team)) > before else None)


def answered(team: Team, question: Json, *, right: bool) -> str:
    """Answer a question; give what it shows then."""
    number = next(place for place, text in enumerate(WORDS) if text in words(question["data"]))
    (radio,) = elements(question)
    answer = FIRST.quiz[number].answer
    values = [one["value"] for one in radio["options"] if (one["value"].startswith(f"{answer}:")) is right]
    team.anna.click(question, "review.answer", value=values[0])
    ts = question["data"]["ts"]

    def look() -> str | None:
        now = next(one for one in questions(team) if one["data"]["ts"] == ts)
        shown = words(now["data"])
        return shown if "You said" in shown else None

    return team.until(look)


def learned(team: Team) -> None:
    """Have Anna answer the first lesson's quiz, all of it right but the first question."""
    team.anna.command(team.channel, "/aipm learn subscribe core thursday 9:30 Europe/Berlin")
    team.told(team.anna, "✓ Started.")
    team.anna.command(team.channel, "/aipm learn now")
    post = team.until(lambda: next((one for one in team.seen(team.anna) if title(one).startswith("Week 1 ")), None))
    team.anna.click(post, "learn.quiz")
    team.anna.opened("only you see your answers")
    choices = {f"question~{place}": str(one.answer) for place, one in enumerate(FIRST.quiz)}
    wrong = FIRST.quiz[0].answer % len(FIRST.quiz[0].options) + 1
    team.anna.submit(choices | {"question~0": str(wrong)})
    team.anna.opened("Read on for the reasons")
    team.anna.close_all()


def opted_in(team: Team) -> None:
    offer = status(team, "I can ask you one question at a time in a direct message")
    assert buttons(offer) == ["review.schedule"]
    team.anna.click(offer, "review.schedule")
    team.anna.opened("One question at a time, in our direct message.")
    refused = team.anna.submit({"other_zone": "Mars/Olympus"})["errors"]
    assert "Choose a time zone" in refused["other_zone"]
    team.anna.submit({"time": "08:15", "other_zone": "Asia/Kathmandu", "most": "2"})
    saved = team.told(team.anna, "✓ Saved.")
    assert "every Tuesday and Thursday at 08:15 (Asia/Kathmandu)" in words(saved["data"])
    assert "Next: <!date^" in words(saved["data"])
    assert buttons(saved) == ["review.now", "review.schedule", "review.stop"]


def test_what_was_missed_comes_back_and_what_is_known_moves_away(team: Team) -> None:
    learned(team)
    opted_in(team)
    others = len(team.seen(team.ben))

    first = asked(team)
    assert WORDS[0] in words(first["data"])
    wrong = answered(team, first, right=False)
    assert "❌ You said:" in wrong
    assert f"✅ Right: {FIRST.quiz[0].options[FIRST.quiz[0].answer - 1]}" in wrong
    assert " ".join(FIRST.quiz[0].why.split())[:50] in wrong
    assert "It comes back soon." in wrong

    again = asked(team)
    assert WORDS[0] in words(again["data"])
    right = answered(team, again, right=True)
    assert "✅ You said:" in right
    assert "It comes back in 1 day." in right
    status(team, "No question is waiting")
    assert len(team.seen(team.ben)) == others
    assert team.seen(team.ben, "dm") == []

    team.anna.click(status(team, "*One question at a time*"), "review.schedule")
    team.anna.opened("One question at a time, in our direct message.")
    team.anna.submit({"most": "7"})
    changed = team.told(team.anna, "every day at 08:15 (Asia/Kathmandu)")
    team.anna.click(changed, "review.stop")
    stopped = team.told(team.anna, "✓ Stopped.")
    assert buttons(stopped) == ["review.schedule"]


def test_somebody_who_answered_nothing_has_nothing_to_be_asked(team: Team) -> None:
    team.chika.send("dm", "quiz")
    offer = team.written(team.chika, "I can ask you one question at a time")
    team.chika.click(offer, "review.schedule")
    team.chika.opened("One question at a time, in our direct message.")
    team.chika.submit({"other_zone": "Asia/Tokyo"})
    told = team.written(team.chika, "Nothing to ask yet.")
    team.chika.click(told, "review.now")
    team.written(team.chika, "Press *Quiz me* on a weekly post, and its questions come back to you.")
