"""What the page shows, as plain values for the templates; no rule of Slack is decided here."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from sandbox import dates
from sandbox.blocks import Surface
from sandbox.forms import initial
from sandbox.mrkdwn import Reader, mrkdwn
from sandbox.place import PAGE, Place
from sandbox.state import SLACKBOT, Channel, Json, Message, Person, View, Workspace

TOGETHER = 5 * 60
"""Seconds within which a person's messages share one name and picture."""

COLOURS = 6


@dataclass(frozen=True)
class Face:
    """Somebody as a picture of initials."""

    id: str
    name: str
    initials: str
    colour: str


@dataclass(frozen=True)
class Line:
    """One message as it stands in a list."""

    id: str
    ts: str
    author: Face
    is_app: bool
    time: str
    day: str
    joined: bool
    only_you: bool
    system: bool
    edited: bool
    text: Markup
    surface: Surface
    files: Sequence[Json]
    reactions: Sequence[Json]
    replies: int
    repliers: Sequence[Face]
    warning: str
    attached: bool
    permalink: str


@dataclass(frozen=True)
class Room:
    """A channel as it stands in the sidebar."""

    id: str
    name: str
    mark: str
    unread: bool
    archived: bool
    href: str


@dataclass
class Seen:
    """The newest message that each person had on screen, by channel; this is what makes a channel bold."""

    upto: dict[tuple[str, str], float] = field(default_factory=dict)

    def look(self, person: str, channel: str, at: float) -> None:
        """Note that a person sees a channel now."""
        self.upto[person, channel] = max(at, self.upto.get((person, channel), 0))

    def unread(self, ws: Workspace, person: str, channel: Channel) -> bool:
        """Say whether somebody else wrote after the person last looked."""
        since = self.upto.get((person, channel.id), 0)
        newest = reversed(ws.timeline(channel.id, person))
        return next((m.at > since and m.data["user"] != person for m in newest), False)


def face(ws: Workspace, user: str) -> Face:
    """Give a person's picture; one colour each, the app has its own."""
    person = ws.people.get(user)
    name = person.real_name if person else "Slackbot" if user == SLACKBOT else user
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    colour = str([*ws.people].index(user) % COLOURS) if person and not person.is_bot else "app"
    return Face(user, name, initials, colour)


def reader(ws: Workspace, person: Person) -> Reader:
    """Give what texts are written with for this person."""
    people = {one.id: one.real_name for one in ws.people.values()}
    channels = {one.id: one.name for one in ws.visible(person.id) if not one.is_im}
    return Reader(person.id, people, channels, person.tz, ws.clock.now())


def rooms(ws: Workspace, place: Place, seen: Seen) -> list[Room]:
    """List the channels of the sidebar; direct messages stand elsewhere."""
    return [
        Room(
            id=one.id,
            name=one.name,
            mark="🔒" if one.is_private else "#",
            unread=seen.unread(ws, place.who, one),
            archived=one.archived,
            href=place.to(one.id),
        )
        for one in ws.visible(place.who)
        if not one.is_im
    ]


def lines(ws: Workspace, place: Place, listed: Sequence[Message], where: str) -> Iterator[Line]:
    """Give messages as they stand in a list; `where` keeps ids apart if one shows in two lists."""
    person = ws.people[place.who]
    sees = reader(ws, person)
    now = dates.local(sees.now, sees.tz)
    before: Message | None = None
    for one in listed:
        today, last = dates.local(one.at, sees.tz), dates.local(before.at, sees.tz) if before else None
        fresh = last is None or last.date() != today.date()
        day = dates.day(today, now) if fresh else ""
        yield _line(ws, person, sees, one, _Frame(where, day, not fresh and _together(before, one)))
        before = one


@dataclass(frozen=True)
class _Frame:
    where: str
    day: str
    joined: bool


def _together(before: Message | None, one: Message) -> bool:
    if before is None or before.data["user"] != one.data["user"] or before.only_for != one.only_for:
        return False
    plain = not (one.data.get("blocks") or one.data.get("subtype") or before.data.get("subtype"))
    return plain and one.at - before.at < TOGETHER


def _line(ws: Workspace, person: Person, sees: Reader, one: Message, frame: _Frame) -> Line:
    data = one.data
    user = str(data["user"])
    return Line(
        id=f"{frame.where}-{one.ts}",
        ts=one.ts,
        author=face(ws, user),
        is_app=bool(data.get("bot_id")),
        time=dates.clock_time(dates.local(one.at, sees.tz)),
        day=frame.day,
        joined=frame.joined,
        only_you=one.only_for is not None,
        system=str(data.get("subtype", "")).startswith("channel_"),
        edited="edited" in data,
        text=Markup() if data.get("blocks") else mrkdwn(str(data.get("text", "")), sees),
        surface=message_surface(ws, person, sees, one, frame.where),
        files=data.get("files", ()),
        reactions=data.get("reactions", ()),
        replies=0 if frame.where == "t" else int(data.get("reply_count", 0)),
        repliers=[face(ws, replier) for replier in data.get("reply_users", ())[:5]],
        warning=one.warnings.get(person.id, ""),
        attached=bool(data.get("attachments")),
        permalink=f"/archives/{one.channel}/p{one.ts.replace('.', '')}?{urlencode({'as': person.id})}",
    )


