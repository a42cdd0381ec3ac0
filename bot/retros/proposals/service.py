"""What people can do with proposed checklist items; one public method is one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.blocks import clip
from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import FieldErrors, NoRoom, NotAnAdmin, NotTakenPart, ProposalGone, RetroGone
from bot.installs import store as installs
from bot.library import Library
from bot.retros import store as retros
from bot.retros.model import Cause, Change, Retro, Viewer
from bot.retros.past import store as past
from bot.retros.proposals import store
from bot.retros.proposals.model import OFTEN, Asking, New, Proposal, State, Told, Use, Wording, place
from bot.schema import PROSE_LIMIT, Checklist, Item

BATCH = 50
DEEDS = {"proposed": "proposed an item", "accepted": "accepted an item", "declined": "declined an item"}
"""What a retro's history calls it."""


class Book(Protocol):
    """The room that keeps the checklists, as far as proposals need it."""

    def versions_in(self, tx: Transaction, workspace: str) -> list[Checklist]:
        """Give every checklist as a workspace has it."""

    def adopt_in(self, tx: Transaction, card: Key, place: tuple[str, str], item: Item, by: str) -> None:
        """Add an item to a checklist's phase; raise NoRoom or UnknownChecklist."""

    def use_in(self, tx: Transaction, workspace: str, place: tuple[str, str], channels: Iterable[str]) -> Use:
        """Say how an item of a checklist was used in runs of some channels."""


