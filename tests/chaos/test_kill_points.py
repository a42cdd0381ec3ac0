"""SIGKILL at the four points that matter: nothing accepted is lost, and no card is doubled."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.children import ANNA, PretendSlack
from tests.chaos.clients import block_actions, press
from tests.chaos.story import CLAIM, SENT, Story


async def four_points(story: Story) -> None:
    async with story:
        await story.dies("committed", "INSERT INTO runs", taken=False, state="ready", posted=0)
        await story.dies("before", CLAIM, taken=True, state="ready", posted=0)
        await story.dies("committed", CLAIM, taken=True, state="sending", posted=0)
        await story.dies("before", SENT, taken=True, state="sending", posted=1)
        await story.rises()
        assert await story.ends() == []


@pytest.mark.parametrize(
    ("kind", "channel"), [("sqlite_url", "C0FRAUDTEAM"), ("postgresql_url", "C0LAUNCHES")], ids=["sqlite", "postgresql"]
)
def test_every_accepted_command_has_exactly_its_card(
    tmp_path: Path, request: pytest.FixtureRequest, slack: PretendSlack, kind: str, channel: str
) -> None:
    asyncio.run(four_points(Story(tmp_path, request.getfixturevalue(kind), slack, channel)))


async def without_history(story: Story) -> None:
    """Leave two cards in doubt; the one that arrived is found by a tick on it, the other is posted on request."""
    async with story:
        await story.dies("committed", CLAIM, taken=True, state="sending", posted=0)
        await story.dies("before", SENT, taken=True, state="sending", posted=1)
        await story.rises()
        assert [one.state for one in story.books.cards()] == ["held", "sent"]
        assert {name: len(found) for name, found in (await story.cards()).items()} == {"run-2": 1}
        asked = await story.slack.asked("anna", story.channel)
        assert len(asked) == 2
        again = press(asked[0]["blocks"], "card.post_again")
        form = block_actions(ANNA, asked[0], story.channel, again, story.watch())
        assert (await story.wire.send(story.bot, form)).quiet
        assert await story.ends() == []


def test_without_history_nothing_is_doubled_and_the_person_is_asked(
    tmp_path: Path, sqlite_url: str, slack: PretendSlack
) -> None:
    story = Story(tmp_path, sqlite_url, slack, "C0GENERAL")
    with slack.without("channels:history"):
        asyncio.run(without_history(story))
