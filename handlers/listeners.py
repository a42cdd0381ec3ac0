"""Bolt, as thin as it can be: a few listeners that turn payloads into requests for the router."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.app import Coach
from bot.installs.store import Install
from handlers import (
    checklists,
    deliveries,
    drift,
    learning,
    quiz,
    requests,
    retro_actions,
    retro_cards,
    retro_find,
    retro_proposals,
    retro_record,
    retro_rounds,
    retros,
)
from handlers.requests import MALFORMED
from handlers.router import Ack, Router

FEATURES = (
    checklists,
    deliveries,
    drift,
    learning,
    quiz,
    retros,
    retro_actions,
    retro_cards,
    retro_find,
    retro_proposals,
    retro_record,
    retro_rounds,
)
"""The rooms whose handlers are registered by being imported."""

_ANY = re.compile(".*")
_log = structlog.get_logger()


def bolt(coach: Coach, router: Router, known: Mapping[str, Install]) -> AsyncApp:
    """Build the Bolt app; signatures are verified before it, in HTTP mode by handlers/http.py.

    `known` holds the workspaces by id, as far as Slack has said who the token is.
    """
    app = AsyncApp(
        signing_secret=coach.settings.slack_signing_secret.get_secret_value() or "socket mode has none",
        authorize=_authorize(coach, known),
        process_before_response=True,
        request_verification_enabled=False,
        # What no handler of ours looks at: Slack's retired check of certificates, workflow steps, assistants.
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        logger=logging.getLogger("slack_bolt"),  # or Bolt's own would take the level of the root
    )
    _register(app, router)
    app.error(_broken)
    return app


async def _broken(error: Exception) -> BoltResponse:
    """Answer 400 to a payload that cannot be read, else 500: Slack delivers an event again after either."""
    _log.error("request broke", exc_info=error)
    return BoltResponse(status=400 if isinstance(error, MALFORMED) else 500)


def _authorize(coach: Coach, known: Mapping[str, Install]) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Give who the bot is from what is stored: Bolt's own way asks Slack first, and fails when Slack is slow."""
    token = coach.settings.slack_bot_token.get_secret_value()

    async def authorize(context: AsyncBoltContext, team_id: str | None) -> AuthorizeResult:
        install = known.get(team_id or "")
        return AuthorizeResult(
            enterprise_id=context.enterprise_id,
            team_id=team_id,
            bot_token=token,
            bot_id=install.bot_id if install else None,
            bot_user_id=install.bot_user_id if install else None,
        )

    return authorize


def _register(app: AsyncApp, router: Router) -> None:
    """Register one listener per kind of payload, and a last one so that no event is answered 404."""

    async def command(body: dict[str, Any], ack: Ack) -> None:
        await router.command(requests.from_command(body), ack)

    async def action(body: dict[str, Any], ack: Ack) -> None:
        await router.action(requests.from_action(body), ack)

    async def submission(body: dict[str, Any], ack: Ack, request: AsyncBoltRequest) -> None:
        sent = request.headers.get("x-slack-request-timestamp", ["0"])[0]
        await router.submission(requests.from_submission(body, int(sent)), ack)

    async def shortcut(body: dict[str, Any], ack: Ack) -> None:
        await router.shortcut(requests.from_shortcut(body), ack)

    async def event(body: dict[str, Any], ack: Ack) -> None:
        request = requests.from_event(body)
        await (router.event(request, ack) if request else ack())

    async def closed(ack: Ack) -> None:
        await ack()

    app.command(_ANY)(command)
    app.action(_ANY)(action)
    app.view_submission(_ANY)(submission)
    app.view_closed(_ANY)(closed)
    app.shortcut(_ANY)(shortcut)
    app.event(_ANY)(event)
