"""Runs the coach until it is told to stop: over HTTP, or over Socket Mode."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import uvicorn

from bot.app import Coach, build
from bot.delivery.courtesy import take_short_turns
from bot.errors import SetupError
from bot.settings import SLACK_API, Settings
from handlers import http
from handlers.service import Service

GRACE = 10
"""Seconds that requests under way get at the end."""


def run(settings: Settings, *, clock: bool = True) -> int:
    """Serve; raise SetupError or ContentError before the first request if something is missing."""
    take_short_turns()
    _require(settings)
    coach = build(settings)
    coach.database.require_schema()
    service = Service(coach, clock=clock)
    if settings.socket_mode:
        asyncio.run(_socket(service))
    else:
        server = uvicorn.Config(
            http.app(service),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody asks where a request came from: Slack signs it
            timeout_graceful_shutdown=GRACE,
        )
        if settings.slack_api_url == SLACK_API:  # a sandbox prints the address that its visitor needs
            sys.stderr.write(f"The coach answers on http://{settings.host}:{settings.port}/slack/events\n")
        with suppress(KeyboardInterrupt):  # uvicorn raises Ctrl+C again once it has ended in good order
            uvicorn.Server(server).run()
    return 0


def _require(settings: Settings) -> None:
    if not settings.slack_bot_token.get_secret_value():
        raise SetupError("SLACK_BOT_TOKEN is not set. Try it without Slack: make run. Else: aipm doctor")
    if not (settings.socket_mode or settings.slack_signing_secret.get_secret_value()):
        raise SetupError("Set SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN (for Socket Mode).")


def work(settings: Settings) -> int:
    """Post what is due and keep cards right, without answering anybody."""
    coach = _worker(settings)
    asyncio.run(_work(Service(coach)))
    return 0


def tick(settings: Settings, now: datetime | None = None, since: datetime | None = None) -> int:
    """Make one pass, or one for every hour since a moment, as a sandbox whose clock was moved needs it.

    A `now` in the future is for a loopback Slack only: a real one would get posts too early.
    """
    if now and now > datetime.now(UTC) and not settings.is_loopback:
        raise SetupError("--now in the future works with a loopback SLACK_API_URL only; leave it out")
    coach = _worker(settings)
    asyncio.run(Service(coach).once([*_hours(since, now), now]))
    return 0


def _hours(since: datetime | None, now: datetime | None) -> Iterator[datetime]:
    """Give every hour between two moments: a slot that is passed over by more than half a day would be skipped."""
    end = now or datetime.now(UTC)
    while since and since < end:
        yield since
        since += timedelta(hours=1)


def _worker(settings: Settings) -> Coach:
    if not settings.slack_bot_token.get_secret_value():
        raise SetupError("SLACK_BOT_TOKEN is not set. Run: aipm doctor")
    take_short_turns()
    coach = build(settings, checkpoints=False)
    coach.database.require_schema()
    return coach


async def _work(service: Service) -> None:
    done = _told_to_stop()
    async with service.running():
        sys.stderr.write("The worker posts what is due. It answers no requests: that is `aipm serve --no-clock`.\n")
        await done.wait()


def _told_to_stop() -> asyncio.Event:
    done = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, done.set)
    return done


async def _socket(service: Service) -> None:
    # Loading these takes a fifth of the time to start, and most do not need them.
    from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler  # noqa: PLC0415
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    settings = service.coach.settings
    token = settings.slack_app_token.get_secret_value()
    client = AsyncWebClient(base_url=settings.slack_api_url)
    done = _told_to_stop()
    async with service.running():
        handler = AsyncSocketModeHandler(service.bolt, token, web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        sys.stderr.write("The coach answers over Socket Mode.\n")
        await done.wait()
        await handler.close_async()  # type: ignore[no-untyped-call]
