"""Reading the record of retros; it changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.database import Database, Transaction
from bot.retros import store
from bot.retros.model import Retro, Viewer, day_of
from bot.retros.record import gaps
from bot.retros.record import store as record
from bot.retros.record.model import Noted, Stats, Wanted, count
from bot.schema_causes import CauseItem
from bot.systems import store as systems
from bot.systems.model import parse

BATCH = 300
"""Retros that are read at once: enough to be quick, and few enough for memory and for what a statement may hold."""


@dataclass(frozen=True)
class Records:
    """The record of all workspaces; each look is one viewer's, but for whoever owns the database."""

    database: Database
    now: Callable[[], datetime]
    causes: Mapping[str, CauseItem] = field(default_factory=dict)
    batch: int = BATCH

    def stats(self, workspace: str, channel: str) -> Stats:
        """Count a channel's own retros, which everyone in it may read."""
        with self.database.read() as tx:
            return count(self._noted(tx, Viewer(workspace, channel)), self.now())

    def _noted(self, tx: Transaction, viewer: Viewer) -> Iterator[Noted]:
        last = 0
        while found := record.noted(tx, viewer, after=last, most=self.batch):
            yield from (one for _, one in found)
            last = found[-1][0]

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

    def retros(self, wanted: Wanted, *, workspace: str, channel: str, user: str) -> Iterator[Retro]:
        """Give all that a person may see here and wants, oldest first.

        Each batch is a transaction of its own, which asks anew what they may see: a slow reader holds none open.
        """
        place = Viewer(workspace, channel, user=user)
        last: int | None = 0
        while last is not None:
            found, last = self._next(wanted, place, last)
            yield from found

    def _next(self, wanted: Wanted, place: Viewer, after: int) -> tuple[list[Retro], int | None]:
        """Give what is wanted of the next batch, and the last id that was looked at; None at the end."""
        workspace = place.workspace
        with self.database.read() as tx:
            viewer = replace(place, now=self.now())
            named = parse(wanted.system)
            about = {one.id for one in systems.named_like(tx, workspace, named)} if named else None
            rows = record.batch(tx, viewer, wanted, about, after=after, most=self.batch)
            ids = [one for one, causes in rows if wanted.takes(causes)]
            return store.get(tx, workspace, ids), rows[-1][0] if rows else None

    def everything(self, workspace: str | None = None) -> Iterator[Retro]:
        """Give all retros of one or all workspaces, oldest first, for whoever owns the database (`aipm export`)."""
        with self.database.read() as tx:
            places = store.ids_for_export(tx, workspace)
        for place, ids in places.items():
            for start in range(0, len(ids), self.batch):
                with self.database.read() as tx:
                    found = store.get(tx, place, ids[start : start + self.batch])
                yield from found
