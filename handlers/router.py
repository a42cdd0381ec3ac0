"""Acks, answers, opens views and turns errors into words; the one place that does.

Order for a request: run the handler (local work and commit), ack, then the calls to Slack as tracked tasks.
No exception leaves a listener: Bolt drops an ack that was given before one.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from bot.app import Coach
from bot.blocks import Message, Modal, section
from bot.database import CONNECTIONS
from bot.delivery.drawer import Drawer
from bot.errors import AlreadyDone, FieldErrors, Refused
from bot.slack import Declined, Slack, SlackError
from handlers.requests import Reply, Request

Handler = Callable[[Request, Coach], Reply]
_log = structlog.get_logger()
_LEARN_AGAIN = 12 * 3600
_TRIGGER_ERRORS = {
    "expired_trigger_id",
    "trigger_expired",
    "exchanged_trigger_id",
    "trigger_exchanged",
    "invalid_trigger_id",
}


class Ack(Protocol):
    """Bolt's ack."""

    def __call__(self, *arguments: Any, **fields: Any) -> Awaitable[Any]:  # noqa: ANN401 - Bolt's own signature
        """Answer Slack."""
        ...


@dataclass(frozen=True)
class Command:
    """A sub-command, as help shows it."""

    name: str
    usage: str
    summary: str
    group: str
    handler: Handler


