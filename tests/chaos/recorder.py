"""As much of Slack's Web API as a card needs, and no more: every drawing is shown to whoever watches the channel."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web

from tests.chaos.clients import TEAM

Json = dict[str, Any]
SLOWEST = 0.08


@dataclass
class Recorder:
    """Keeps each message as it was drawn last."""

    random: Random
    messages: dict[str, Json] = field(default_factory=dict)
    posted: dict[str, list[str]] = field(default_factory=dict)
    watchers: dict[str, list[Callable[[Json], None]]] = field(default_factory=dict)
    begun: dict[str, asyncio.Event] = field(default_factory=dict)
    whispers: list[str] = field(default_factory=list)
    url: str = ""

    def watch(self, channel: str, draw: Callable[[Json], None]) -> None:
        """Show a screen every drawing in a channel from now on."""
        self.watchers.setdefault(channel, []).append(draw)

    async def card(self, channel: str, seconds: float = 10) -> Json:
        """Wait for the first message in a channel."""
        async with asyncio.timeout(seconds):
            await self.begun.setdefault(channel, asyncio.Event()).wait()
        return self.messages[self.posted[channel][0]]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer on a free port of loopback."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        sent = await request.json() if request.content_type == "application/json" else dict(await request.post())
        methods = {"auth.test": self._who, "chat.postMessage": self._post, "chat.update": self._update}
        methods["chat.postEphemeral"] = self._whisper
        method = methods.get(request.match_info["method"])
        await asyncio.sleep(self.random.uniform(0, SLOWEST))
        answer = method(sent) if method else {"channel": {"id": sent.get("channel"), "is_private": False}}
        return web.json_response({"ok": True, **answer})

    def _who(self, _sent: Json) -> Json:
        told = {"team_id": TEAM, "team": "Chaos", "url": "https://chaos.example/"}
        return {**told, "bot_id": "B0CHAOS", "user_id": "U0CHAOS"}

    def _post(self, sent: Json) -> Json:
        ts = f"1700000000.{len(self.messages):06d}"
        self.posted.setdefault(sent["channel"], []).append(ts)
        self._draw(ts, sent)
        self.begun.setdefault(sent["channel"], asyncio.Event()).set()
        return {"ts": ts, "channel": sent["channel"]}

    def _update(self, sent: Json) -> Json:
        self._draw(sent["ts"], sent)
        return {"ts": sent["ts"], "channel": sent["channel"]}

    def _whisper(self, sent: Json) -> Json:
        self.whispers.append(sent["text"])
        return {"message_ts": "1700000000.999999"}

    def _draw(self, ts: str, sent: Json) -> None:
        message = {"ts": ts, "text": sent["text"], "blocks": sent["blocks"]}
        self.messages[ts] = message
        for draw in self.watchers.get(sent["channel"], ()):
            draw(message)
