"""Posts cards and keeps them right: coalesced, at most one redraw a second each, safe to kill at any moment."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.blocks import Message
from bot.database import Database
from bot.delivery import notices, store
from bot.delivery.courtesy import RightOfWay
from bot.delivery.model import Card, Key
from bot.slack import Declined, Limited, Slack, SlackError, Unclear, Unreached

SPACING = 1.0
"""Seconds between two redraws of one card; chat.update is Tier 3, about 50 a minute."""

AT_ONCE = 8

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far our clock may be from Slack's; a signed request would be refused beyond that."""

PROMPT = timedelta(seconds=5)
"""How long after its claim a post may begin; with the HTTP time-out it is over well within GRACE."""

HOOK_LIFE = timedelta(minutes=30)
HOOK_USES = 5
_T = TypeVar("_T")
_log = structlog.get_logger()


@dataclass
class _Hook:
    """A response_url: 5 uses within 30 minutes; kept in memory only, because it works without a token.

    That of a click on a card can replace the card; that of a command has no message behind it.
    """

    url: str
    until: datetime
    replaces: bool
    uses: int = HOOK_USES


@dataclass
class Drawer:
    """Draws whatever card is behind; `render` gives the message of a key, or None if the thing is gone."""

    database: Database
    slack: Slack
    render: Callable[[Key], Message | None]
    now: Callable[[], datetime]
    spacing: float = SPACING
    way: RightOfWay = field(default_factory=RightOfWay)
    _tasks: dict[Key, asyncio.Task[None]] = field(default_factory=dict)
    _again: set[Key] = field(default_factory=set)
    _hooks: dict[Key, _Hook] = field(default_factory=dict)
    _paused: dict[str, float] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _closing: bool = False

    def want(self, key: Key, hook: str | None = None, *, replaces: bool = False, after: Key | None = None) -> None:
        """Ask for a card to be drawn, `after` one that it links to; asking while it is being drawn costs nothing."""
        if hook:
            self._hooks[key] = _Hook(hook, self.now() + HOOK_LIFE, replaces)
        if key in self._tasks:
            self._again.add(key)
        elif not self._closing:
            first = self._tasks.get(after) if after else None
            task = asyncio.get_running_loop().create_task(self._draw(key, first))
            self._tasks[key] = task
            task.add_done_callback(_report)

    async def catch_up(self) -> None:
        """Draw all that is behind, and settle what a dead process left open."""
        for key in list(self._hooks):
            self._usable(key)
        for card in await self._aside(self._unconfirmed):
            await self._reconcile(card)
        for card in await self._aside(self._undrawn):
            self.want(card.key)

    async def drain(self) -> None:
        """Finish what is under way; what is only waiting is redrawn after the next start."""
        self._closing = True
        self._again.clear()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing is being drawn."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def _draw(self, key: Key, first: asyncio.Task[None] | None) -> None:
        try:
            if first:
                await asyncio.wait([first])
            while await self._round(key) and not self._closing:
                pass
        finally:
            # In the same step as the last look at `_again`: a wish that came later starts a task of its own.
            del self._tasks[key]

    async def _round(self, key: Key) -> bool:
        async with self._gate:
            await self.way.give()
            await self._wait_for_slack(key.workspace)
            self._again.discard(key)
            wait = await self._attempt(key)
        if self._closing or not (wait or key in self._again):
            return False
        await asyncio.sleep(wait or self.spacing)
        return True

    async def _wait_for_slack(self, workspace: str) -> None:
        pause = self._paused.get(workspace, 0) - time.monotonic()
        if pause > 0 and not self._closing:
            await asyncio.sleep(pause)

    async def _attempt(self, key: Key) -> float:
        """Try once; give the seconds after which to try again, or 0 if there is nothing more to do now."""
        try:
            card, message = await self._aside(self._look, key)
            if card and message:
                await self._bring_up_to_date(card, message)
        except Limited as error:
            self._paused[key.workspace] = time.monotonic() + error.seconds
            return max(error.seconds, self.spacing)
        except SlackError as error:
            # The next catch_up tries again; here it would only hammer a Slack that is down.
            _log.warning("card not drawn", card=f"{key.kind}-{key.subject}", error=str(error))
        return 0

    async def _bring_up_to_date(self, card: Card, message: Message) -> None:
        if card.state == "ready":
            await self._post(card, message)
        elif card.state == "sent" and card.ts:
            await self._update(card, card.ts, message)
        elif card.state == "hook":
            await self._through_hook(card, message, replace=True)

    async def _post(self, card: Card, message: Message) -> None:
        claimed = await self._aside(self._claim, card)
        if claimed is None:
            return
        try:
            ts = await self._send(claimed, message)
        except (Limited, Unreached):
            await self._conclude(claimed, state="ready")
            raise
        except Unclear as error:
            await self._conclude(claimed, state="unknown", error=error.code)
            raise
        except Declined as error:
            await self._declined(card, message, error)
        else:
            await self._write(store.sent, card.key, card.revision, ts)

    async def _send(self, card: Card, message: Message) -> str:
        """Post, unless this process was frozen since its claim: another one may have made up for it."""
        if card.claimed_at is None or self.now() - card.claimed_at > PROMPT:
            raise Unreached("late")
        mark = {"event_type": "aipm_card", "event_payload": {"delivery_id": card.delivery_id}}
        return await self.slack.post(card.channel, message.payload() | {"metadata": mark})

    async def _declined(self, card: Card, message: Message, error: Declined) -> None:
        if error.token_is_dead:
            await self._settle(card, state="ready", error=error.code)
            if card.error != error.code:
                await self._tell(card, notices.token_is_dead(card.key.kind))
            raise error
        if error.bot_is_absent and await self._through_hook(card, message, replace=False):
            await self._tell(card, notices.invite_me())
            return
        await self._settle(card, state="refused", error=error.code)
        _log.warning("card refused", card=card.delivery_id, error=str(error))
        await self._tell(card, notices.refused(error.code, card.key.kind))

    async def _update(self, card: Card, ts: str, message: Message) -> None:
        try:
            await self.slack.redraw(card.channel, ts, message.payload())
        except Declined as error:
            if error.code in {"message_not_found", "cant_update_message", "edit_window_closed"}:
                await self._conclude(card, state="ready", ts=None, drawn=0, undrawn=1)
                self._again.add(card.key)
                return
            if error.token_is_dead:
                raise
            await self._lost_sight(card, message, error)
        else:
            await self._write(store.drawn, card.key, card.drawn, card.revision)

    async def _lost_sight(self, card: Card, message: Message, error: Declined) -> None:
        """Go on behind the newest response_url where the coach may no longer write: removed, or archived."""
        _log.info("card may not be redrawn", card=card.delivery_id, error=str(error))
        if not await self._through_hook(card, message, replace=True):
            await self._settle(card, state="hook", error=error.code)

    async def _through_hook(self, card: Card, message: Message, *, replace: bool) -> bool:
        """Draw where the bot is no member, through the newest response_url; False if there is none."""
        hook = self._usable(card.key)
        if hook is None or (replace and not hook.replaces):
            return False
        hook.uses -= 1
        how: dict[str, Any] = {"replace_original": True} if replace else {"response_type": "in_channel"}
        await self.slack.answer(hook.url, message.payload() | how)
        await self._settle(card, state="hook", drawn=card.revision, error="")
        return True

    def _usable(self, key: Key) -> _Hook | None:
        hook = self._hooks.get(key)
        if hook and hook.uses > 0 and self.now() < hook.until:
            return hook
        self._hooks.pop(key, None)
        return None

    async def _reconcile(self, card: Card) -> None:
        """Find out whether a post whose answer was lost is in the channel; if that cannot be read, ask."""
        since = card.claimed_at or self.now()
        try:
            first, last = (since - CLOCKS_DIFFER).timestamp(), (since + CLOCKS_DIFFER).timestamp()
            messages = await self.slack.history(card.channel, first, last)
        except Declined:
            # In this order: whoever dies in between asks twice, and not never.
            await self._tell(card, notices.held(card))
            await self._conclude(card, state="held")
        except SlackError as error:
            _log.warning("history not read", card=card.delivery_id, error=str(error))
        else:
            ts = next((str(one["ts"]) for one in messages if _delivery_of(one) == card.delivery_id), None)
            found = {"state": "sent", "ts": ts} if ts else {"state": "ready"}
            await self._conclude(card, **found)

    async def _tell(self, card: Card, message: Message) -> None:
        """Tell the person who asked: through the response_url, else in the channel, else directly."""
        hook = self._usable(card.key)
        try:
            if hook:
                hook.uses -= 1
                await self.slack.answer(hook.url, message.payload() | {"response_type": "ephemeral"})
            else:
                await self.slack.whisper(card.channel, card.asked_by, message.payload())
        except SlackError:
            await self._tell_directly(card, message)

    async def _tell_directly(self, card: Card, message: Message) -> None:
        try:
            await self.slack.post(await self.slack.direct(card.asked_by), message.payload())
        except SlackError as error:
            _log.warning("nobody could be told", card=card.delivery_id, error=str(error))

    async def _aside(self, work: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)

    async def _settle(self, card: Card, **values: object) -> None:
        await self._write(store.settle, card.key, values)

    async def _conclude(self, card: Card, **values: object) -> None:
        await self._write(store.conclude, card, values)

    async def _write(self, change: Callable[..., None], *arguments: object) -> None:
        def work() -> None:
            with self.database.write() as connection:
                change(connection, *arguments)

        await self._aside(work)

    def _claim(self, card: Card) -> Card | None:
        now = self.now()
        with self.database.write() as connection:
            won = store.claim(connection, card.key, now)
        return replace(card, state="sending", claimed_at=now) if won else None

    def _look(self, key: Key) -> tuple[Card | None, Message | None]:
        with self.database.read() as connection:
            card = store.find(connection, key)
        behind = card is not None and card.drawn != card.revision
        return (card, self.render(key)) if behind else (None, None)

    def _undrawn(self) -> list[Card]:
        with self.database.read() as connection:
            return store.undrawn(connection)

    def _unconfirmed(self) -> list[Card]:
        with self.database.read() as connection:
            return store.unconfirmed(connection, self.now())


def _report(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error:
        _log.error("drawing broke", exc_info=error)


def _delivery_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if not message.get("bot_id") or metadata.get("event_type") != "aipm_card":
        return None
    return str((metadata.get("event_payload") or {}).get("delivery_id"))
