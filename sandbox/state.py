"""The pretend workspace, in memory: people, channels, messages, views, and what can be used up."""

import asyncio
import secrets
import string
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.manifest import Manifest
from sandbox.rates import Rates
from sandbox.records import Channel, Form, Hook, Json, Message, Person, StoredFile, Trigger, View
from sandbox.traffic import Traffic

if TYPE_CHECKING:
    from sandbox.deliver import Courier
    from sandbox.socketmode import Links

TEAM = "T0AIPMTEAM"
BOT_USER = "U0AIPMBOT"
SLACKBOT = "USLACKBOT"
TRIGGER_SECONDS = 3
HOOK_SECONDS = 30 * 60
KEPT = 1000

_ALPHABET = string.ascii_uppercase + string.digits

__all__ = [
    "BOT_USER",
    "SLACKBOT",
    "Channel",
    "Form",
    "Hook",
    "Json",
    "Message",
    "Person",
    "StoredFile",
    "Trigger",
    "View",
    "Workspace",
    "app_token",
    "new_workspace",
]


@dataclass
class Workspace:
    """Everything that the pretend Slack knows."""

    base_url: str
    token: str
    signing_secret: str
    manifest: Manifest
    id: str = TEAM
    name: str = "Northwind Labs"
    domain: str = "northwind-labs"
    app_id: str = "A0AIPMAPP"
    bot_id: str = "B0AIPMBOT"
    app_token: str = ""
    clock: Clock = field(default_factory=Clock)
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    prompts: dict[str, list[Json]] = field(default_factory=dict)
    suggestions: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    toasts: dict[str, str] = field(default_factory=dict)
    traffic: deque[Traffic] = field(default_factory=lambda: deque(maxlen=500))
    faults: Faults = field(default_factory=Faults)
    rates: Rates = field(default_factory=Rates)
    notice: str | None = None
    installed: bool = True
    closing: bool = False
    version: int = 0
    tick: Callable[[float, float], Awaitable[str]] | None = None
    courier: "Courier | None" = None
    links: "Links | None" = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _last_ts: int = 0

    # Watching

    def touch(self) -> None:
        """Tell every waiting page that something changed."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, since: int) -> int:
        """Wait for a version newer than `since` and give it; bursts arrive as one."""
        while self.version <= since and not self.closing:
            await self._changed.wait()
        return self.version

    def close(self) -> None:
        """End every stream."""
        self.closing = True
        self.touch()

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work that nobody waits for; a reference is kept, or the loop may drop it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Cancel the work that is still under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def record(self, entry: Traffic) -> None:
        """Keep one request and its answer, without tokens, for the traffic drawer."""
        self.traffic.append(entry)
        self.touch()

    # Looking things up

    @property
    def bot(self) -> Person:
        """Give the bot's own user."""
        return self.people[BOT_USER]

    def person(self, ref: str) -> Person | None:
        """Find a person by id or by name, with or without the @."""
        name = ref.removeprefix("@").lower()
        return self.people.get(ref) or next((p for p in self.people.values() if p.name == name), None)

    def channel(self, ref: str) -> Channel | None:
        """Find a channel by id or by name, with or without the #."""
        name = ref.removeprefix("#")
        return self.channels.get(ref) or next((c for c in self.channels.values() if c.name == name), None)

    def im(self, person_id: str) -> Channel:
        """Give the direct message between a person and the bot."""
        return next(c for c in self.channels.values() if c.partner == person_id)

    def visible(self, person_id: str) -> list[Channel]:
        """List the channels that a person sees: public ones, and those they are in."""
        return [c for c in self.channels.values() if person_id in c.members or not (c.is_private or c.is_im)]

    def message(self, channel_id: str, ts: str) -> Message | None:
        """Find a message, ephemeral or not."""
        return next((m for m in reversed(self.messages.get(channel_id, [])) if m.data["ts"] == ts), None)

    def timeline(self, channel_id: str, person_id: str, thread_ts: str | None = None) -> list[Message]:
        """List what a person sees in a channel, oldest first; with `thread_ts`, only that thread."""
        seen = (m for m in self.messages.get(channel_id, ()) if m.only_for in (None, person_id))
        if thread_ts is None:
            return [m for m in seen if m.thread_ts is None]
        return [m for m in seen if thread_ts in (m.ts, m.thread_ts)]

    def view(self, view_id: str) -> View | None:
        """Find an open modal or a Home by id."""
        views = [*self.homes.values(), *(view for stack in self.modals.values() for view in stack)]
        return next((view for view in views if view.id == view_id), None)

    def modal(self, person_id: str) -> View | None:
        """Give the modal on top for a person, if one is open."""
        stack = self.modals.get(person_id)
        return stack[-1] if stack else None

    # Making things

    def new_id(self, prefix: str) -> str:
        """Make an id in Slack's form."""
        return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))

    def new_ts(self) -> str:
        """Make a message id: real time in microseconds, unique and rising in the whole workspace."""
        now = int((self.clock.now() - self.clock.offset) * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def put(self, message: Message) -> Message:
        """Add a message to its channel and count it in its thread."""
        message.at = self.clock.now()
        self.messages.setdefault(message.channel, []).append(message)
        if message.thread_ts and message.only_for is None:
            self._count_reply(message)
        self.touch()
        return message

    def remove(self, message: Message) -> None:
        """Take a message out of its channel."""
        self.messages[message.channel].remove(message)
        self.touch()

    def slackbot(self, person_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Message:
        """Show a line that Slack itself says to one person."""
        data: Json = {"type": "message", "user": SLACKBOT, "text": text, "ts": self.new_ts(), "team": self.id}
        if thread_ts:
            data["thread_ts"] = thread_ts
        return self.put(Message(data, channel_id, only_for=person_id))

    def new_trigger(self, person_id: str, view_id: str | None = None) -> str:
        """Give a person's click the right to open a view."""
        self._forget()
        expires = self.clock.now() + TRIGGER_SECONDS
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(person_id, expires, view_id)
        return trigger_id

    def new_hook(self, person_id: str, channel_id: str, origin: Message | None = None) -> str:
        """Make a response_url for what a person did in a channel."""
        hook = Hook(secrets.token_urlsafe(24), channel_id, person_id, self.clock.now() + HOOK_SECONDS, origin)
        self.hooks[hook.id] = hook
        return f"{self.base_url}/hooks/{hook.id}"

    def _forget(self) -> None:
        """Drop what has expired, now and then, so that a long bench does not fill the memory."""
        now = self.clock.now()
        if len(self.triggers) > KEPT:
            self.triggers = {key: one for key, one in self.triggers.items() if one.expires > now}
            self.hooks = {key: one for key, one in self.hooks.items() if one.expires > now}

    def _count_reply(self, reply: Message) -> None:
        parent = self.message(reply.channel, str(reply.thread_ts))
        if parent is None:
            return
        users: list[str] = parent.data.setdefault("reply_users", [])
        if reply.data["user"] not in users:
            users.append(reply.data["user"])
        parent.data["thread_ts"] = parent.ts
        parent.data["reply_count"] = parent.data.get("reply_count", 0) + 1
        parent.data["reply_users_count"] = len(users)
        parent.data["latest_reply"] = reply.ts


def app_token(token: str) -> str:
    """Give the app-level token that goes with a bot token."""
    return "xapp-" + token.removeprefix("xoxb-")


def new_workspace(base_url: str, token: str, signing_secret: str, manifest: Manifest) -> Workspace:
    """Make the workspace that every sandbox starts with."""
    ws = Workspace(base_url, token, signing_secret, manifest, app_token=app_token(token))
    people = [
        Person("U0ANNABERG", "anna", "Anna Berg", "Europe/Berlin"),
        Person("U0BENORTIZ", "ben", "Ben Ortiz", "America/New_York"),
        Person("U0CHIKAITO", "chika", "Chika Ito", "Asia/Tokyo", is_admin=True),
    ]
    everyone = {person.id for person in people}
    bot = Person(BOT_USER, manifest.bot_name, manifest.bot_name, "America/Los_Angeles", is_bot=True)
    ws.people = {person.id: person for person in [*people, bot]}
    ws.channels = {channel.id: channel for channel in _channels(everyone, people)}
    return ws


def _channels(everyone: set[str], people: list[Person]) -> list[Channel]:
    with_bot = everyone | {BOT_USER}
    return [
        Channel("C0GENERAL", "general", set(with_bot)),
        Channel("C0FRAUDTEAM", "fraud-team", set(with_bot)),
        Channel("C0LAUNCHES", "launches", set(with_bot)),
        Channel("C0RISKBOARD", "risk-board", {people[0].id, people[1].id, BOT_USER}, is_private=True),
        Channel("C0NOBOT", "no-bot", set(everyone)),
        *(
            Channel(f"D0{person.name.upper()}", person.name, {person.id, BOT_USER}, is_im=True, partner=person.id)
            for person in people
        ),
    ]