@dataclass
class Routes:
    """What is registered by decorator; a second registration of a name is a mistake and is refused."""

    commands: dict[str, Command] = field(default_factory=dict)
    actions: dict[str, Handler] = field(default_factory=dict)
    submissions: dict[str, Handler] = field(default_factory=dict)
    shortcuts: dict[str, Handler] = field(default_factory=dict)
    home: Handler | None = None
    anything: Handler | None = None

    def command(self, name: str, usage: str, summary: str, group: str) -> Callable[[Handler], Handler]:
        """Register a sub-command."""

        def register(handler: Handler) -> Handler:
            _add(self.commands, name, Command(name, usage, summary, group, handler))
            return handler

        return register

    def action(self, *ids: str) -> Callable[[Handler], Handler]:
        """Register the handler of one or more controls."""
        return self._into(self.actions, ids)

    def submission(self, *ids: str) -> Callable[[Handler], Handler]:
        """Register the handler of a submitted modal."""
        return self._into(self.submissions, ids)

    def shortcut(self, *ids: str) -> Callable[[Handler], Handler]:
        """Register the handler of a message shortcut."""
        return self._into(self.shortcuts, ids)

    def _into(self, table: dict[str, Handler], ids: tuple[str, ...]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for one in ids:
                _add(table, one, handler)
            return handler

        return register


def _add(table: dict[str, Any], name: str, value: object) -> None:
    if name in table:
        raise ValueError(f"{name!r} is registered twice")
    table[name] = value


routes = Routes()


@dataclass
class Router:
    """Runs handlers in worker threads and carries out their replies."""

    coach: Coach
    slack: Slack
    drawer: Drawer
    routes: Routes
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="handler")
    )
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _answering: int = 0
    _learned: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.drawer.quiet.set()

    async def command(self, request: Request, ack: Ack) -> None:
        """Answer a slash command in the ack itself."""
        reply = await self._run(self._command_handler(request), request)
        await ack(**_ephemeral(reply.say)) if reply.say else await ack()
        self._follow(replace(reply, say=None), request)

    async def action(self, request: Request, ack: Ack) -> None:
        """Handle a click; its ack must be empty."""
        handler = self.routes.actions.get(request.action.id)
        reply = await self._run(handler, request) if handler else Reply()
        await ack()
        self._follow(reply, request)

    async def shortcut(self, request: Request, ack: Ack) -> None:
        """Handle a message shortcut."""
        handler = self.routes.shortcuts.get(request.action.id)
        reply = await self._run(handler, request) if handler else Reply()
        await ack()
        self._follow(reply, request)

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
            await self._keep_open(request, ack, _unexpected())
        else:
            await ack(response_action=reply.how, view=reply.modal.payload()) if reply.modal else await ack()
            self._follow(replace(reply, modal=None), request)

    async def event(self, request: Request, ack: Ack) -> None:
        """Handle a mention, a direct message or an opened Home tab; a failure is left to Slack's retry."""
        handler = self.routes.home if request.source == "home" else self._command_handler(request)
        try:
            reply = await self._in_thread(handler, request) if handler else Reply()
        except AlreadyDone:
            reply = Reply()
        except Refused as error:
            reply = Reply(say=_sentence(error.text))
        await ack()
        self._follow(reply, request)

    async def drain(self) -> None:
        """Finish the calls to Slack that are under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.pool.shutdown(wait=False)

    def _command_handler(self, request: Request) -> Handler | None:
        word = request.text.partition(" ")[0].casefold() or "help"
        found = self.routes.commands.get(word)
        return found.handler if found else self.routes.anything

    async def _in_thread(self, handler: Handler, request: Request) -> Reply:
        return await asyncio.get_running_loop().run_in_executor(self.pool, handler, request, self.coach)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request from its arrival to its answer; drawings let requests pass."""
        self._answering += 1
        self.drawer.quiet.clear()
        try:
            yield
        finally:
            self._answering -= 1
            if not self._answering:
                self.drawer.quiet.set()

    async def _run(self, handler: Handler | None, request: Request) -> Reply:
        if handler is None:
            return Reply()
        try:
            return await self._in_thread(handler, request)
        except AlreadyDone:
            return Reply()
        except Refused as error:
            return Reply(say=_sentence(error.text))
        except Exception:  # noqa: BLE001 - the last resort: Bolt drops the ack of a listener that raises
            return Reply(say=_sentence(_unexpected()))

    async def _keep_open(self, request: Request, ack: Ack, text: str) -> None:
        """Show a sentence without losing what was typed: at the first field, or in place of a form without any."""
        if request.view and request.view.inputs:
            await ack(response_action="errors", errors={request.view.inputs[0]: text})
        else:
            modal = Modal("Not done", [section(text)], "form.notice")
            await ack(response_action="update", view=modal.payload())

    def _follow(self, reply: Reply, request: Request) -> None:
        hook = self._trusted(request.hook)
        for key in reply.draw:
            self.drawer.want(key, hook)
        for work in self._remote(reply, request, hook):
            task = asyncio.get_running_loop().create_task(_logged(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _remote(self, reply: Reply, request: Request, hook: str) -> list[Coroutine[Any, Any, None]]:
        work: list[Coroutine[Any, Any, None]] = []
        if reply.modal:
            work.append(self._show(reply.modal, reply.how, request, hook))
        if reply.home:
            work.append(self._publish(reply, request))
        if reply.say:
            work.append(self._say(reply.say, request, hook, reply.channel))
        if reply.files:
            work.append(self._share(reply, request))
        work += [self._learn(request.workspace, channel) for channel in sorted(reply.look_at)]
        return work

    async def _show(self, modal: Modal, how: str, request: Request, hook: str) -> None:
        view = modal.payload()
        client = self.slack.client
        try:
            if how == "update" and request.view:
                await self.slack.call(client.views_update(view=view, view_id=request.view.id, hash=request.view.hash))
            elif how == "push":
                await self.slack.call(client.views_push(view=view, trigger_id=request.trigger))
            else:
                await self.slack.call(client.views_open(view=view, trigger_id=request.trigger))
        except Declined as error:
            if error.code in {"hash_conflict", "not_found"}:
                return  # the person has closed it, or has clicked on since
            late = "Slack closed the door before I could open the form. Please click again."
            text = late if error.code in _TRIGGER_ERRORS else f"Slack did not open the form ({error.code})."
            _log.warning("form not shown", callback=modal.callback_id, error=str(error))
            await self._say(_sentence(text), request, hook)

    async def _publish(self, reply: Reply, request: Request) -> None:
        if reply.home:
            view = reply.home.payload()
            await self.slack.call(self.slack.client.views_publish(user_id=request.user, view=view))

    async def _say(self, message: Message, request: Request, hook: str, channel: str = "") -> None:
        """Say something to the asker alone: by response_url, else in the channel, else directly."""
        payload = message.payload()
        where = channel or request.channel
        try:
            if hook:
                await self.slack.answer(hook, payload | {"response_type": "ephemeral", "replace_original": False})
            elif where and request.source != "direct":
                await self.slack.whisper(where, request.user, payload, request.thread_ts or None)
            else:
                await self.slack.post(where or await self.slack.direct(request.user), payload)
        except Declined:
            await self.slack.post(await self.slack.direct(request.user), payload)

    async def _share(self, reply: Reply, request: Request) -> None:
        """Put files into the channel, or, where the coach may not post, send them to the asker and say so."""
        if not reply.direct:
            try:
                await self.slack.share(reply.channel, reply.files, reply.comment)
            except Declined as error:
                _log.info("files not taken by the channel", error=error.code)
            else:
                return
        excuse = "" if reply.direct else f"I may not post in <#{reply.channel}>, so here it is. "
        await self.slack.share(await self.slack.direct(request.user), reply.files, excuse + reply.comment)

    async def _learn(self, workspace: str, channel: str) -> None:
        """Learn who may read a channel, twice a day at most; one that the bot may not see counts as private."""
        if time.monotonic() < self._learned.get((workspace, channel), 0):
            return
        self._learned[workspace, channel] = time.monotonic() + _LEARN_AGAIN
        try:
            public = await self.slack.is_public(channel)
        except Declined:
            public = False
        loop = asyncio.get_running_loop()
        note = self.coach.installs.note_channel
        await loop.run_in_executor(self.pool, lambda: note(workspace, channel, public=public))

    def _trusted(self, hook: str) -> str:
        """Give the response_url only if it points to Slack, or to the loopback stand-in that was configured."""
        parts = urlsplit(hook)
        return hook if f"{parts.scheme}://{parts.netloc}" in self.coach.settings.hook_origins else ""


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    started = time.monotonic()
    try:
        await work
    except SlackError as error:
        _log.warning("Slack call failed", error=str(error), seconds=round(time.monotonic() - started, 2))
    except Exception:  # noqa: BLE001 - a bug in a task that nobody awaits would else be silent
        _log.exception("follow-up broke")


def _sentence(text: str) -> Message:
    return Message(text, [section(text)])


def _ephemeral(message: Message) -> Mapping[str, Any]:
    return {**message.payload(), "response_type": "ephemeral"}


def _unexpected() -> str:
    reference = secrets.token_hex(3).upper()
    _log.exception("handler broke", reference=reference)
    return (
        f"Something went wrong on my side (reference {reference}). Please try again; if it stays, tell whoever runs me."
    )


def _on_fields(request: Request, fields: Mapping[str, str]) -> dict[str, str]:
    """Put each sentence at the input block of that name; Slack refuses errors for any other block."""
    inputs = request.view.inputs if request.view else ()
    placed = {}
    for name, text in fields.items():
        block = next((one for one in inputs if one == name or one.startswith(f"{name}~")), None)
        placed[block or (inputs[0] if inputs else name)] = text
    return placed
