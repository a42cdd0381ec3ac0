"""Posts what is due, each slot exactly once, safe to kill at any moment; one process at a time per workspace."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.blocks import Message
from bot.database import Transaction
from bot.delivery.courtesy import RightOfWay
from bot.outbox import notices
from bot.outbox.group import Group
from bot.outbox.model import Delivery, Outcome, backoff
from bot.outbox.service import Outbox
from bot.slack import Declined, Limited, Slack, SlackError, Unclear

LANES = 16
"""Workspaces into which one process posts at the same moment."""

RATE = 4.0
"""Posts a second into one workspace, after a first handful; Slack allows several hundred a minute."""

PER_CHANNEL = 1.0
"""Seconds between two posts into one channel: Slack's rule for chat.postMessage."""

PROMPT = 10.0
"""Seconds after its claim within which a post must be on its way, or it is not sent at all."""

GRACE = timedelta(seconds=120)
"""HTTP time-out, the kernel's own resending and the difference of clocks: an attempt older than this is over."""

LOOK_AGAIN = timedelta(seconds=60)
CLOCKS_DIFFER = timedelta(minutes=5)
ATTEMPTS = 8

_PLAIN = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
_PAUSES = {
    "message_limit_exceeded": timedelta(hours=24),
    "ekm_access_denied": timedelta(hours=1),
    "org_login_required": timedelta(minutes=30),
    "team_added_to_org": timedelta(minutes=30),
}
_T = TypeVar("_T")
_log = structlog.get_logger()


