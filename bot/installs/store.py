"""Rows of workspaces and channels."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Boolean, Column, Connection, Select, String, Table, Text, bindparam, select

from bot.database import Database, Utc, metadata

installs = Table(
    "installs",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("bot_id", String(20), nullable=False),
    Column("bot_user_id", String(20), nullable=False),
    Column("seen_at", Utc, nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("channel_id", String(20), primary_key=True),
    Column("public", Boolean, nullable=False),
    Column("seen_at", Utc, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("seen_at", Utc, nullable=False),
)

# Building a statement costs more than running it, and every retro asks who logs it.
_PERSON = select(people).where(people.c.workspace_id == bindparam("w"), people.c.user_id == bindparam("u"))
_MET = _PERSON.where(people.c.seen_at > bindparam("since", type_=Utc))

FRESH = timedelta(hours=24)
"""How long we believe that a channel is public and that somebody is an admin: neither is for ever."""


@dataclass(frozen=True)
class Install:
    """A workspace and who the bot is there; `url` begins the link to any message."""

    workspace: str
    name: str
    url: str
    bot_id: str
    bot_user_id: str

    def link(self, channel: str, ts: str) -> str:
        """Give the address of a message; this is the form that chat.getPermalink gives too."""
        return f"{self.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def remember(database: Database, connection: Connection, install: Install, now: datetime) -> None:
    """Keep what Slack said of the token."""
    row = {
        "workspace_id": install.workspace,
        "name": install.name,
        "url": install.url,
        "bot_id": install.bot_id,
        "bot_user_id": install.bot_user_id,
        "seen_at": now,
    }
    database.put(connection, installs, row)


def find(connection: Connection, workspace: str) -> Install | None:
    """Give the workspace."""
    row = connection.execute(select(installs).where(installs.c.workspace_id == workspace)).first()
    return Install(row.workspace_id, row.name, row.url, row.bot_id, row.bot_user_id) if row else None


@dataclass(frozen=True)
class Channel:
    """A channel, and whether everyone in the workspace may read it."""

    workspace: str
    id: str
    public: bool


def note_channel(database: Database, connection: Connection, channel: Channel, now: datetime) -> None:
    """Keep what was learned of a channel."""
    row = {"workspace_id": channel.workspace, "channel_id": channel.id, "public": channel.public, "seen_at": now}
    database.put(connection, channels, row)


def public_at(workspace: str, now: datetime) -> Select[tuple[str]]:
    """Select the channels that everyone may read, as far as that was checked within the last day."""
    return select(channels.c.channel_id).where(
        channels.c.workspace_id == workspace, channels.c.public, channels.c.seen_at > now - FRESH
    )


def public_channels(connection: Connection, workspace: str, now: datetime) -> set[str]:
    """Give those channels."""
    return {row.channel_id for row in connection.execute(public_at(workspace, now))}


def is_public(connection: Connection, workspace: str, channel: str, now: datetime) -> bool:
    """Say whether everyone in the workspace may read a channel, as far as that is known."""
    query = public_at(workspace, now).where(channels.c.channel_id == channel)
    return connection.execute(query).first() is not None


def is_known(connection: Connection, workspace: str, channel: str, now: datetime) -> bool:
    """Say whether it was checked within the last day who may read a channel."""
    mine = (channels.c.workspace_id == workspace, channels.c.channel_id == channel)
    query = select(channels.c.public).where(*mine, channels.c.seen_at > now - FRESH)
    return connection.execute(query).first() is not None


def stale_channels(connection: Connection, workspace: str, wanted: set[str], now: datetime) -> set[str]:
    """Give those of the channels whose visibility is not known, or not for sure any more."""
    query = select(channels.c.channel_id).where(
        channels.c.workspace_id == workspace, channels.c.seen_at > now - FRESH / 2
    )
    return wanted - {row.channel_id for row in connection.execute(query)}


@dataclass(frozen=True)
class Person:
    """What is known of a person: their time zone (empty if Slack does not say) and whether they are an admin."""

    workspace: str
    user: str
    zone: str
    admin: bool


def note_person(database: Database, connection: Connection, person: Person, now: datetime) -> None:
    """Keep what was learned of a person."""
    row = {"workspace_id": person.workspace, "user_id": person.user, "zone": person.zone, "admin": person.admin}
    database.put(connection, people, row | {"seen_at": now})


def person(connection: Connection, workspace: str, user: str) -> Person | None:
    """Give what is known of a person."""
    row = connection.execute(_PERSON, {"w": workspace, "u": user}).first()
    return Person(row.workspace_id, row.user_id, row.zone, row.admin) if row else None


def is_admin(connection: Connection, workspace: str, user: str, now: datetime) -> bool | None:
    """Say whether somebody is an admin; None if that was not checked within the last day."""
    row = connection.execute(_MET, {"w": workspace, "u": user, "since": now - FRESH}).first()
    return bool(row.admin) if row else None
