"""What the coach knows of the workspaces it serves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.database import Database
from bot.installs import store
from bot.installs.store import Install


@dataclass(frozen=True)
class Installs:
    """The workspaces that the coach serves."""

    database: Database
    now: Callable[[], datetime]

    def remember(self, install: Install) -> None:
        """Keep what Slack said of the token."""
        with self.database.write() as tx:
            store.remember(self.database, tx, install, self.now())

    def find(self, workspace: str) -> Install | None:
        """Give a workspace."""
        with self.database.read() as tx:
            return store.find(tx, workspace)

    def note_channel(self, workspace: str, channel: str, *, public: bool) -> None:
        """Keep whether everyone may read a channel."""
        with self.database.write() as tx:
            store.note_channel(self.database, tx, store.Channel(workspace, channel, public), self.now())

    def knows_channel(self, workspace: str, channel: str) -> bool:
        """Say whether it is known who may read a channel."""
        with self.database.read() as tx:
            return store.is_known(tx, workspace, channel, self.now())

    def note_person(self, workspace: str, user: str, *, zone: str, admin: bool) -> None:
        """Keep a person's time zone and whether they are an admin."""
        with self.database.write() as tx:
            store.note_person(self.database, tx, store.Person(workspace, user, zone, admin), self.now())

    def person(self, workspace: str, user: str) -> store.Person | None:
        """Give what is known of a person."""
        with self.database.read() as tx:
            return store.person(tx, workspace, user)

    def is_admin(self, workspace: str, user: str) -> bool | None:
        """Say whether somebody is an admin; None if nobody knows for sure."""
        with self.database.read() as tx:
            return store.is_admin(tx, workspace, user, self.now())

    def message_link(self, workspace: str, channel: str, ts: str) -> str:
        """Give the address of a message, or nothing while the workspace's own is not known."""
        install = self.find(workspace)
        return install.link(channel, ts) if install and ts else ""
