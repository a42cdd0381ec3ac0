"""The ASGI app: requests are checked here, before anything parses them, and handed to Bolt."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.app import Coach
from bot.delivery.drawer import Drawer
from bot.installs.store import Install
from bot.slack import Slack, SlackError
from handlers.listeners import bolt
from handlers.outgoing import Outgoing
from handlers.requests import MALFORMED
from handlers.router import Router
from handlers.routes import routes

BODY_LIMIT = 1_000_000
"""Bytes; Slack's largest payload is a view of 250 KB, sent with its state."""

TICK = 15
"""Seconds between two looks for cards that are behind."""

_TIMESTAMP = re.compile(r"\d{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_log = structlog.get_logger()


def app(coach: Coach) -> Starlette:
    """Build the ASGI app for HTTP mode."""
    service = Service(coach)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    routing = [Route("/slack/events", _Events(service), methods=["POST"]), Route("/healthz", healthz, methods=["GET"])]
    return Starlette(routes=routing, lifespan=lambda _: service.running())


class Service:
    """Everything that lives as long as the process: the Web API, the drawer, the clock, Bolt."""

    def __init__(self, coach: Coach) -> None:
        self.coach = coach
        settings = coach.settings
        self.slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self.drawer = Drawer(coach.database, self.slack, coach.render, coach.checklists.now)
        self.outgoing = Outgoing(coach, self.slack, self.drawer)
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
            clock = _clock(self._tick)
            first = loop.create_task(self._tick())
            yield
            clock.pause()
            await asyncio.gather(first, return_exceptions=True)
            async with self._ticking:  # APScheduler cancels a job that it finds under way
                clock.shutdown(wait=False)
            await self.outgoing.drain()
            await self.drawer.drain()
            self.router.pool.shutdown(wait=False)
        self.coach.close()

    async def _tick(self) -> None:
        async with self._ticking:
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Draw what is behind; learn who the token is, until Slack has said so once."""
        try:
            await self._introduce()
        except SlackError as error:
            _log.warning("Slack does not answer for the token; run: aipm doctor", error=str(error))
        await self.drawer.catch_up()
        loop = asyncio.get_running_loop()
        for workspace, channel in await loop.run_in_executor(None, self.coach.checklists.places_to_check):
            self.outgoing.learn(workspace, channel)
        await loop.run_in_executor(None, self.coach.database.forget_requests, self.coach.checklists.now())

    async def _introduce(self) -> None:
        """Ask Slack once per process who the token is, and keep the answer: no request has to wait for it."""
        if self.known:
            return
        found = await self.slack.identity()
        install = Install(found.workspace, found.name, found.url, found.bot_id, found.bot_user_id)
        await asyncio.get_running_loop().run_in_executor(None, self.coach.installs.remember, install)
        self.known[install.workspace] = install


class _Events:
    """POST /slack/events, as plain ASGI: Starlette's wrapping of a function costs a tenth of an ack."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._verifier = SignatureVerifier(service.coach.settings.slack_signing_secret.get_secret_value())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", 413)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return PlainTextResponse("not signed by Slack", 401)  # Slack signs text
        if not _is_slack(self._verifier, request, text):
            return PlainTextResponse("not signed by Slack, or too old", 401)
        with self._service.drawer.way.answering():
            return await _dispatch(self._service.bolt, request, text)


def _clock(tick: Callable[[], Any]) -> AsyncIOScheduler:
    """Start the clock: one job in memory that holds no state."""
    clock = AsyncIOScheduler(timezone="UTC")
    clock.add_job(tick, "interval", seconds=TICK, coalesce=True, max_instances=1, misfire_grace_time=None)
    clock.start()
    return clock


async def _body(request: Request) -> bytes | None:
    """Read the body, but no more of it than Slack ever sends."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _is_slack(verifier: SignatureVerifier, request: Request, body: str) -> bool:
    """Check the signature over the raw body; the SDK itself fails on a timestamp that is no number."""
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    return timestamp.isascii() and verifier.is_valid(body, timestamp, signature)


async def _dispatch(bolt_app: AsyncApp, request: Request, body: str) -> Response:
    """Hand the request to Bolt, which trusts that whatever was signed has Slack's shape."""
    try:
        asked = AsyncBoltRequest(body=body, headers=dict(request.headers))
        answer = await bolt_app.async_dispatch(asked)
    except MALFORMED as error:
        return _not_slacks(type(error).__name__)
    headers = {name: value for name, value in answer.first_headers().items() if name != "content-length"}
    return Response(answer.body, answer.status, headers=headers)


def _not_slacks(why: str) -> Response:
    _log.warning("not a payload of Slack's", why=why)
    return PlainTextResponse("not a payload of Slack's", 400)
