"""Reading the record of retros; it changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.database import Database
from bot.retros import store
from bot.retros.model import Retro, Viewer, day_of
from bot.retros.record import gaps
from bot.retros.record.model import Stats, Wanted, count
from bot.schema_causes import CauseItem
from bot.systems import store as systems
from bot.systems.model import parse

MOST = 5000
"""Retros in one export."""


@dataclass(frozen=True)
class Records:
    """The record of all workspaces; each look is one viewer's, but for whoever owns the database."""

    database: Database
    now: Callable[[], datetime]
    causes: Mapping[str, CauseItem] = field(default_factory=dict)

    def stats(self, workspace: str, channel: str) -> Stats:
        """Count a channel's own retros, which everyone in it may read."""
        with self.database.read() as tx:
            seen = store.visible(tx, Viewer(workspace, channel), MOST, channel_id=channel)
            return count(store.get(tx, workspace, seen), self.now())

    def gaps(self, workspace: str, channel: str) -> list[tuple[str, str]]:
        """Give topic and reason of what a channel's newest retros keep showing."""
        with self.database.read() as tx:
            seen = store.visible(tx, Viewer(workspace, channel), gaps.RETROS, channel_id=channel)
            return gaps.find(store.get(tx, workspace, seen), day_of(self.now()), self.causes)

    def took_part(self, workspace: str, channel: str, user: str, most: int = 50) -> list[Retro]:
        """Give the retros that a person took part in, as far as they may see them here, newest first."""
        with self.database.read() as tx:
            viewer = Viewer(workspace, channel, user, self.now())
            return store.get(tx, workspace, store.took_part(tx, viewer, most))

    def retros(self, wanted: Wanted, *, workspace: str, channel: str, user: str) -> list[Retro]:
        """Give what a person may see here and wants, oldest first."""
        with self.database.read() as tx:
            only: dict[str, Any] = {"kind": wanted.kind} if wanted.kind else {}
            named = parse(wanted.system)
            if named:
                only["system_id"] = [one.id for one in systems.named_like(tx, workspace, named)]
            viewer = Viewer(workspace, channel, user, self.now())
            found = store.get(tx, workspace, store.visible(tx, viewer, MOST, **only))
        return [one for one in reversed(found) if wanted.takes(one)]

    def everything(self, workspace: str | None = None) -> list[Retro]:
        """Give the retros of one or all workspaces, oldest first, for whoever owns the database (`aipm export`)."""
        with self.database.read() as tx:
            places = store.ids_for_export(tx, workspace)
            return [one for place, ids in places.items() for one in store.get(tx, place, ids)]
