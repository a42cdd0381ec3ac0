"""SIGSTOP in the middle of a delivery, for longer than the lease: another goes on, and each slot is posted once."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.children import PretendSlack
from tests.chaos.hasty import GRACE, LEASE
from tests.chaos.prompts import Point, Prompts, Story
from tests.chaos.test_delivery_points import CLAIM, LANE, LOOK, PLAN, POST, SETTLED

pytestmark = pytest.mark.chaos

OUTSIDE: list[Point] = [("committed", PLAN), ("committed", CLAIM), ("asks", POST), ("answered", POST)]
INSIDE: list[Point] = [("before", PLAN), ("before", LANE), ("before", CLAIM), ("before", SETTLED)]
"""In a transaction: whoever freezes there keeps the others from writing."""

OVER = max(LEASE, GRACE) + 0.5


async def others_go_on(prompts: Prompts) -> None:
    """Freeze outside a transaction; the slot is posted meanwhile, and not again when the frozen process goes on."""
    for point in OUTSIDE:
        now = prompts.next_week()
        await prompts.freezes(*point, now)
        await prompts.recovers(now)
        assert await prompts.wrong() == {}, point
        await prompts.thaws()
        await prompts.recovers(now)
        assert await prompts.wrong() == {}, point


async def others_wait(prompts: Prompts) -> None:
    """Freeze in a transaction."""
    for point in INSIDE:
        now = prompts.next_week()
        await prompts.freezes(*point, now)
        await asyncio.sleep(OVER)
        await prompts.passes(now)
        await prompts.thaws()
        await prompts.recovers(now)
        assert await prompts.wrong() == {}, point


async def looks(prompts: Prompts) -> None:
    """Freeze in the first look and in the second, when the post is there and when it is not."""
    for before in ("asks", "answered"):
        for earlier in (0, 1) if before == "asks" else (0,):
            now = prompts.next_week()
            await prompts.dies(before, POST, now)
            await asyncio.sleep(OVER)
            for _ in range(earlier):
                await prompts.passes(now)
                assert prompts.states()[-1] == "unknown"
                await asyncio.sleep(1)
            await prompts.freezes("answered", LOOK, now)
            await prompts.recovers(now)
            assert await prompts.wrong() == {}, (before, earlier)
            await prompts.thaws()
            assert await prompts.wrong() == {}, (before, earlier)


@pytest.mark.parametrize("story", [others_go_on, others_wait, looks])
def test_a_frozen_process_doubles_nothing(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, story: Story
) -> None:
    asyncio.run(story(Prompts(tmp_path, database_url, own_slack, hasty=True)))


async def with_the_usual_waits(prompts: Prompts) -> None:
    """Freeze for longer than a post may wait before its first byte leaves; its time-out has not begun yet."""
    now = prompts.next_week()
    await prompts.freezes("committed", CLAIM, now)
    await asyncio.sleep(11)
    await prompts.recovers(now)
    assert await prompts.wrong() == {}
    await prompts.thaws()
    await prompts.recovers(now)
    assert await prompts.wrong() == {}


def test_a_process_that_was_frozen_for_long_sends_nothing(
    tmp_path: Path, database_url: str, own_slack: PretendSlack
) -> None:
    asyncio.run(with_the_usual_waits(Prompts(tmp_path, database_url, own_slack)))
