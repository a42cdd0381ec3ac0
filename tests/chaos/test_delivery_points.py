"""SIGKILL at every step of a delivery, alone and beside a second process: each slot is posted once."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.chaos.children import PretendSlack
from tests.chaos.conftest import Say
from tests.chaos.prompts import PROCESSES, Point, Prompts

PLAN = "INSERT INTO deliveries"
LANE = r"(UPDATE|INSERT INTO) lanes"
CLAIM = r"UPDATE deliveries SET state=\S+ attempt="
SETTLED = r"UPDATE deliveries SET state=\S+ looked="
POST = "chat.postMessage"
LOOK = "conversations.history"

ACCEPTED: list[Point] = [("answered", POST), ("before", SETTLED)]
IN_DOUBT: list[Point] = [("committed", CLAIM), ("asks", POST), *ACCEPTED]
FOUR: list[Point] = [("committed", PLAN), ("committed", CLAIM), ("before", SETTLED), ("committed", SETTLED)]
EVERY: list[Point] = [
    *(("before", PLAN), ("committed", PLAN)),
    *(("before", LANE), ("committed", LANE), ("before", CLAIM)),
    *IN_DOUBT,
    ("committed", SETTLED),
]
HISTORY = ("channels:history", "groups:history")


async def every_week_once(prompts: Prompts, points: Iterable[Point], processes: int) -> None:
    for when, pattern in points:
        now = prompts.next_week()
        await prompts.dies(when, pattern, now)
        await prompts.recovers(now, processes)
        assert await prompts.wrong() == {}, (when, pattern)


@pytest.mark.parametrize(
    ("kind", "channel"), [("sqlite_url", "C0FRAUDTEAM"), ("postgresql_url", "C0LAUNCHES")], ids=["sqlite", "postgresql"]
)
def test_a_prompt_is_posted_once_whatever_dies(
    tmp_path: Path, request: pytest.FixtureRequest, slack: PretendSlack, kind: str, channel: str
) -> None:
    prompts = Prompts(tmp_path, request.getfixturevalue(kind), slack, channel)
    asyncio.run(every_week_once(prompts, FOUR, processes=1))


@pytest.mark.chaos
@PROCESSES
def test_a_prompt_is_posted_once_at_every_point(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, say: Say, processes: int
) -> None:
    prompts = Prompts(tmp_path, database_url, own_slack)
    asyncio.run(every_week_once(prompts, EVERY, processes))
    say(f"deliveries, {prompts.kind}, {processes} to recover: {len(EVERY)} points, 0 lost, 0 doubled")


async def without_history(prompts: Prompts) -> None:
    now = prompts.next_week()
    await prompts.dies("before", SETTLED, now)  # Slack has it
    await prompts.recovers(now)
    assert prompts.states() == ["held"]
    assert list((await prompts.posts()).values()) == [1]
    told = (await prompts.slack.state(person="anna", channel="dm"))["messages"]
    asked = [one for one in told if "did it arrive?" in one["data"]["text"]]
    assert len(asked) == 1


def test_without_history_an_owner_is_asked_and_nothing_is_doubled(
    tmp_path: Path, sqlite_url: str, slack: PretendSlack
) -> None:
    prompts = Prompts(tmp_path, sqlite_url, slack, "C0GENERAL")
    with slack.without("channels:history"):
        asyncio.run(without_history(prompts))


async def held_and_shown(prompts: Prompts, processes: int) -> None:
    """Kill at every point; what is in doubt is held, shown, and posted at most once, and all the rest once."""
    held: dict[str, int] = {}
    for point in EVERY:
        now = prompts.next_week()
        await prompts.dies(*point, now)
        await prompts.recovers(now, processes)
        newest, state = list(prompts.books.deliveries().items())[-1]
        assert state == ("held" if point in IN_DOUBT else "sent"), point
        if state == "held":
            held[newest] = int(point in ACCEPTED)
    sent = {name: 1 for name in prompts.books.deliveries() if name not in held}
    assert await prompts.posts() == sent | {name: 1 for name, posts in held.items() if posts}
    shown = prompts.bot.run("deliveries").partition("did it arrive?:\n")[2].splitlines()[: len(held)]
    assert {line.split()[-1] for line in shown} == {name[:8] for name in held}


@pytest.mark.chaos
@PROCESSES
def test_without_history_at_every_point_what_is_in_doubt_is_held_and_shown(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, say: Say, processes: int
) -> None:
    prompts = Prompts(tmp_path, database_url, own_slack)
    with own_slack.without(*HISTORY):
        asyncio.run(held_and_shown(prompts, processes))
    ended = f"{len(EVERY)} points, 0 doubled, {len(IN_DOUBT)} held and shown"
    say(f"deliveries, {prompts.kind}, {processes} to recover, no history: {ended}")
