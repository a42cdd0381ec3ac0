"""SIGKILL while a process finds out what became of a post: the next one goes on, and each slot is posted once."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from tests.chaos.children import PretendSlack
from tests.chaos.prompts import PROCESSES, Point, Prompts
from tests.chaos.test_delivery_points import CLAIM, HISTORY, LANE, LOOK, POST, SETTLED

pytestmark = pytest.mark.chaos
Story = Callable[[Prompts, int], Coroutine[None, None, None]]

LOOKS: list[Point] = [("committed", LANE), ("asks", LOOK), ("answered", LOOK), ("before", SETTLED)]
"""Before the history is read, while it is, when it was, and before what was seen is committed."""

AGAIN: list[Point] = [("committed", CLAIM), ("asks", POST)]


async def dies_at(prompts: Prompts, now: str, points: list[Point]) -> None:
    """Die once per point, minutes apart."""
    for when, pattern in points:
        prompts.books.let_minutes_pass()
        await prompts.dies(when, pattern, now)


async def absent(prompts: Prompts, processes: int) -> None:
    """Die in both looks, before and after what each of them records, and in the second attempt and its looks."""
    now = prompts.next_week()
    await prompts.dies("asks", POST, now)
    await dies_at(prompts, now, LOOKS)
    assert prompts.states() == ["sending"]
    await dies_at(prompts, now, [("committed", SETTLED)])
    assert prompts.states() == ["unknown"]
    await dies_at(prompts, now, LOOKS)
    assert prompts.states() == ["unknown"]
    await dies_at(prompts, now, [("committed", SETTLED)])
    assert prompts.states() == ["ready"]
    for point in AGAIN:
        await dies_at(prompts, now, [point, *LOOKS, ("committed", SETTLED), ("committed", SETTLED)])
        assert prompts.states() == ["ready"]
    assert await prompts.posts() == {}
    await prompts.recovers(now, processes)
    assert await prompts.wrong() == {}


async def there(prompts: Prompts, processes: int) -> None:
    """Die in the look that finds the post, and after that was recorded."""
    for last in [*LOOKS, ("committed", SETTLED)]:
        now = prompts.next_week()
        await prompts.dies("answered", POST, now)
        await dies_at(prompts, now, [last])
        await prompts.recovers(now, processes)
        assert await prompts.wrong() == {}, last


@pytest.mark.parametrize("story", [absent, there])
@PROCESSES
def test_a_look_that_is_cut_short_is_made_again(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, processes: int, story: Story
) -> None:
    prompts = Prompts(tmp_path, database_url, own_slack)
    asyncio.run(story(prompts, processes))


async def asked(prompts: Prompts) -> int:
    """Count the questions that the owner was asked."""
    told = (await prompts.slack.state(person="anna", channel="dm"))["messages"]
    return sum("did it arrive?" in one["data"]["text"] for one in told)


async def holding(prompts: Prompts) -> None:
    """Die before the owner is asked, after, and after that was recorded: asked twice rather than never."""
    now = prompts.next_week()
    await prompts.dies("asks", POST, now)
    await dies_at(prompts, now, [("asks", POST)])
    assert (prompts.states(), await asked(prompts)) == (["sending"], 0)
    await dies_at(prompts, now, [("before", SETTLED)])
    assert (prompts.states(), await asked(prompts)) == (["sending"], 1)
    await dies_at(prompts, now, [("committed", SETTLED)])
    await prompts.recovers(now)
    assert (prompts.states(), await asked(prompts)) == (["held"], 2)
    assert await prompts.posts() == {}


def test_an_owner_is_asked_even_if_the_asking_is_cut_short(
    tmp_path: Path, database_url: str, own_slack: PretendSlack
) -> None:
    with own_slack.without(*HISTORY):
        asyncio.run(holding(Prompts(tmp_path, database_url, own_slack)))
