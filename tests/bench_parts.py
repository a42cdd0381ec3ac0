"""The other processes of the bench: a stand-in for Slack's API, and a bare Bolt listener that only acks."""

import asyncio
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def free_port() -> int:
    """Find a port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Api:
    """What the stand-in has seen."""

    def __init__(self, url: str) -> None:
        self._url = url

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        with urlopen(f"{self._url}{path}") as answer:
            return json.load(answer)

    def cards(self) -> list[dict[str, Any]]:
        """Give one card per channel, as posted."""
        found: list[dict[str, Any]] = self._get("/cards")
        return found

    def told(self) -> str:
        """Say how much was posted and redrawn."""
        counts = self._get("/counts")
        return f"{counts['post']} cards posted, {counts['update']} redraws"

    def drawn(self) -> int:
        """Count what was posted and redrawn."""
        return sum(self._get("/counts").values())

    async def settled(self) -> float:
        """Wait until nothing has come for a while; give the seconds until the last that came."""
        start = last = time.perf_counter()
        seen = self._get("/counts")
        while time.perf_counter() - last < 1.3:
            await asyncio.sleep(0.05)
            now = self._get("/counts")
            if now != seen:
                seen, last = now, time.perf_counter()
        return last - start


class _StandIn:
    """Slack's API with an empty head: it answers at once, counts, and keeps one card per channel."""

    def __init__(self) -> None:
        self.counts = {"post": 0, "update": 0}
        self.cards: dict[str, dict[str, Any]] = {}
        self._fixed: dict[str, Any] = {
            "/counts": self.counts,
            "/api/auth.test": {"ok": True, "team_id": "T0BENCH", "team": "b", "url": "https://b/", "bot_id": "B"},
            "/api/users.info": {"ok": True, "user": {"id": "U", "tz": "UTC", "is_admin": False}},
            "/api/conversations.info": {"ok": True, "channel": {"id": "C", "is_private": False}},
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - the ASGI signature
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        told = json.dumps(self._reply(scope["path"], body)).encode()
        kind = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": told})

    def _reply(self, path: str, body: bytes) -> Any:  # noqa: ANN401 - JSON
        if path == "/cards":
            return list(self.cards.values())
        if path == "/api/chat.postMessage":
            self.counts["post"] += 1
            return self._keep(json.loads(body), f"1700000000.{self.counts['post']:06d}")
        if path == "/api/chat.update":
            self.counts["update"] += 1
        return self._fixed.get(path, {"ok": True})

    def _keep(self, sent: dict[str, Any], ts: str) -> dict[str, Any]:
        boxes = [one for one in sent["blocks"] if one["type"] == "actions"]
        card = {"ts": ts, "channel": sent["channel"], "text": sent["text"], "blocks": boxes}
        self.cards.setdefault(sent["channel"], card)
        return {"ok": True, "ts": ts, "channel": sent["channel"]}


def api(port: int) -> None:
    """Serve the stand-in."""
    uvicorn.run(_StandIn(), host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off")


def sandbox(port: int) -> None:
    """Serve the sandbox's API with twenty channels in which the bot is, and no rate limits."""
    from bot.manifest import manifest
    from sandbox.app import create_app
    from sandbox.cli import listen, server_for
    from sandbox.manifest import Manifest
    from sandbox.state import BOT_USER, Channel, new_workspace

    ws = new_workspace(f"http://127.0.0.1:{port}", "xoxb-sandbox-bench", "secret", Manifest(manifest()))
    ws.rates.enabled = False
    ws.channels |= {f"C{number:06}": Channel(f"C{number:06}", f"c-{number}", {BOT_USER}) for number in range(20)}
    asyncio.run(server_for(create_app(ws, "http://127.0.0.1:9/slack/events")).serve(sockets=[listen(port)]))


def bare(port: int) -> None:
    """Serve a Bolt app as it is usually put behind Starlette, whose listeners only ack."""
    token = os.environ["SLACK_BOT_TOKEN"]

    async def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=token, bot_id="B", bot_user_id="U")

    bolt = AsyncApp(
        signing_secret=os.environ["SLACK_SIGNING_SECRET"], authorize=authorize, process_before_response=True
    )

    async def command(ack: Callable[..., Any]) -> None:
        await ack("hi")

    async def action(ack: Callable[..., Any]) -> None:
        await ack()

    bolt.command("/aipm")(command)
    bolt.action(re.compile(".*"))(action)
    bolt.view(re.compile(".*"))(action)
    handler = AsyncSlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    routes = [Route("/slack/events", events, methods=["POST"]), Route("/healthz", healthz)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="error", access_log=False)


def _coach(folder: str) -> Any:  # noqa: ANN401 - a Coach; imported late, so that the API process stays small
    from bot import app, migrate
    from bot.settings import Settings

    url = f"sqlite:///{Path(folder) / 'parts.db'}"
    migrate.upgrade(url)
    return app.build(Settings(database_url=url))


def _milliseconds(times: int, work: Callable[[int], object]) -> float:
    start = time.perf_counter()
    for number in range(times):
        work(number)
    return (time.perf_counter() - start) / times * 1000


def card_milliseconds() -> float:
    """Build and serialise the largest shipped card, 200 times."""
    from bot.checklists import views

    with tempfile.TemporaryDirectory() as folder:
        coach, run = _with_run(folder)
        took = _milliseconds(200, lambda _: json.dumps(views.card(run).payload()))
        coach.close()
    return took


def where_the_time_goes() -> None:
    """Print what the parts of a request cost on their own."""
    from bot.database import Actor

    with tempfile.TemporaryDirectory() as folder:
        coach, run = _with_run(folder)
        actor = Actor("T", "U")
        parts = {
            "empty write transaction (fsync)": lambda n: _write_nothing(coach, n),
            "start: transaction": lambda n: _start(coach, f"system {n}"),
            "tick: transaction": lambda n: coach.checklists.tick(
                run.id, "ED-01", ticked=n % 2 == 0, clicked=n + 1, by=actor
            ),
            "redraw: read the run": lambda _: coach.checklists.get("T", run.id),
        }
        told = [f"{name} {_milliseconds(300, work):.2f} ms" for name, work in parts.items()]
        coach.close()
    print("where the time goes, part by part: " + "; ".join(told))


def _write_nothing(coach: Any, number: int) -> None:  # noqa: ANN401 - see _coach
    from bot.database import Actor

    with coach.database.write(Actor("T", "U", f"n{number}"), datetime.now(UTC)):
        pass


def _start(coach: Any, name: str) -> Any:  # noqa: ANN401 - see _coach
    from bot.checklists.model import Choices
    from bot.database import Actor
    from bot.systems.model import Named

    actor = Actor("T", "U", f"s{name}")
    return coach.checklists.start("ethics-check", Named(name), Choices(), by=actor, channel="C1")


def _with_run(folder: str) -> tuple[Any, Any]:
    coach = _coach(folder)
    return coach, coach.checklists.get("T", _start(coach, "Fraud model").run_id)


if __name__ == "__main__":
    {"api": api, "bare": bare, "sandbox": sandbox}[sys.argv[1]](int(sys.argv[2]))
