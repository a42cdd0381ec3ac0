"""A loopback HTTP server that answers in Slack's words as a test tells it to, and remembers what it was asked."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

Json = dict[str, Any]
DROP = "drop the connection without an answer"


@dataclass(frozen=True)
class Status:
    """An answer that is no JSON: a status, and how long to wait."""

    code: int
    retry_after: str = ""


@dataclass
class Wire:
    """What was asked, and what is answered next; without an order every method succeeds."""

    url: str = ""
    asked: list[tuple[str, Json]] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, deque[object]] = field(default_factory=lambda: defaultdict(deque))
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def order(self, method: str, *answers: object) -> None:
        """Queue answers: an error's name, a Status, DROP, or the JSON itself."""
        self.orders[method].extend(answers)

    def of(self, method: str) -> list[Json]:
        """Give what a method was asked with."""
        return [body for name, body in self.asked if name == method]

    async def until(self, method: str, times: int = 1) -> None:
        """Wait until a method was asked so often."""
        async with asyncio.timeout(5):
            while len(self.of(method)) < times:
                self._arrived.clear()
                await self._arrived.wait()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.asked.append((method, await _body(request)))
        self.times[method].append(time.monotonic())
        self._arrived.set()
        if method in self.held:
            await self.held[method].wait()
        order = self.orders[method].popleft() if self.orders[method] else {}
        if order == DROP and request.transport:
            request.transport.abort()
        if isinstance(order, Status) and order.retry_after:
            told = {"ok": False, "error": "ratelimited"}
            return web.json_response(told, status=order.code, headers={"Retry-After": order.retry_after})
        if isinstance(order, Status):
            return web.Response(text="<h1>Oh no</h1>", content_type="text/html", status=order.code)
        if isinstance(order, str):
            return web.json_response({"ok": False, "error": order})
        return web.json_response(self._success(method) | dict(order if isinstance(order, Mapping) else {}))

    def _success(self, method: str) -> Json:
        told: Json = {"ok": True}
        if method == "chat.postMessage":
            told |= {"ts": f"17.{next(self._numbers):06d}", "channel": "C1"}
        if method == "conversations.open":
            told["channel"] = {"id": "DASKER"}
        if method == "conversations.history":
            told["messages"] = []
        return told


async def _body(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **await request.post()}


@asynccontextmanager
async def wired() -> AsyncIterator[Wire]:
    """Serve on a free port of the loopback address."""
    wire = Wire()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", wire.answer)
    app.router.add_route("*", "/{method:hook}/{_:.*}", wire.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield wire
    finally:
        await runner.cleanup()
