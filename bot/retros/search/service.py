"""Searching, and offering the most similar retros."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import Busy, NothingToLookFor
from bot.installs import store as installs
from bot.retros import store as retros
from bot.retros.model import Viewer
from bot.retros.search import store
from bot.retros.search.model import Hit, Offer, body, close, hit, ranked, rarest, stems, words
from bot.systems import store as systems
from bot.systems.model import Named

BATCH = 50
SIMILAR = 3

ALIKE = 2
"""Rare words that two texts must share to be alike: one is chance, unless it is all that there is."""

_OF_ONE_SYSTEM = 50
_GUESSED_FROM = 200


@dataclass(frozen=True)
class Finder:
    """The full text of all workspaces' retros; each look is one viewer's."""

    database: Database
    now: Callable[[], datetime]

    def search(self, text: str, workspace: str, channel: str, user: str, most: int = 10) -> list[Hit]:
        """Give the best matches for all the words, or, if there are none, for any of them."""
        wanted = stems(text)
        if not wanted:
            raise NothingToLookFor
        with self.database.read() as tx:
            viewer = self._viewer(workspace, channel, user)
            every = store.find(self.database, tx, viewer, wanted, every=True)
            found = every or self._any(tx, viewer, wanted)
            shown = self._linked(tx, workspace, ranked(found, wanted)[:most])
            return [replace(hit(one.retro, wanted), link=one.link, whole=bool(every)) for one in shown]

    def _any(self, tx: Transaction, viewer: Viewer, wanted: Sequence[str]) -> list[tuple[int, str]]:
        """Find each word on its own, so that a common one does not push the rare ones out."""
        share = store.NEWEST // len(wanted)
        found = [store.find(self.database, tx, viewer, [one], every=True, most=share) for one in wanted]
        return list(dict(one for some in found for one in some).items())

    def guess(self, text: str, workspace: str, channel: str, user: str) -> str:
        """Give a query much like one that found nothing, from words that the person may read here; or nothing."""
        with self.database.read() as tx:
            viewer = self._viewer(workspace, channel, user)
            bodies = store.known(tx, viewer, retros.visible(tx, viewer, _GUESSED_FROM))
        return close(text, {word for _, one in bodies for word in one.split()})

    def _sought(self, tx: Transaction, workspace: str, text: str, named: Named | None, but: int) -> "_Sought":
        same = systems.named_like(tx, workspace, Named(named.name)) if named else []
        least = min(ALIKE, len(set(words(text))))
        return _Sought(self._rarest(tx, workspace, text, but), least, [one.id for one in same], but)

    def _most_alike(self, tx: Transaction, viewer: Viewer, sought: "_Sought") -> list[int]:
        wanted = sought.words
        found = dict(store.find(self.database, tx, viewer, wanted, every=False))
        of_system = retros.visible(tx, viewer, _OF_ONE_SYSTEM, system_id=sought.systems) if sought.systems else []
        same = dict(store.known(tx, viewer, of_system)) if of_system else {}
        best = ranked((found | same).items(), wanted, sought.least, same)
        return [one for one in best if one != sought.but][:SIMILAR]

    def _rarest(self, tx: Transaction, workspace: str, text: str, but: int) -> list[str]:
        """Give the rarest words of a text; that the retro from which it is holds them itself does not count."""
        candidates = words(text)
        known = store.rarity(tx, workspace, set(candidates))
        return rarest(candidates, known - Counter(store.words_of(tx, workspace, but)) if but else known)

    def _viewer(self, workspace: str, channel: str, user: str = "") -> Viewer:
        return Viewer(workspace, channel, user, self.now())

    def _linked(self, tx: Transaction, workspace: str, ids: Sequence[int]) -> list[Offer]:
        found = retros.get(tx, workspace, ids)
        install = installs.find(tx, workspace) if found else None
        return [
            Offer(one, install.link(one.channel, one.message_ts) if install and one.message_ts else "") for one in found
        ]

    def begin(self, text: str, form: str, *, by: Actor, channel: str, named: Named | None = None) -> list[Offer]:
        """Give what is most like what a person begins to write and they may see; note that this form offered it.

        Retros are alike by the rarest words of the text; those of the system that is `named` count as more alike.
        """
        with self.database.read() as tx:
            sought = self._sought(tx, by.workspace, text, named, 0)
            found = self._most_alike(tx, self._viewer(by.workspace, channel, by.user), sought)
            offers = self._linked(tx, by.workspace, found)
        if offers:
            with suppress(Busy), self.database.write() as tx:  # told twice is better than not at all
                store.note_told(self.database, tx, by, form, found, self.now())
        return offers

    def offer(
        self, key: Key, text: str, *, channel: str, user: str, named: Named | None = None, form: str = ""
    ) -> list[Offer]:
        """Have a card offer what is most like it and every reader may see; give what only this person may see.

        Without a text that of the retro is taken whose card it is. What the `form` offered when it opened is left out.
        """
        but = key.subject if key.kind == retros.CARD else 0
        if but and not text:
            text, named = self._of(key)
        viewer = self._viewer(key.workspace, channel, user)
        with self.database.read() as tx:
            if not retros.any_logged(tx, key.workspace):
                return []
            sought = self._sought(tx, key.workspace, text, named, but)
            mine = self._most_alike(tx, viewer, sought)
            everyone = self._most_alike(tx, viewer.everyone, sought) if mine else []
            shown = {*retros.visible(tx, viewer.everyone, SIMILAR, id=mine)} if mine else set()
            known = shown | store.told(tx, Actor(key.workspace, user), form, mine)
            told = self._linked(tx, key.workspace, [one for one in mine if one not in known])
        if everyone:
            with self.database.write() as tx:
                store.offer(self.database, tx, key, everyone)
                delivery.touch(tx, key)
        return told

    def _of(self, card: Key) -> tuple[str, Named | None]:
        with self.database.read() as tx:
            found = retros.get(tx, card.workspace, [card.subject])
        return (body(found[0]), found[0].words.named) if found else ("", None)

    def offered(self, key: Key, channel: str) -> list[Offer]:
        """Give what a card offers, as far as every reader of its channel may see it now."""
        with self.database.read() as tx:
            offers = store.offered(tx, key)
            if not offers:
                return []
            viewer = self._viewer(key.workspace, channel)
            return self._linked(tx, key.workspace, retros.visible(tx, viewer, SIMILAR, id=offers))

    def hide(self, workspace: str, channel: str) -> None:
        """Have cards elsewhere no longer offer the retros of a channel that is not public."""
        with self.database.read() as tx:
            shown = store.offering(tx, workspace, channel=channel, but_in=channel)
        if shown:
            with self.database.write() as tx:
                self._withdraw(tx, shown)

    def _withdraw(self, tx: Transaction, shown: Iterable[tuple[Key, int]]) -> None:
        for key, retro in shown:
            store.withdraw(tx, key, retro)
            delivery.touch(tx, key)

    def catch_up(self, most: int = BATCH) -> bool:
        """Have the search know retros that changed, and forget those that are gone; True if there is more to do."""
        with self.database.read() as tx:
            waiting = store.behind(tx, most)
        for workspace, retro in waiting:
            self._index(workspace, retro)
        return len(waiting) == most or self._scrub(most)

    def _index(self, workspace: str, retro: int) -> None:
        with self.database.write() as tx:
            retros.lock(tx, workspace, retro)
            found = retros.get(tx, workspace, [retro])
            store.put(self.database, tx, workspace, retro, body(found[0]) if found else "")
            if not found or found[0].words.visibility == "channel":
                home = found[0].channel if found else ""
                self._withdraw(tx, store.offering(tx, workspace, retro=retro, but_in=home))
            later = 0 if found or not self.database.is_sqlite else store.UNSCRUBBED
            store.caught_up(tx, workspace, retro, later)

    def _scrub(self, most: int) -> bool:
        """Have nothing of deleted retros be left in SQLite's files; a part at a time, since others want to write."""
        with self.database.read() as tx:
            gone = store.unscrubbed(tx, most)
        if not gone:
            return False
        with self.database.write() as tx:
            if store.scrub(tx):
                return True
        if self.database.empty_log():
            with self.database.write() as tx:
                for workspace, retro in gone:
                    store.caught_up(tx, workspace, retro)
        return False


@dataclass(frozen=True)
class _Sought:
    """What makes a retro alike: at least so many of some rare words, or a system; but it is not `but` itself."""

    words: Sequence[str]
    least: int
    systems: Sequence[int]
    but: int
