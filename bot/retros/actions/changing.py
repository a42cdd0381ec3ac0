"""How an action changes: locked, allowed, written down, and shown wherever it stands."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import ActionGone, FieldErrors, NotTakenPart, NotYourAction, RetroGone
from bot.retros import store as retros
from bot.retros.actions import store
from bot.retros.actions.lists import zone_of
from bot.retros.actions.model import DIGEST, MORNING, PROOF, Setting, fresh_due
from bot.retros.model import ACTIONS, Action, Change, NewAction, Retro, Viewer
from bot.retros.past import store as past
from bot.retros.service import key as card_key
from bot.schedule import Schedule

MONDAY = 0


@dataclass(frozen=True)
class Changes:
    """Changes actions, in the caller's transaction. The lock of its retro is an action's; cards come after it."""

    database: Database
    now: Callable[[], datetime]

    def mine(self, tx: Transaction, by: Actor, action: int, channel: str) -> Action:
        """Give an action for a change by its owner, or by somebody who took part in its retro and sees that here."""
        found = self.locked(tx, by, action)
        self.require(tx, by, found, channel)
        return found

    def locked(self, tx: Transaction, by: Actor, action: int) -> Action:
        """Give an action for a change, if it is open or done; whose change that may be is not asked."""
        found = store.get(tx, by.workspace, action)
        if found is None or retros.lock(tx, by.workspace, found.retro) is None:
            raise ActionGone
        found = store.get(tx, by.workspace, action)  # as whoever held the lock has left it
        if found is None or found.state not in {"open", "done"}:
            raise ActionGone
        return found

    def require(self, tx: Transaction, by: Actor, action: Action, channel: str) -> None:
        """Raise ActionGone for whoever may not see an action in a channel, NotYourAction for who has no part in it."""
        if by.user == action.owner:
            return
        if not store.sees(tx, Viewer(by.workspace, channel, by.user, self.now()), action.retro):
            raise ActionGone
        if not store.took_part(tx, by.workspace, action.retro, by.user):
            raise NotYourAction

    def write(self, tx: Transaction, old: Action, by: Actor, what: str, **values: object) -> Action:
        """Change columns of an action, and note it in its retro's history."""
        store.change(tx, old.workspace, old.id, **values)
        told = {name: value for name, value in values.items() if hasattr(old, name)}
        before = {name: _plain(getattr(old, name)) for name in told}
        after = {name: _plain(value) for name, value in told.items()} | {"action": old.id, "text": old.text}
        past.add_change(tx, old.workspace, old.retro, Change(self.now(), by.user, what, before, after))
        retros.touch(tx, old.workspace, old.retro)
        delivery.touch(tx, card_key(old.workspace, old.retro))
        self.redraw(tx, old.workspace, old.channel, [old.id])
        changed = store.get(tx, old.workspace, old.id)
        if changed is None:
            raise ActionGone
        return changed

    def redraw(self, tx: Transaction, workspace: str, channel: str, actions: Iterable[int]) -> bool:
        """Have redrawn where a channel's actions stand but for their retro's card; say if it has a digest at all."""
        digest = store.digest(tx, workspace, channel)
        if digest and digest.newest:
            delivery.touch(tx, Key(workspace, DIGEST, digest.newest))
        for one in actions:
            delivery.touch(tx, Key(workspace, PROOF, one))
        return digest is not None

    def carry(self, tx: Transaction, by: Actor, actions: Collection[int], into: int) -> Retro:
        """Carry open actions over into a retro, as far as all readers of its channel may read of them."""
        found = [one for one in (store.get(tx, by.workspace, action) for action in sorted(set(actions))) if one]
        for retro in sorted({into, *(one.retro for one in found)}):  # always in this order, or two would wait in a ring
            retros.lock(tx, by.workspace, retro)
        new = next(iter(retros.get(tx, by.workspace, [into])), None)
        if new is None:
            raise RetroGone
        if not new.may_edit(by.user):
            raise NotTakenPart
        readers = Viewer(by.workspace, new.channel, "", self.now())
        wanted = [one for one in (store.get(tx, by.workspace, one.id) for one in found) if one and one.state == "open"]
        for one in wanted:
            self._require_carriable(tx, by, one, new, readers)
        self._require_room(new, len(wanted))
        for one in wanted:
            self._carry(tx, by, one, new)
        return new

    def _require_carriable(self, tx: Transaction, by: Actor, one: Action, new: Retro, readers: Viewer) -> None:
        if not retros.visible(tx, readers, 1, id=one.retro) or one.retro == new.id:
            raise ActionGone
        if one.channel != new.channel:
            self.require(tx, by, one, new.channel)

    def _require_room(self, new: Retro, more: int) -> None:
        left = max(0, ACTIONS - len(new.actions))
        if more > left:
            raise FieldErrors({"carry": f"A retro holds {ACTIONS} actions, so there is room for {left} of these."})

    def _carry(self, tx: Transaction, by: Actor, old: Action, new: Retro) -> None:
        due = fresh_due(old.due, self.now().date())
        fresh = NewAction(old.text, old.owner, due, old.proof)
        retros.add_actions(tx, new.workspace, new.id, [fresh], self.now(), old.id)
        self.write(tx, old, by, "carried", state="carried", check_at=None)
        change = Change(self.now(), by.user, "carried in", {}, {"text": old.text, "due": due.isoformat()})
        past.add_change(tx, new.workspace, new.id, change)
        retros.touch(tx, new.workspace, new.id)
        delivery.touch(tx, card_key(new.workspace, new.id))

    def begin_digest(self, tx: Transaction, retro: Retro) -> None:
        """Have a channel's digest begin with its first action, on Mondays where whoever logged it is."""
        schedule = Schedule(MONDAY, MORNING, zone_of(tx, retro.workspace, retro.author))
        setting = Setting(0, retro.workspace, retro.channel, schedule, retro.author, on=True)
        store.begin_digest(self.database, tx, replace(setting, next_due=schedule.after(self.now())))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
