"""Learning who people are and who may read a channel, from a real loopback HTTP server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.app import Coach
from bot.delivery.courtesy import RightOfWay
from bot.errors import Busy
from bot.installs import store
from bot.installs.store import Person
from bot.slack import Slack
from handlers.meeting import Meeting
from tests.samples import HERE, Clock
from tests.wire import Wire, wired

PERSON, CHANNEL = "users.info", "conversations.info"
ADMIN = {"user": {"tz": "Europe/Berlin", "is_admin": True}}
PRIVATE = {"channel": {"is_private": True}}


@dataclass
class Stage:
    """A wire, and what asks on it."""

    wire: Wire
    meeting: Meeting


Story = Callable[[Stage], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture
def play(coach: Coach) -> Play:
    """Run a story on a stage of its own."""

    @asynccontextmanager
    async def stage() -> AsyncIterator[Stage]:
        async with wired() as wire, Slack("xoxb-1", f"{wire.url}/api/") as slack:
            yield Stage(wire, Meeting(coach, slack, RightOfWay(), asyncio.Semaphore(1)))

    async def perform(story: Story) -> None:
        async with stage() as made:
            await story(made)

    return lambda story: asyncio.run(perform(story))


def test_a_person_is_asked_about_twice_a_day_at_most(play: Play, coach: Coach, clock: Clock) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.order(PERSON, ADMIN, "user_not_found")
        for _ in range(2):
            await stage.meeting.person("T1", "UBEN")
        assert len(stage.wire.of(PERSON)) == 1
        assert coach.installs.person("T1", "UBEN") == Person("T1", "UBEN", "Europe/Berlin", admin=True)
        clock.forward(hours=12)
        await stage.meeting.person("T1", "UBEN")
        assert coach.installs.person("T1", "UBEN") == Person("T1", "UBEN", "", admin=False)

    play(story)


def test_a_person_whom_the_database_did_not_take_is_asked_about_again(
    play: Play, coach: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.database.WAIT", 0.05)

    async def story(stage: Stage) -> None:
        stage.wire.order(PERSON, ADMIN, ADMIN)
        with coach.database.write(), pytest.raises(Busy):
            await stage.meeting.person("T1", "UBEN")
        await stage.meeting.person("T1", "UBEN")
        assert coach.installs.person("T1", "UBEN") == Person("T1", "UBEN", "Europe/Berlin", admin=True)

    play(story)


def test_a_channel_that_the_database_did_not_take_is_asked_about_again(
    play: Play, coach: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.database.WAIT", 0.05)
    coach.installs.note_channel("T1", HERE, public=True)

    async def story(stage: Stage) -> None:
        stage.wire.order(CHANNEL, PRIVATE, PRIVATE)
        with coach.database.write(), pytest.raises(Busy):
            await stage.meeting.channel("T1", HERE)
        await stage.meeting.channel("T1", HERE)
        with coach.database.read() as tx:
            assert not store.is_public(tx, "T1", HERE, coach.installs.now())

    play(story)