@dataclass
class Dispatcher:
    """Runs one task per workspace that has something due; `grace` and `look_again` are shorter in tests."""

    outbox: Outbox
    slack: Slack
    way: RightOfWay
    grace: timedelta = GRACE
    look_again: timedelta = LOOK_AGAIN
    rate: float = RATE
    _group: Group = field(init=False)
    _lanes: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _posted: dict[str, dict[str, float]] = field(default_factory=dict)
    _kicks: set[asyncio.Task[None]] = field(default_factory=set)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LANES))
    _ticking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closing: bool = False

    def __post_init__(self) -> None:
        self._group = Group(self.outbox.database)

    async def tick(self, due: datetime | None = None) -> None:
        """Plan what is due and see to it that somebody posts it; `due` decides only what is due."""
        async with self._ticking:
            moment = due or self.outbox.now()
            await _aside(self.outbox.plan, moment)
            for workspace in await _aside(self.outbox.due_workspaces, moment):
                self._open(workspace, moment)

    def kick(self) -> None:
        """Have a tick now: somebody asked for a post and waits for it."""
        if not self._closing:
            task = asyncio.get_running_loop().create_task(self.tick())
            self._kicks.add(task)
            task.add_done_callback(self._kicks.discard)
            task.add_done_callback(_report)

    async def idle(self) -> None:
        """Wait until nothing is being posted."""
        while self._lanes or self._kicks:
            await asyncio.gather(*self._lanes.values(), *self._kicks, return_exceptions=True)
            await asyncio.sleep(0)

    async def drain(self) -> None:
        """Finish the posts that are under way."""
        self._closing = True
        await self.idle()

    def _open(self, workspace: str, due: datetime) -> None:
        if workspace in self._lanes or self._closing:
            return
        task = asyncio.get_running_loop().create_task(self._lane(workspace, due))
        self._lanes[workspace] = task
        task.add_done_callback(lambda _: self._lanes.pop(workspace, None))
        task.add_done_callback(_report)

    async def _lane(self, workspace: str, due: datetime) -> None:
        left = False
        try:
            for one in await self._group.write(lambda tx: self.outbox.unclear_in(tx, workspace, self.grace)):
                outcome = await self._look(one)
                await self._conclude(workspace, [outcome] if outcome else [])
            while not (left or self._closing):
                async with self._gate:
                    await self.way.give()
                    left, posted = await self._round(workspace, due)
                if not left:
                    await asyncio.sleep(posted / self.rate if posted else 0.1)
        finally:
            if not left:
                await _aside(self.outbox.release, workspace)

    def _busy(self, workspace: str) -> set[str]:
        """Name the channels that have just had a post."""
        since = time.monotonic() - PER_CHANNEL
        recent = {channel: at for channel, at in self._posted.pop(workspace, {}).items() if at > since}
        if recent:
            self._posted[workspace] = recent
        return set(recent)

    async def _round(self, workspace: str, due: datetime) -> tuple[bool, int]:
        """Post a few; say whether the lane was left because nothing more can be done in it now, and how many."""
        deadline, busy = time.monotonic() + PROMPT, self._busy(workspace)
        batch = await self._group.write(lambda tx: self.outbox.claim_in(tx, workspace, due, busy))
        if not batch.claimed:
            return not batch.more, 0
        drawn = await self._drawn(workspace, batch.claimed)
        attempts = (self._attempt(one, drawn, deadline) for one in batch.claimed)
        tried = await asyncio.gather(*attempts, return_exceptions=True)
        outcomes = [one for one in tried if isinstance(one, Outcome)]
        for broken in (one for one in tried if isinstance(one, BaseException)):
            _log.error("delivery broke", exc_info=broken)  # left as it is: found out about, and tried again, later
        self._posted.setdefault(workspace, {}).update({one.channel: time.monotonic() for one in batch.claimed})
        return await self._conclude(workspace, outcomes, due), len(batch.claimed)

    async def _drawn(self, workspace: str, some: Sequence[Delivery]) -> Mapping[str, Message] | None:
        """Draw messages; None if one of them cannot be drawn: then each is tried on its own."""
        [drawn] = await asyncio.gather(_aside(self.outbox.messages, workspace, some), return_exceptions=True)
        return None if isinstance(drawn, BaseException) else drawn

    async def _attempt(self, one: Delivery, drawn: Mapping[str, Message] | None, deadline: float) -> Outcome:
        if drawn is None:
            drawn = await _aside(self.outbox.messages, one.workspace, [one])
        message = drawn.get(one.id)
        if message is None:
            return Outcome(one, "skipped", code="gone")
        try:
            return Outcome(one, "sent", await self._send(one, message, deadline))
        except SlackError as error:
            _log.info("not posted", delivery=one.id, workspace=one.workspace, error=str(error))
            return self._judge(one, error)

    async def _send(self, one: Delivery, message: Message, deadline: float) -> str:
        mark = {"metadata": {"event_type": "aipm_delivery", "event_payload": {"delivery_id": one.id}}}
        thread = one.thread or None
        try:
            return await self.slack.post(one.channel, message.payload() | mark, thread, deadline=deadline)
        except Declined as error:
            if error.code not in _PLAIN:
                raise
            _log.error("blocks refused, posted as plain text", delivery=one.id, error=str(error))
            return await self.slack.post(one.channel, {"text": message.text} | mark, thread, deadline=deadline)

    def _judge(self, one: Delivery, error: SlackError) -> Outcome:
        """Sort a failure by whether Slack could have taken the post."""
        if isinstance(error, Unclear):
            return Outcome(one, "unknown", code=error.code)
        if isinstance(error, Limited):
            return Outcome(one, "ready", code=error.code, block=timedelta(seconds=error.seconds))
        if isinstance(error, Declined):
            return self._declined(one, error)
        if one.attempt >= ATTEMPTS:
            return Outcome(one, "refused", code=error.code)
        wait = backoff(one.attempt, random.random())  # noqa: S311 - it spreads retries, and keeps no secret
        return Outcome(one, "ready", code=error.code, retry_at=self.outbox.now() + wait)

    def _declined(self, one: Delivery, error: Declined) -> Outcome:
        if error.token_is_dead:
            return Outcome(one, "ready", code=error.code, stop=error.code)
        if error.code in _PAUSES:
            return Outcome(one, "ready", code=error.code, block=_PAUSES[error.code])
        return Outcome(one, "refused", code=error.code)

    async def _conclude(self, workspace: str, outcomes: Sequence[Outcome], due: datetime | None = None) -> bool:
        """Settle attempts and tell owners of refusals; say whether the lane was left in the same transaction."""

        def settle(tx: Transaction) -> tuple[list[Outcome], bool]:
            settled = self.outbox.settle_in(tx, workspace, outcomes) if outcomes else []
            return settled, due is not None and self.outbox.leave_in(tx, workspace, due)

        settled, left = await self._group.write(settle)
        for one in settled:
            if one.state == "refused":
                await self._tell(one.delivery, notices.refused(one.delivery, one.code))
        return left

    async def _look(self, one: Delivery) -> Outcome | None:
        since = (one.sending_at or self.outbox.now()) - CLOCKS_DIFFER
        try:
            found = await self._found(one, since.timestamp())
        except Declined:
            # In this order: whoever dies in between asks twice, and not never.
            await self._tell(one, notices.held(one))
            return Outcome(one, "held", code=one.error)
        except SlackError as error:
            _log.warning("history not read", delivery=one.id, error=str(error))
            return None
        if found:
            return Outcome(one, "sent", found)
        if one.looked:
            return Outcome(one, "ready")
        # Slack may be slow to show what it took: one look is not enough to post again.
        return Outcome(one, "unknown", code=one.error, retry_at=self.outbox.now() + self.look_again, looked=1)

    async def _found(self, one: Delivery, since: float) -> str | None:
        # A post to a person stands in the direct message with them, which has an id of its own.
        channel = await self.slack.direct(one.channel) if one.channel.startswith("U") else one.channel
        messages = await self.slack.history(channel, since, thread=one.thread or None)
        return next((str(message["ts"]) for message in messages if _id_of(message) == one.id), None)

    async def _tell(self, one: Delivery, message: Message) -> None:
        try:
            await self.slack.post(await self.slack.direct(one.owner), message.payload())
        except SlackError as error:
            _log.warning("an owner could not be told", delivery=one.id, error=str(error))


async def _aside(work: Callable[..., _T], *arguments: object) -> _T:
    return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)


def _id_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if not message.get("bot_id") or metadata.get("event_type") != "aipm_delivery":
        return None
    return str((metadata.get("event_payload") or {}).get("delivery_id"))


def _report(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error:
        _log.error("dispatching broke", exc_info=error)
