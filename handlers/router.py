"""Runs handlers, acks, and turns errors into words; the one place that does.

Order for a request: run the handler (local work and commit), ack, then the calls to Slack (handlers/outgoing.py).
No exception leaves a listener: Bolt drops an ack that was given before one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from bot.app import Coach
from bot.blocks import Message, Modal, section
from bot.database import CONNECTIONS
from bot.errors import AlreadyDone, FieldErrors, Refused
from handlers.mishaps import sentence, told, unexpected
from handlers.outgoing import NOTICE, Outgoing
from handlers.requests import Reply, Request
from handlers.routes import Handler, Routes


class Ack(Protocol):
    """Bolt's ack."""

    def __call__(self, *arguments: Any, **fields: Any) -> Awaitable[Any]:  # noqa: ANN401 - Bolt's own signature
        """Answer Slack."""
        ...


@dataclass
class Router:
    """Runs handlers in worker threads and answers with their replies."""

    coach: Coach
    outgoing: Outgoing
    routes: Routes
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="handler")
    )
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=1000))

    async def command(self, request: Request, ack: Ack) -> None:
        """Answer a slash command in the ack itself."""
        handler = self._command_handler(request)
        reply = await self._run(handler, request)
        if reply.retry:
            await ack()
            self._follow(handler, reply, request)
            return
        await ack(**_ephemeral(reply.say)) if reply.say else await ack()
        self.outgoing.follow(replace(reply, say=None), request)

    async def action(self, request: Request, ack: Ack) -> None:
        """Handle a click; its ack must be empty."""
        handler = self.routes.actions.get(request.action.id)
        reply = await self._run(handler, request) if handler else Reply()
        await ack()
        self._follow(handler, reply, request)

    async def shortcut(self, request: Request, ack: Ack) -> None:
        """Handle a message shortcut."""
        handler = self.routes.shortcuts.get(request.action.id)
        reply = await self._run(handler, request) if handler else Reply()
        await ack()
        self.outgoing.follow(reply, request)

    async def submission(self, request: Request, ack: Ack) -> None:
        """Handle a submitted modal; errors keep it open with what was typed."""
        handler = self.routes.submissions.get(request.view.callback_id if request.view else "")
        if handler is None:
            await ack()
            return
        try:
            reply = await self._in_thread(handler, request)
        except AlreadyDone:
            await ack()
        except FieldErrors as error:
            await ack(response_action="errors", errors=_on_fields(request, error.fields))
        except Refused as error:
            await self._keep_open(request, ack, error.text)
        except Exception:  # noqa: BLE001 - the last resort: the person learns of it, and nothing they typed is lost
            await self._keep_open(request, ack, unexpected())
        else:
            await ack(response_action=reply.how, view=reply.modal.payload()) if reply.modal else await ack()
            self.outgoing.follow(replace(reply, modal=None), request)

    async def event(self, request: Request, ack: Ack) -> None:
        """Handle a mention, a direct message or an opened Home tab; a failure is left to Slack's retry."""
        handler = self.routes.home if request.source == "home" else self._command_handler(request)
        try:
            reply = await self._in_thread(handler, request) if handler else Reply()
        except AlreadyDone:
            reply = Reply()
        except Refused as error:
            reply = Reply(say=sentence(error.text))
        await ack()
        self._follow(handler, self._said_once(reply, request), request)

    def _follow(self, handler: Handler | None, reply: Reply, request: Request) -> None:
        """Do what a reply asks for; what may be an admin's deed is tried once more when it is known who asks."""
        if reply.retry:
            self.outgoing.once_met(reply, request, lambda: self._run(handler, request))
        else:
            self.outgoing.follow(reply, request)

    def _said_once(self, reply: Reply, request: Request) -> Reply:
        """Drop what was said already: Slack repeats an event whose ack it missed, and saying leaves no row behind."""
        if not (reply.say or reply.later):
            return reply
        if request.key in self._said:
            return replace(reply, say=None, later=None, retry=False)
        self._said.append(request.key)
        return reply

    def _command_handler(self, request: Request) -> Handler | None:
        word = request.text.partition(" ")[0].casefold() or "help"
        found = self.routes.commands.get(word)
        return found.handler if found else self.routes.anything

    async def _in_thread(self, handler: Handler, request: Request) -> Reply:
        return await asyncio.get_running_loop().run_in_executor(self.pool, handler, request, self.coach)

    async def _run(self, handler: Handler | None, request: Request) -> Reply:
        if handler is None:
            return Reply()
        work = partial(handler, request, self.coach)
        return await asyncio.get_running_loop().run_in_executor(self.pool, told, work)

    async def _keep_open(self, request: Request, ack: Ack, text: str) -> None:
        """Show a sentence without losing what was typed: at the first field, or in place of a form without any."""
        if request.view and request.view.inputs:
            await ack(response_action="errors", errors={request.view.inputs[0]: text})
        else:
            modal = Modal("Not done", [section(text)], NOTICE)
            await ack(response_action="update", view=modal.payload())


def _ephemeral(message: Message) -> Mapping[str, Any]:
    return {**message.payload(), "response_type": "ephemeral"}


def _on_fields(request: Request, fields: Mapping[str, str]) -> dict[str, str]:
    """Put each sentence at the input block of that name; Slack refuses errors for any other block."""
    inputs = request.view.inputs if request.view else ()
    placed = {}
    for name, text in fields.items():
        block = next((one for one in inputs if one == name or one.startswith(f"{name}~")), None)
        placed[block or (inputs[0] if inputs else name)] = text
    return placed
