"""Socket Mode: at most ten links, each request over any one of them, acks by envelope id.

The links have a socket of their own, served by aiohttp, because uvicorn has no WebSockets without one more
package.
"""

import asyncio
import json
import secrets
import socket
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from sandbox.deliver import DEADLINE, Answer, Courier, Kind, Retry
from sandbox.guard import trusted
from sandbox.state import Json, Workspace
from sandbox.webapi import Call, SlackError, method

MOST_LINKS = 10
LINK_SECONDS = 3600
DEBUG_LINK_SECONDS = 360
NOTICE_SECONDS = 10


@dataclass(eq=False)
class Link:
    """One open connection."""

    socket: web.WebSocketResponse
    expires: float
    closing: bool = False


@dataclass
class Links:
    """All connections of the app, and the acks they owe."""

    ws: Workspace
    open: list[Link] = field(default_factory=list)
    url: str = ""
    _tickets: set[str] = field(default_factory=set)
    _owed: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a loopback port of its own."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{listener.getsockname()[1]}/link"
        app = web.Application()
        app.router.add_get("/link", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        """Close everything."""
        for link in tuple(self.open):
            await link.socket.close()
        if self._runner:
            await self._runner.cleanup()

    def ticket(self) -> str:
        """Give an address that works once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"{self.url}?ticket={ticket}&app_id={self.ws.app_id}"

    async def request(self, envelope: Json) -> Json | None:
        """Send an envelope over any link and wait for its ack; None if none comes in time."""
        ready = [link for link in self.open if not link.closing]
        if not ready:
            return None
        owed = self._owed[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await secrets.choice(ready).socket.send_json(envelope)
            return await asyncio.wait_for(owed, DEADLINE)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._owed[envelope["envelope_id"]]

    async def disconnect(self, reason: str) -> int:
        """Ask all links to leave: a `warning` gives notice, anything else closes them now."""
        links = tuple(self.open)
        for link in links:
            await self._dismiss(link, reason)
        return len(links)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if not trusted(request.remote or "", request.headers):
            raise web.HTTPForbidden
        if request.query.get("ticket") not in self._tickets:
            raise web.HTTPUnauthorized
        self._tickets.discard(request.query["ticket"])
        seconds = DEBUG_LINK_SECONDS if request.query.get("debug_reconnects") == "true" else LINK_SECONDS
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        link = Link(connection, self.ws.clock.now() + seconds)
        if len(self.open) >= MOST_LINKS:
            await self._dismiss(link, "too_many_websockets")
            return connection
        await self._hold(link, seconds)
        return connection

    async def _hold(self, link: Link, seconds: int) -> None:
        self.open.append(link)
        self.ws.touch()
        self.ws.background(self._age(link))
        info = {"host": "sandbox", "approximate_connection_time": seconds}
        hello = {"type": "hello", "num_connections": len(self.open), "debug_info": info}
        try:
            await link.socket.send_json(hello | {"connection_info": {"app_id": self.ws.app_id}})
            async for frame in link.socket:
                if frame.type == WSMsgType.TEXT:
                    self._acked(frame.data)
        finally:
            self.open.remove(link)
            self.ws.touch()

    async def _age(self, link: Link) -> None:
        await self.ws.clock.wait_until(link.expires - NOTICE_SECONDS)
        await self._dismiss(link, "warning")
        await self.ws.clock.wait_until(link.expires)
        await self._dismiss(link, "refresh_requested")

    async def _dismiss(self, link: Link, reason: str) -> None:
        if link.socket.closed:
            return
        link.closing = True
        await link.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
        if reason != "warning":
            await link.socket.close()

    def _acked(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except json.JSONDecodeError:
            return
        owed = self._owed.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if owed and not owed.done():
            owed.set_result(frame)


class SocketCourier(Courier):
    """Delivers over Socket Mode; there is no signature, the link itself is trusted."""

    def __init__(self, ws: Workspace, links: Links) -> None:
        super().__init__(ws)
        self.links = links

    async def carry(self, kind: Kind, payload: Json, retry: Retry | None) -> Answer:
        """Send one envelope."""
        envelope: Json = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            again = {
                "retry_attempt": retry.number if retry else 0,
                "retry_reason": retry.reason if retry else "",
            }
            envelope |= again
        frame = await self.links.request(envelope)
        if frame is None:
            return Answer(reason="http_timeout" if self.links.open else "connection_failed")
        sent = frame.get("payload") if envelope["accepts_response_payload"] else None
        return Answer(200, sent if isinstance(sent, str) else json.dumps(sent) if sent else "")

    async def close(self) -> None:
        """Close the links."""
        await self.links.stop()


@method("apps.connections.open", app_token=True, tier=1)
def open_connection(call: Call) -> Json:
    """Give an address for one link."""
    if call.ws.links is None:
        raise SlackError("socket_mode_not_enabled")
    return {"url": call.ws.links.ticket()}
