"""What lives as long as a process of the coach, whether it answers Slack, works behind, or makes one pass."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.async_app import AsyncApp

from bot.app import Coach
from bot.delivery.drawer import Drawer
from bot.installs.store import Install
from bot.outbox.dispatcher import Dispatcher
from bot.slack import Slack, SlackError
from handlers.listeners import bolt
from handlers.outgoing import Outgoing
from handlers.router import Router
from handlers.routes import routes

TICK = 15
"""Seconds between two looks for what is due and for cards that are behind."""

_log = structlog.get_logger()


class Service:
    """Everything that lives as long as the process: the Web API, the drawer, the dispatcher, the clock, Bolt."""

    def __init__(self, coach: Coach, *, clock: bool = True) -> None:
        self.coach = coach
        self._keeps_time = clock
        settings = coach.settings
        self.slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self.drawer = Drawer(coach.database, self.slack, coach.render, coach.checklists.now)
        self.dispatcher = Dispatcher(coach.outbox, self.slack, self.drawer.way)
        self.outgoing = Outgoing(coach, self.slack, self.drawer, self.dispatcher.kick)
        self.router = Router(coach, self.outgoing, routes)
        self.known: dict[str, Install] = {}
        self._ticking = asyncio.Lock()
        self.bolt: AsyncApp = bolt(coach, self.router, self.known)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the Web API, start the clock; on the way out finish what is under way."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(self.router.pool)
        async with self.slack:
            clock = _clock(self.tick) if self._keeps_time else None
            first = loop.create_task(self.tick())
            yield
            if clock:
                clock.pause()
            await asyncio.gather(first, return_exceptions=True)
            if clock:
                async with self._ticking:  # APScheduler cancels a job that it finds under way
                    clock.shutdown(wait=False)
            await self.outgoing.drain()
            await self.dispatcher.drain()
            await self.drawer.drain()
            self.router.pool.shutdown(wait=False)
        self.coach.close()

    async def once(self, moments: Iterable[datetime | None]) -> None:
        """Make a pass for each moment and wait for its end; a moment decides only what is due."""
        asyncio.get_running_loop().set_default_executor(self.router.pool)
        async with self.slack:
            await self._catch_up()
            for due in moments:
                await self.dispatcher.tick(due)
                await self.dispatcher.idle()
            await self.drawer.idle()
            await self.outgoing.drain()
            self.router.pool.shutdown(wait=False)
        self.coach.close()

    async def tick(self) -> None:
        """Do what time asks for."""
        async with self._ticking:
            await self._catch_up()
            if self._keeps_time:
                await self.dispatcher.tick()

    async def _catch_up(self) -> None:
        """Draw what is behind; learn who the token is, until Slack has said so once."""
        try:
            await self._introduce()
        except SlackError as error:
            _log.warning("Slack does not answer for the token; run: aipm doctor", error=str(error))
        await self.drawer.catch_up()
        loop = asyncio.get_running_loop()
        for places in (self.coach.checklists.places_to_check, self.coach.retros.places_to_check):
            for workspace, channel in await loop.run_in_executor(None, places):
                self.outgoing.learn(workspace, channel)
        await self.outgoing.index()
        await loop.run_in_executor(None, self.coach.database.forget_requests, self.coach.checklists.now())

    async def _introduce(self) -> None:
        """Ask Slack once per process who the token is, and keep the answer: no request has to wait for it."""
        if self.known:
            return
        found = await self.slack.identity()
        install = Install(found.workspace, found.name, found.url, found.bot_id, found.bot_user_id)
        await asyncio.get_running_loop().run_in_executor(None, self.coach.installs.remember, install)
        await asyncio.get_running_loop().run_in_executor(None, self.coach.outbox.token_works, install.workspace)
        self.known[install.workspace] = install


def _clock(tick: Callable[[], Any]) -> AsyncIOScheduler:
    """Start the clock: one job in memory that holds no state."""
    clock = AsyncIOScheduler(timezone="UTC")
    clock.add_job(tick, "interval", seconds=TICK, coalesce=True, max_instances=1, misfire_grace_time=None)
    clock.start()
    return clock
