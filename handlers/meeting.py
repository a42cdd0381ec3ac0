"""Learns from Slack who people are and who may read a channel, and keeps it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from bot.app import Coach
from bot.delivery.courtesy import RightOfWay
from bot.slack import Declined, Slack

_T = TypeVar("_T")
_AGAIN = timedelta(hours=12)
_log = structlog.get_logger()


@dataclass
class Meeting:
    """Asks about each person and each channel twice a day at most; `looking` bounds what is looked up at once.

    The time is that of what is kept: a machine that slept must not believe it fresh when the database does not.
    """

    coach: Coach
    slack: Slack
    way: RightOfWay
    looking: asyncio.Semaphore
    _learned: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def channel(self, workspace: str, channel: str) -> None:
        """Learn who may read a channel; one that the bot may not see counts as private."""

        async def learn() -> None:
            public = await self._asked(self.slack.is_public, channel, unless=False)
            await _aside(partial(self.coach.installs.note_channel, workspace, channel, public=public))
            if not public:
                await _aside(partial(self.coach.finder.hide, workspace, channel))

        await self._once(workspace, channel, learn)

    async def person(self, workspace: str, user: str) -> None:
        """Learn a person's time zone and whether they are an admin."""

        async def learn() -> None:
            # Slack declines where the app was installed before it asked for the scope.
            zone, admin = await self._asked(self.slack.person, user, unless=("", False))
            await _aside(partial(self.coach.installs.note_person, workspace, user, zone=zone, admin=admin))

        await self._once(workspace, user, learn)

    async def _once(self, workspace: str, of: str, learn: Callable[[], Awaitable[None]]) -> None:
        """Learn of somebody or something, unless it is known; what could not be kept is asked for again next time."""
        now = self.coach.installs.now()
        known = self._learned.get((workspace, of))
        if known is None or now >= known + _AGAIN:
            await learn()
            self._learned[workspace, of] = now

    async def _asked(self, ask: Callable[[str], Awaitable[_T]], of: str, *, unless: _T) -> _T:
        async with self.looking:
            await self.way.give()
            try:
                return await ask(of)
            except Declined as error:
                _log.info("not learned", of=of, error=error.code)
                return unless


async def _aside(work: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, work)
