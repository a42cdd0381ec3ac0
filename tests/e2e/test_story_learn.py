"""A team that learns one thing a week: it subscribes, gets a post, does it, talks about it, and looks after it."""

from collections.abc import Iterator

import pytest

from bot import library
from bot.schema_lessons import Lesson
from sandbox.client import Json, PersonClient, elements, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team, buttons, title

SHIPPED = library.load()
CORE = list(SHIPPED.tracks["core"])
TYPED = "/aipm learn subscribe core thursday 9:30 Europe/Berlin"
POST = ["learn.did", "learn.discuss", "learn.quiz", "learn.aside"]
RUNNING = ["learn.skip", "learn.pause", "learn.now", "learn.subscribe", "learn.history", "learn.stop"]
PAUSED = ["learn.resume", "learn.now", "learn.subscribe", "learn.history", "learn.stop"]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own, because subscriptions stay; each story has a channel to itself."""
    with beside(tmp_path_factory.mktemp("school"), "redraws") as started:
        yield started
        assert harm(started) == []


def a_team(school: Beside, channel: str) -> Team:
    return Team(school, "Nothing", channel)


def lessons(team: Team) -> list[Json]:
    """List the lessons that stand in the channel, oldest first, as everyone sees them."""
    return [one for one in team.seen(team.chika) if title(one).startswith("Week ")]


def posted(team: Team, lesson: Lesson, text: str = "") -> Json:
    """Wait until a lesson stands in the channel, and shows a text."""

    def look() -> Json | None:
        found = (one for one in lessons(team) if title(one).endswith(f"· {lesson.title}"))
        return next((one for one in found if text in words(one["data"])), None)

    return team.until(look)


def subscribed(team: Team, who: PersonClient | None = None) -> Json:
    asker = who or team.anna
    asker.command(team.channel, TYPED)
    return team.told(asker, "✓ Started.")


def status(team: Team, who: PersonClient, text: str) -> Json:
    who.command(team.channel, "/aipm learn")
    return team.told(who, text)


def confirmed(surface: Json, action: str) -> bool:
    return any("confirm" in one for one in elements(surface) if one["action_id"] == action)


def test_before_anything_it_says_what_it_would_do_and_how_to_begin(school: Beside) -> None:
    team = a_team(school, "dm")
    team.ben.send("dm", "learn")
    told = team.until(lambda: next((one for one in team.seen(team.ben, "dm") if "weekly prompts" in str(one)), None))
    listed = words(told["data"])
    assert all(one.about.title in listed and one.about.summary in listed for one in SHIPPED.tracks.values())
    assert buttons(told) == ["learn.subscribe"]


@pytest.mark.parametrize("typed", ["now", "pause", "resume", "skip", "stop", "record team"])
def test_without_prompts_there_is_nothing_to_change(school: Beside, typed: str) -> None:
    team = a_team(school, "dm")
    team.ben.send("dm", f"learn {typed}")
    team.written(team.ben, "Start with `/aipm learn subscribe`.")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("learn pasue", "I do not know `learn pasue`. Did you mean `/aipm learn pause`?"),
        ("learn xyzzy", "After `learn` I know: subscribe, now"),
        ("learn subscribe core tuesday 25:00", "25:00"),
        ("learn subscribe core wotsday", "wotsday"),
        ("learn pause until whenever", "I cannot read `whenever` as a day."),
    ],
)
def test_words_that_make_no_sense_get_a_sentence(school: Beside, typed: str, told: str) -> None:
    team = a_team(school, "#no-bot")
    team.chika.command(team.channel, f"/aipm {typed}")
    team.told(team.chika, told)


def test_a_team_subscribes_in_words_and_gets_its_first_lesson(school: Beside) -> None:
    team = a_team(school, "#general")
    told = words(subscribed(team)["data"])
    assert "*Core*, every Thursday at 09:30 (Europe/Berlin)" in told
    assert f"Up next: _{CORE[0].title}_" in told
    shown = status(team, team.ben, f"0 of {len(CORE)} given")
    assert buttons(shown) == RUNNING
    assert confirmed(shown, "learn.stop")
    team.ben.command(team.channel, "/aipm learn now")
    team.told(team.ben, "The next lesson is on its way to this channel.")
    post = posted(team, CORE[0])
    assert title(post) == f"Week 1 of {len(CORE)} · {CORE[0].title}"
    assert buttons(post) == POST
    assert all(part in words(post["data"]) for part in (f"{CORE[0].minutes} minutes · Core", "*Try it together*"))
    status(team, team.ben, f"1 of {len(CORE)} given")

    two_did_it(team, post)
    they_discuss_it(team, post)
    team.ben.command(team.channel, "/aipm learn history")
    past = words(team.told(team.ben, "newest first")["data"])
    assert CORE[0].title in past
    assert "1 did it" in past


def two_did_it(team: Team, post: Json) -> None:
    team.anna.click(post, "learn.did")
    team.ben.click(post, "learn.did")
    both = posted(team, CORE[0], "*2 did it:*")
    assert "<@U0ANNABERG>, <@U0BENORTIZ>" in words(both["data"])
    team.ben.click(both, "learn.did")
    posted(team, CORE[0], "*1 did it:* <@U0ANNABERG>")


def they_discuss_it(team: Team, post: Json) -> None:
    thread = post["data"]["ts"]
    team.chika.click(post, "learn.discuss")
    talked = posted(team, CORE[0], "The question is in the thread.")
    assert "learn.discuss" not in buttons(talked)

    def replies() -> list[Json]:
        return [one for one in team.seen(team.anna, thread=thread) if one["data"]["ts"] != thread]

    (first,) = team.until(replies)
    assert CORE[0].question in words(first["data"])


def test_a_quiz_is_private_and_gives_the_reasons(school: Beside) -> None:
    team = a_team(school, "#launches")
    subscribed(team)
    team.anna.command(team.channel, "/aipm learn now")
    post = posted(team, CORE[0])
    quiz = CORE[0].quiz
    before = len(team.seen(team.ben))
    team.anna.click(post, "learn.quiz")
    team.anna.opened("only you see your answers")
    missing = team.anna.submit()["errors"]
    assert set(missing) == {f"question~{place}" for place in range(len(quiz))}
    right = {f"question~{place}": str(one.answer) for place, one in enumerate(quiz)}
    wrong = right | {"question~0": str(quiz[0].answer % len(quiz[0].options) + 1)}
    team.anna.submit(wrong)
    result = words(team.anna.opened(f"{len(quiz) - 1} of {len(quiz)} right.")["data"])
    assert f"✅ Right: {quiz[0].options[quiz[0].answer - 1]}" in result
    assert all(" ".join(one.why.split())[:50] in result for one in quiz)
    team.anna.close_all()
    team.anna.click(post, "learn.quiz")
    team.anna.opened("only you see your answers")
    team.anna.submit(right)
    team.anna.opened(f"{len(quiz)} of {len(quiz)} right. Well done.")
    team.anna.close_all()
    assert len(team.seen(team.ben)) == before


def test_the_owner_pauses_resumes_skips_and_stops(school: Beside) -> None:
    team = a_team(school, "#fraud-team")
    first = words(subscribed(team)["data"])
    team.ben.command(team.channel, "/aipm learn stop")
    refused = words(team.told(team.ben, "<@U0ANNABERG>")["data"])
    assert "admin" in refused
    shown = status(team, team.anna, "every Thursday at 09:30")
    team.anna.click(shown, "learn.skip")
    skipped = team.told(team.anna, "✓ One week skipped.")
    assert words(skipped["data"]).count("Next: <!date^") == 1
    assert next_of(words(skipped["data"])) == next_of(first) + 7 * 24 * 3600
    team.anna.click(skipped, "learn.pause")
    paused = team.told(team.anna, "⏸ Paused until you resume.")
    assert buttons(paused) == PAUSED
    team.anna.command(team.channel, "/aipm learn pause until 2999-08-24")
    team.told(team.anna, "⏸ Paused until Saturday 24 August 2999.")
    team.anna.click(paused, "learn.resume")
    team.told(team.anna, "✓ They go on.")
    shown = status(team, team.anna, "Next: <!date^")
    team.anna.click(shown, "learn.stop")
    stopped = team.told(team.anna, "✓ Stopped.")
    assert buttons(stopped) == ["learn.subscribe"]
    status(team, team.anna, "This channel has no weekly prompts at the moment.")
    assert lessons(team) == []


def test_an_admin_may_do_what_the_owner_may_and_nobody_else(school: Beside) -> None:
    team = a_team(school, "#fraud-team")  # as the story of the owner, and both leave it without prompts
    subscribed(team)
    for typed in ("pause", "skip", "stop", "record team"):
        refused = words(typed_until(team, team.ben, typed, "<@U0ANNABERG> looks after these prompts")["data"])
        assert "Ask them or a workspace admin" in refused
    status(team, team.ben, "every Thursday at 09:30")
    paused = typed_until(team, team.chika, "pause", "⏸ Paused until you resume.")
    team.chika.click(paused, "learn.resume")
    team.told(team.chika, "✓ They go on.")
    typed_until(team, team.chika, "stop", "✓ Stopped.")


def typed_until(team: Team, who: PersonClient, typed: str, text: str) -> Json:
    """Type it until the coach has learned who that is, and no longer says that it asks; give what it says then."""

    def look() -> Json | None:
        before = len(team.seen(who))
        who.command(team.channel, f"/aipm learn {typed}")
        said = team.until(lambda: team.seen(who)[before:])[-1]
        told = words(said["data"])
        assert text in told or "if you are, try again in a moment" in told
        return None if "try again" in told else said

    return team.until(look)


def next_of(text: str) -> int:
    """Give the moment of the next prompt, without an hour that daylight saving may add."""
    moment = int(text.partition("Next: <!date^")[2].partition("^")[0])
    return round(moment / 86400) * 86400


def test_a_lesson_that_is_put_aside_makes_room_for_the_next(school: Beside) -> None:
    team = a_team(school, "#risk-board")
    team.chika = team.anna  # who is not in this private channel
    subscribed(team, team.ben)
    team.ben.command(team.channel, "/aipm learn now")
    post = posted(team, CORE[0])
    assert confirmed(post, "learn.aside")
    team.anna.click(post, "learn.aside")
    aside = team.until(lambda: next((one for one in team.seen(team.ben) if "Put aside by" in words(one["data"])), None))
    assert "<@U0ANNABERG>" in words(aside["data"])
    assert buttons(aside) == []
    shown = status(team, team.ben, f"Up next: _{CORE[1].title}_")
    assert f"1 of {len(CORE)} given" in words(shown["data"])


def test_a_form_asks_for_what_was_left_out(school: Beside) -> None:
    team = a_team(school, "#no-bot")
    team.ben.command(team.channel, "/aipm learn subscribe platform friday")
    drawn = {one["block_id"]: one for one in elements(team.ben.opened("One idea a week for this channel"))}
    assert drawn["track"]["initial_option"]["value"] == "platform"
    assert drawn["weekday"]["initial_option"]["value"] == "4"
    assert drawn["zone"]["initial_option"]["value"] == drawn["zone"]["options"][0]["value"] == "America/New_York"
    refused = team.ben.submit({"other_zone": "Mars/Olympus"})["errors"]
    assert "Choose a time zone, such as Europe/Berlin." in refused["other_zone"]
    team.ben.submit({"other_zone": "Asia/Kathmandu", "time": "15:45", "by_gaps": []})
    told = words(team.told(team.ben, "✓ Started.")["data"])
    assert "*AI platform PM*, every Friday at 15:45 (Asia/Kathmandu)" in told
    assert "keeps to the order of the track" in told
    assert "`/invite @aipm`" in told
    team.ben.click(status(team, team.ben, "every Friday at 15:45"), "learn.subscribe")
    team.ben.opened("One idea a week for this channel")
    team.ben.submit({"weekday": "0"})
    team.told(team.ben, "✓ Changed.")
    status(team, team.ben, "every Monday at 15:45 (Asia/Kathmandu)")


def test_a_direct_message_gets_a_button_that_opens_the_form(school: Beside) -> None:
    team = a_team(school, "dm")
    team.chika.send("dm", "learn subscribe native monday")
    offer = team.written(team.chika, "Which track, which day, what time?")
    team.chika.click(offer, "learn.subscribe")
    form = team.chika.opened("One idea a week for this channel")
    drawn = {one["block_id"]: one for one in elements(form)}
    assert drawn["track"]["initial_option"]["value"] == "native"
    assert drawn["weekday"]["initial_option"]["value"] == "0"
    team.chika.submit({"zone": "Asia/Tokyo"})
    team.written(team.chika, "*AI-native PM*, every Monday at 10:00 (Asia/Tokyo)")
