"""Carries out replies: every call to Slack after an ack, as tracked tasks that are finished before the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog

from bot.app import Coach
from bot.blocks import Message, Modal
from bot.charts import NotDrawn
from bot.delivery import notices
from bot.delivery.drawer import AT_ONCE, Drawer
from bot.retros.search import views
from bot.slack import Declined, Slack, SlackError
from handlers import mishaps
from handlers.meeting import Meeting
from handlers.requests import Like, Reply, Request
from handlers.sharing import Sharing

NOTICE = "form.notice"

MAKING = 2
"""What takes a while that is made at once: handlers keep their threads, and files few people's memory."""

MEETING = 1.0
"""Seconds for which a form or an admin's deed waits for what Slack says: what opens a form lives for three."""

INDEXED = 5
"""Retros that the search takes in before it looks whether somebody waits for an answer."""

_T = TypeVar("_T")
_TOO_LATE = {"expired_trigger_id", "trigger_expired", "invalid_trigger_id"}
# Closed or clicked on since; or the form was opened by another delivery of the same request.
_MOOT = {"hash_conflict", "not_found", "exchanged_trigger_id", "trigger_exchanged"}
_log = structlog.get_logger()


def _nobody() -> None:
    """Wake nobody."""


@dataclass
class Outgoing:
    """Shows forms, says things to one person, shares files, has cards drawn."""

    coach: Coach
    slack: Slack
    drawer: Drawer
    kick: Callable[[], None] = _nobody
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    # The response_url by which a form was asked for, for a card or an answer where the coach is no member.
    _kept: dict[tuple[str, str], str] = field(default_factory=dict)
    _looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _making: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAKING))
    _indexing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _behind: bool = False

    def __post_init__(self) -> None:
        self._sharing = Sharing(self.slack)
        self._meeting = Meeting(self.coach, self.slack, self.drawer.way, self._looking)

    def follow(self, reply: Reply, request: Request) -> None:
        """Start what a reply asks for."""
        hook = self._trusted(request.hook) or self._kept.pop((request.user, reply.channel), "")
        if reply.modal and hook and (_was_asked(request) or reply.replaces):
            self._kept[request.user, request.channel] = hook
        self._look_and_draw(reply, request, hook)
        if reply.deliver:
            self.kick()
        if reply.index:
            self._begin(self.index())
        met = [self._begin(self._meeting.person(request.workspace, user)) for user in sorted(reply.meet)]
        met += [self._begin(self._meeting.channel(request.workspace, channel)) for channel in sorted(reply.look_at)]
        for work in self._remote(reply, request, hook, met):
            self._begin(work)

    def once_met(self, reply: Reply, request: Request, answer: Callable[[], Awaitable[Reply]]) -> None:
        """Give another answer as soon as Slack has said of a person who they are, or does not say so in time."""
        met = [self._begin(self._meeting.person(request.workspace, user)) for user in sorted(reply.meet)]
        self._begin(self._answer_once_met(met, request, answer))

    async def _answer_once_met(
        self, met: Collection[asyncio.Task[None]], request: Request, answer: Callable[[], Awaitable[Reply]]
    ) -> None:
        await asyncio.wait(met, timeout=MEETING)
        self.follow(await answer(), request)

    def _look_and_draw(self, reply: Reply, request: Request, hook: str) -> None:
        if reply.like:
            self._begin(self._offer(reply, reply.like, request, hook))
        else:
            self._have_drawn(reply, request, hook)
        for key in reply.also:
            self.drawer.want(key)
        if reply.say_later:
            self._begin(self._say_later(reply.say_later, request, hook, reply.channel))
        if reply.later:
            self._begin(self._make(reply.later, request, hook))

    def _have_drawn(self, reply: Reply, request: Request, hook: str) -> None:
        for key, before in zip(reply.draw, (None, *reply.draw), strict=False):
            self.drawer.want(key, hook, replaces=bool(request.message_ts), after=before)

    async def _offer(self, reply: Reply, like: Like, request: Request, hook: str) -> None:
        """Look for past retros like what has begun, then draw it; tell the asker of those that only they may see."""
        finder = self.coach.finder
        try:
            mine = await self._when_free(
                lambda: finder.offer(
                    like.key, like.text, channel=like.channel, user=request.user, named=like.named, form=like.form
                )
            )
        finally:
            self._have_drawn(reply, request, hook)
        if mine:
            await self._say(views.offered_to_you(mine), request, hook, like.channel)

    async def _when_free(self, look: Callable[[], _T]) -> _T:
        """Take a look for which no ack waits."""
        async with self._looking:
            await self.drawer.way.give()
            return await asyncio.get_running_loop().run_in_executor(None, look)

    async def _say_later(self, look: Callable[[], Message | None], request: Request, hook: str, channel: str) -> None:
        message = await self._when_free(look)
        if message:
            await self._say(message, request, hook, channel)

    async def _make(self, make: Callable[[], Reply], request: Request, hook: str) -> None:
        """Make what takes a while, then say and share it, in this order; the picture keeps nobody else waiting."""
        async with self._making:
            reply = await self._when_free(lambda: mishaps.told(make))
            for work in self._remote(replace(reply, picture=None), request, hook, ()):
                await self._begin(work)
        for work in self._remote(replace(reply, say=None, files={}), request, hook, ()):
            await self._begin(work)

    async def index(self) -> None:
        """Weigh the causes of what was logged or changed, and have the search know it; no ack waits for it.

        One at a time: several would find the same retros.
        """
        self._behind = True
        if self._indexing.locked():
            return
        async with self._indexing:
            while self._behind:
                self._behind = False
                for catch_up in (self.coach.proposals.catch_up, self.coach.finder.catch_up):
                    await self._catch_up(catch_up)

    async def _catch_up(self, catch_up: Callable[[int], bool]) -> None:
        more = True
        while more:
            await self.drawer.way.give()
            more = await asyncio.get_running_loop().run_in_executor(None, catch_up, INDEXED)

    def learn(self, workspace: str, channel: str) -> None:
        """Have it looked up who may read a channel."""
        self._begin(self._meeting.channel(workspace, channel))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _remote(
        self, reply: Reply, request: Request, hook: str, met: Collection[asyncio.Task[None]]
    ) -> list[Coroutine[Any, Any, None]]:
        work: list[Coroutine[Any, Any, None]] = []
        if reply.modal:
            showing = self._show_to(reply.modal, reply, request, hook, met)
            work.append(self._or_say_so(showing, request, hook))
        if reply.home:
            work.append(self._publish(reply, request))
        if reply.say:
            work.append(self._say(reply.say, request, hook, reply.channel, replaces=reply.replaces))
        if reply.files:
            work.append(self._or_say_so(self._sharing.files(reply, request.user), request, hook, reply.channel))
        if reply.picture:
            drawing = self._sharing.picture(reply.picture, reply, request.user)
            work.append(self._or_say_so(drawing, request, hook, reply.channel))
        if reply.retired:
            work.append(self._retire(reply.channel, reply.retired))
        return work

    async def _or_say_so(self, work: Coroutine[Any, Any, None], request: Request, hook: str, channel: str = "") -> None:
        """Do what the person waits for; if Slack is down, or no picture comes, say so rather than nothing."""
        try:
            await work
        except SlackError as error:
            _log.warning("Slack call failed", error=str(error))
            await self._say(mishaps.sentence(mishaps.why(error)), request, hook, channel)
        except NotDrawn as error:
            _log.warning("picture not drawn", error=str(error))
            await self._say(mishaps.sentence(mishaps.NOT_DRAWN), request, hook, channel)

    async def _show_to(
        self, modal: Modal, reply: Reply, request: Request, hook: str, met: Collection[asyncio.Task[None]]
    ) -> None:
        """Show a form by what Slack says of a person or a channel that we have not met, if it says so in time."""
        if reply.again and met:
            await asyncio.wait(met, timeout=MEETING)
            modal = await asyncio.get_running_loop().run_in_executor(None, reply.again)
        await self._show(modal, reply.how, request, hook)

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
            if error.code in _MOOT:
                return
            late = "Slack closed the door before I could open the form. Please click again."
            text = late if error.code in _TOO_LATE else f"Slack did not open the form ({error.code})."
            _log.warning("form not shown", callback=modal.callback_id, error=str(error))
            await self._say(mishaps.sentence(text), request, hook)

    async def _publish(self, reply: Reply, request: Request) -> None:
        if reply.home:
            view = reply.home.payload()
            await self.slack.call(self.slack.client.views_publish(user_id=request.user, view=view))

    async def _say(
        self, message: Message, request: Request, hook: str, channel: str = "", *, replaces: bool = False
    ) -> None:
        """Say something to the asker alone: over the form, by response_url, in the channel, else directly."""
        if request.source == "action" and request.view and request.view.callback_id:
            await self._show(Modal("Not done", message.blocks, NOTICE), "push", replace(request, view=None), hook)
            return
        payload = message.payload()
        where = channel or request.channel
        try:
            if hook:
                await self.slack.answer(hook, payload | {"response_type": "ephemeral", "replace_original": replaces})
            elif where and request.source != "direct":
                await self.slack.whisper(where, request.user, payload, request.thread_ts or None)
            else:
                await self.slack.post(where or await self.slack.direct(request.user), payload)
        except Declined:
            await self.slack.post(await self.slack.direct(request.user), payload)

    async def _retire(self, channel: str, ts: str) -> None:
        """Say on a card that was posted again that it has moved; it would stay as it was for good."""
        await self.slack.redraw(channel, ts, notices.moved().payload())

    def _trusted(self, hook: str) -> str:
        """Give the response_url only if it points to Slack, or to the loopback stand-in that was configured."""
        parts = urlsplit(hook)
        return hook if f"{parts.scheme}://{parts.netloc}" in self.coach.settings.hook_origins else ""

    async def drain(self) -> None:
        """Finish the calls that are under way, and those to which they lead."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _was_asked(request: Request) -> bool:
    """Say whether it came by a command, or from what one person alone was told; a card has an address of its own."""
    return request.source == "command" or (request.source == "action" and not (request.message_ts or request.view))


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    started = time.monotonic()
    try:
        await work
    except SlackError as error:
        _log.warning("Slack call failed", error=str(error), seconds=round(time.monotonic() - started, 2))
    except Exception:  # noqa: BLE001 - a bug in a task that nobody awaits would else be silent
        _log.exception("follow-up broke")
