"""Slack answers wrongly, late or not at all, or cannot be reached: each slot is posted once."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.chaos.children import PATIENCE, Bot, PretendSlack, free_port
from tests.chaos.prompts import Prompts, Story
from tests.chaos.test_delivery_points import LOOK, POST

pytestmark = pytest.mark.chaos

FAULTS = {
    "timeout_after": 3.0,
    "dropped_before": 0.0,
    "dropped_after": 0.0,
    "error_before": 0.0,
    "error_after": 0.0,
    "ratelimited": 1.0,
    "slow": 1.5,  # taken after the coach has given up, as far as it may be
}
"""What goes wrong, and for how many seconds; a hasty coach waits one for an answer."""

LOOKS = ("timeout_after", "dropped_before", "error_before", "ratelimited")
LONG = 15


async def strikes(prompts: Prompts, kind: str, method: str) -> None:
    await prompts.slack.do("fault", kind=kind, method=method, count=1, seconds=FAULTS[kind])


async def posts_struck(prompts: Prompts) -> None:
    for kind in FAULTS:
        now = prompts.next_week()
        await strikes(prompts, kind, POST)
        await prompts.recovers(now)
        assert await prompts.wrong() == {}, kind


async def looks_struck(prompts: Prompts) -> None:
    """Lose the answer to a post, and trouble the look, too."""
    for kind in LOOKS:
        now = prompts.next_week()
        await strikes(prompts, "dropped_after", POST)
        await strikes(prompts, kind, LOOK)
        await prompts.recovers(now)
        assert await prompts.wrong() == {}, kind


async def nobody_there(prompts: Prompts) -> None:
    """Have the first attempt find a closed port: it is known not to have arrived, and no look is needed."""
    now = prompts.next_week()
    nowhere = {**prompts.bot.settings, "SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api/"}
    Bot(prompts.folder, nowhere, hasty=True).run("tick", "--now", now)
    assert prompts.states() == ["ready"]
    with prompts.slack.without("channels:history"):
        await prompts.recovers(now)
    assert await prompts.wrong() == {}


async def everybody_waits(prompts: Prompts) -> None:
    """Have one process be told to wait: no other posts before that time is over."""
    now, asked = prompts.next_week(), time.monotonic()
    await prompts.slack.do("fault", kind="ratelimited", method=POST, count=1, seconds=LONG)
    for _ in range(2):
        await prompts.passes(now)
    assert time.monotonic() - asked < LONG, "the machine is too slow to tell"
    assert (prompts.states(), await prompts.posts()) == (["ready"], {})
    await prompts.recovers(now)
    assert time.monotonic() - asked > LONG
    assert await prompts.wrong() == {}


@pytest.mark.parametrize("story", [posts_struck, looks_struck, nobody_there, everybody_waits])
def test_trouble_on_the_way_doubles_and_loses_nothing(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, story: Story
) -> None:
    asyncio.run(story(Prompts(tmp_path, database_url, own_slack, hasty=True)))


async def killed_without_an_answer(prompts: Prompts, processes: int) -> None:
    """Kill while Slack has the post and says nothing."""
    now = prompts.next_week()
    await prompts.slack.do("fault", kind="timeout_after", method=POST, count=1, seconds=PATIENCE)
    prompts.bot.start(command=("tick", "--now", now))
    for _ in range(500):
        if await prompts.posts():
            break
        await asyncio.sleep(0.02)
    prompts.bot.kill()
    assert prompts.states() == ["sending"]
    await prompts.recovers(now, processes)
    assert await prompts.wrong() == {}


@pytest.mark.parametrize("processes", [1, 2])
def test_killed_while_slack_says_nothing(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, processes: int
) -> None:
    asyncio.run(killed_without_an_answer(Prompts(tmp_path, database_url, own_slack), processes))