@dataclass(frozen=True)
class Proposals:
    """The proposals of all workspaces."""

    database: Database
    library: Library
    now: Callable[[], datetime]
    book: Book

    def ask(self, retro: int, *, by: Actor, channel: str) -> Asking:
        """Give what the form shows to somebody who took part in a retro."""
        with self.database.read() as tx:
            of = self._taken_part(tx, by, retro, channel)
            return self._asking(tx, by, of, self._wording("", of.words.caught))

    def look(self, proposal: int, *, by: Actor, channel: str) -> Asking:
        """Give what the form shows of an item that a cause suggested; its check is what the newest retro says."""
        with self.database.read() as tx:
            found, _ = self._open(tx, by, proposal, channel)
            of = self._taken_part(tx, by, found.retro, channel)
            caught = store.what_would_have_caught(tx, self._everyone(of), found.cause) if found.cause else ""
            return replace(self._asking(tx, by, of, self._wording(found.cause, caught)), suggestion=found.id)

    def _asking(self, tx: Transaction, by: Actor, of: Retro, words: Wording) -> Asking:
        return Asking(of, words, self.book.versions_in(tx, by.workspace), self._is_admin(tx, by))

    def _wording(self, cause: str, caught: str) -> Wording:
        known = self.library.causes.get(cause)
        check = clip(caught, PROSE_LIMIT)
        if known is None:
            return Wording(check=check)
        where = (known.checklist, known.phase) if known.checklist in self.library.checklists else ("", "")
        return Wording(*where, known.title, known.hint, check or known.check)

    def propose(self, new: New, *, by: Actor, channel: str) -> Proposal:
        """Propose an item; raise FieldErrors. An admin may add it at once."""
        if new.words.mistakes():
            raise FieldErrors(new.words.mistakes())
        with self.database.write(by, self.now()) as tx:
            retros.lock(tx, by.workspace, new.retro)
            of = self._taken_part(tx, by, new.retro, channel)
            self._require_place(tx, by.workspace, new.words)
            made = self._made(tx, new, of, by)
            self._record(tx, of, by, made)
            return self._accept(tx, of, made, by) if new.at_once else made

    def _made(self, tx: Transaction, new: New, of: Retro, by: Actor) -> Proposal:
        fresh = Proposal(0, by.workspace, of.id, of.channel, new.words, "proposed", by.user, self.now())
        found = store.get(tx, by.workspace, new.suggestion) if new.suggestion else None
        if found is None or found.retro != of.id:
            return replace(fresh, id=store.add(tx, fresh))
        if found.state != "suggested":
            raise ProposalGone
        store.reword(tx, by.workspace, found.id, new.words, by.user, self.now())
        return replace(fresh, id=found.id, cause=found.cause, times=found.times)

    def _require_place(self, tx: Transaction, workspace: str, words: Wording) -> None:
        found = next((one for one in self.book.versions_in(tx, workspace) if one.id == words.checklist), None)
        if found is None or words.phase not in {one.id for one in found.phases}:
            raise FieldErrors({"place": "Choose the part of a checklist in which it should stand."})
        if found.is_full:
            raise FieldErrors({"place": NoRoom().text})

    def accept(self, proposal: int, *, by: Actor, channel: str) -> Proposal:
        """Add a proposed item to the workspace's checklist; raise NotAnAdmin, or NoRoom on its card."""
        with self.database.write(by, self.now()) as tx:
            self._lock(tx, by, proposal)
            found, of = self._open(tx, by, proposal, channel)
            return self._accept(tx, of, found, by)

    def _accept(self, tx: Transaction, of: Retro, found: Proposal, by: Actor) -> Proposal:
        self._require_admin(tx, by)
        if found.state != "proposed":
            raise ProposalGone
        number = sum(bool(one.item) for one in store.of_retro(tx, by.workspace, of.id)) + 1
        item = found.words.item(f"retro-{of.number}-{number}", f"added after retro {of.number}")
        card = Key(by.workspace, retros.CARD, of.id)
        self.book.adopt_in(tx, card, (found.words.checklist, found.words.phase), item, by.user)
        return self._decided(tx, of, replace(found, item=item.id), "accepted", by)

    def decline(self, proposal: int, *, by: Actor, channel: str) -> Proposal:
        """Decline a proposed item, as an admin; a suggestion is put off by anybody who took part, too."""
        with self.database.write(by, self.now()) as tx:
            self._lock(tx, by, proposal)
            found, of = self._open(tx, by, proposal, channel)
            if found.state == "proposed" or not of.may_edit(by.user):
                self._require_admin(tx, by)
            return self._decided(tx, of, found, "declined", by)

    def _decided(self, tx: Transaction, of: Retro, found: Proposal, state: State, by: Actor) -> Proposal:
        decided = replace(found, state=state, decided_by=by.user, decided_at=self.now())
        store.decide(tx, by.workspace, decided)
        self._record(tx, of, by, decided)
        return decided

    def _record(self, tx: Transaction, of: Retro, by: Actor, made: Proposal) -> None:
        said = {"checklist": made.words.checklist, "phase": made.words.phase, "title": made.words.title}
        change = Change(self.now(), by.user, DEEDS[made.state], after=said | ({"item": made.item} if made.item else {}))
        past.add_change(tx, by.workspace, of.id, change)
        delivery.touch(tx, Key(by.workspace, retros.CARD, of.id))

    def _lock(self, tx: Transaction, by: Actor, proposal: int) -> None:
        """Have those who decide on proposals of one retro take turns."""
        found = store.get(tx, by.workspace, proposal)
        if found:
            retros.lock(tx, by.workspace, found.retro)

    def _open(self, tx: Transaction, by: Actor, proposal: int, channel: str) -> tuple[Proposal, Retro]:
        """Give an undecided proposal and its retro to somebody who may see that here."""
        found = store.get(tx, by.workspace, proposal)
        if found is None or found.state not in {"suggested", "proposed"}:
            raise ProposalGone
        return found, self._seen(tx, by, found.retro, channel)

    def _seen(self, tx: Transaction, by: Actor, retro: int, channel: str) -> Retro:
        viewer = Viewer(by.workspace, channel, by.user, self.now())
        found = retros.get(tx, by.workspace, retros.visible(tx, viewer, 1, id=retro))
        if not found:
            raise RetroGone
        return found[0]

    def _taken_part(self, tx: Transaction, by: Actor, retro: int, channel: str) -> Retro:
        found = self._seen(tx, by, retro, channel)
        if not found.may_edit(by.user):
            raise NotTakenPart
        return found

    def _is_admin(self, tx: Transaction, by: Actor) -> bool:
        return bool(installs.is_admin(tx, by.workspace, by.user, self.now()))

    def _require_admin(self, tx: Transaction, by: Actor) -> None:
        if not self._is_admin(tx, by):
            raise NotAnAdmin

    def standing(self, workspace: str, retro: int) -> list[Told]:
        """Give what a retro proposed and what came of it, as every reader of its channel may see it."""
        with self.database.read() as tx:
            found = retros.get(tx, workspace, [retro])
            made = store.of_retro(tx, workspace, retro) if found else []
            versions = self.book.versions_in(tx, workspace) if made else []
            return [self._told(tx, found[0], one, versions) for one in made]

    def _told(self, tx: Transaction, of: Retro, one: Proposal, versions: Sequence[Checklist]) -> Told:
        told = Told(one, *place(one.words, versions))
        if one.state != "accepted" or one.decided_at is None:
            return told
        viewer = self._everyone(of)
        causes: tuple[Cause, ...] = (one.cause,) if one.cause else _catchable(of)
        later = store.later(tx, viewer, causes, of.id, one.decided_at)
        back = {cause: [number for number, named in later if cause in named] for cause in causes}
        places = {*installs.public_channels(tx, of.workspace, self.now()), of.channel}
        use = self.book.use_in(tx, of.workspace, (one.words.checklist, one.item), places)
        return replace(told, use=use, causes=causes, back=back)

    def _everyone(self, of: Retro) -> Viewer:
        """Give what every reader of a retro's own channel may see."""
        return Viewer(of.workspace, of.channel, now=self.now())

    def catch_up(self, most: int = BATCH) -> bool:
        """Weigh retros that were logged, edited or deleted; True if more are waiting."""
        with self.database.read() as tx:
            waiting = store.unweighed(tx, most)
        for workspace, retro in waiting:
            self._weigh(workspace, retro)
        return len(waiting) == most

    def _weigh(self, workspace: str, retro: int) -> None:
        """See whether one of its causes has come up so often that it proposes an item by itself."""
        with self.database.write() as tx:
            store.take_turns(tx, workspace)
            retros.lock(tx, workspace, retro)
            found = retros.get(tx, workspace, [retro])
            if found:
                self._came_back(tx, found[0])
                for cause in _catchable(found[0]):
                    self._suggest(tx, found[0], cause)
            else:
                store.forget(tx, workspace, retro)
            store.weighed(tx, workspace, retro)

    def _came_back(self, tx: Transaction, of: Retro) -> None:
        """Have the cards drawn anew that tell whether one of its causes came back, where it may be seen."""
        channel = "" if of.words.visibility == "workspace" else of.channel
        for retro in store.watching(tx, of.workspace, _catchable(of), channel):
            if retro != of.id:
                delivery.touch(tx, Key(of.workspace, retros.CARD, retro))

    def _suggest(self, tx: Transaction, of: Retro, cause: Cause) -> None:
        after = store.counted_upto(tx, of.workspace, of.channel, cause)
        named = store.naming(tx, self._everyone(of), cause, after, of.id, OFTEN)
        if len(named) < OFTEN:
            return
        words = replace(self._wording(cause, ""), check="")
        new = Proposal(0, of.workspace, of.id, of.channel, words, "suggested", "", self.now(), cause, len(named))
        store.add(tx, new, upto=max(named))
        delivery.touch(tx, Key(of.workspace, retros.CARD, of.id))


def _catchable(of: Retro) -> tuple[Cause, ...]:
    """Leave out luck: no check catches that."""
    return tuple(one for one in of.words.causes if one != "luck")