def message_surface(ws: Workspace, person: Person, sees: Reader, one: Message, where: str) -> Surface:
    """Give a message's form."""
    blocks = one.data.get("blocks", ())
    query = urlencode({"as": person.id, "channel": one.channel, "ts": one.ts})
    return Surface(
        f"{where}-{one.ts}", query, sees, blocks, initial(blocks), {}, offered(ws, person), origin=ws.base_url
    )


def view_surface(ws: Workspace, view: View) -> Surface:
    """Give the form of a modal or Home, with what was typed at the last try."""
    person = ws.people[view.user]
    suggested = {action: found for (user, action), found in ws.suggestions.items() if user == view.user}
    return Surface(
        id=view.id,
        query=urlencode({"as": view.user, "view": view.id}),
        reader=reader(ws, person),
        blocks=view.data["blocks"],
        form={**initial(view.data["blocks"]), **view.form},
        errors=view.errors,
        offered=offered(ws, person),
        suggested=suggested,
        origin=ws.base_url,
    )


def offered(ws: Workspace, person: Person) -> dict[str, Sequence[tuple[str, str]]]:
    """Give what the menus of people and channels list."""
    visible = [one for one in ws.visible(person.id) if not one.archived]
    channels = [(one.id, f"{'🔒' if one.is_private else '#'} {one.name}") for one in visible if not one.is_im]
    return {
        "people": [(one.id, one.real_name) for one in ws.people.values() if not one.is_bot],
        "channels": [(one.id, f"# {one.name}") for one in visible if not (one.is_im or one.is_private)],
        "conversations": [*channels, (ws.im(person.id).id, ws.bot.real_name)],
    }


def completions(ws: Workspace, place: Place) -> list[tuple[str, str, str]]:
    """List commands as (what to insert, what to show, what it does).

    They come from the manifest's hints and from what the app itself has shown this person as code.
    """
    found: dict[str, str] = {}
    for name, command in ws.manifest.commands.items():
        hints = [hint.strip() for hint in command.get("usage_hint", "").split("|")]
        for hint in filter(None, hints):
            found.setdefault(f"{name} {hint}", command.get("description", ""))
        found.setdefault(name, command.get("description", ""))
    if ws.bot.id not in ws.channels[place.c].members:
        found[f"/invite @{ws.bot.name}"] = "Bring it into this channel"
    names = "|".join(map(re.escape, ws.manifest.commands)) or "(?!)"
    told = re.compile(rf"`((?:{names}) [^`\n]+)`[ \t]*([^\n`]*)")
    for text in _told(ws, place):
        found |= {usage: says.strip() for usage, says in told.findall(text) if usage not in found}
    return [(_insert(usage), usage, says) for usage, says in sorted(found.items())]


def _told(ws: Workspace, place: Place) -> Iterator[str]:
    """Give the texts that only this person was shown: help is among them."""
    home = ws.homes.get(place.who)
    private = [m for m in ws.messages.get(place.c, ()) if m.only_for == place.who]
    private += ws.messages.get(ws.im(place.who).id, ())[-PAGE:]
    for blocks in (*(m.data.get("blocks", ()) for m in private), home.data["blocks"] if home else ()):
        yield from (block["text"]["text"] for block in blocks if isinstance(block.get("text"), dict))


def _insert(usage: str) -> str:
    """Keep a usage up to its first placeholder."""
    kept = re.split(r"[\[<]|\b[A-Z]{2,}\b", usage, maxsplit=1)[0]
    return kept if kept == usage else f"{kept.rstrip()} "


def pretty(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Write JSON to be read."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def hint(ws: Workspace, channel: Channel) -> str:
    """Say what to type in an empty channel."""
    command = next(iter(ws.manifest.commands.items()), None)
    if command is None:
        return "Write something."
    name, data = command
    examples = [one.strip() for one in data.get("usage_hint", "").split("|") if one.strip()]
    shown = " or ".join(f"`{name} {one}`" for one in examples[:2]) or f"`{name}`"
    if channel.is_im:
        return f"Write to {ws.bot.real_name} directly, or try {shown}."
    return f"Try {shown}."


def suggested_prompts(ws: Workspace, channel: Channel) -> Iterable[Json]:
    """List the prompts that the app offers in a direct message."""
    return ws.prompts.get(channel.id, ())
