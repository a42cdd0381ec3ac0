"""Runs the coach until it is told to stop: over HTTP, or over Socket Mode."""

import asyncio
import signal
import sys
from contextlib import suppress

import uvicorn
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import Coach, build
from bot.errors import SetupError
from bot.settings import SLACK_API, Settings
from handlers import http

GRACE = 10
"""Seconds that requests under way get at the end."""


def run(settings: Settings) -> int:
    """Serve; raise SetupError or ContentError before the first request if something is missing."""
    # The loop must not keep a thread that has answered from its turn: at the default of 5 ms, acks wait for drawings.
    sys.setswitchinterval(0.0005)
    _require(settings)
    coach = build(settings)
    coach.database.require_schema()
    if settings.socket_mode:
        asyncio.run(_socket(coach))
    else:
        server = uvicorn.Config(
            http.app(coach),
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


async def _socket(coach: Coach) -> None:
    service = http.Service(coach)
    token = coach.settings.slack_app_token.get_secret_value()
    client = AsyncWebClient(base_url=coach.settings.slack_api_url)
    done = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, done.set)
    async with service.running():
        handler = AsyncSocketModeHandler(service.bolt, token, web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        sys.stderr.write("The coach answers over Socket Mode.\n")
        await done.wait()
        await handler.close_async()  # type: ignore[no-untyped-call]
