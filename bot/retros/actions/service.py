"""What people can do with actions; one public method is one transaction."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.blocks import Message, person
from bot.database import Actor, Database, Transaction
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.errors import ActionGone, AlreadyProven, FieldErrors, NoDigest, NotYourAction, NotYours
from bot.installs import store as installs
from bot.retros.actions import digesting, store
from bot.retros.actions.changing import Changes
from bot.retros.actions.lists import Lists
from bot.retros.actions.model import (
    AGAIN_IN,
    DIGEST,
    FAILED,
    FARTHEST,
    HELD,
    PROOF,
    PROOF_AFTER,
    Listing,
    Place,
    Setting,
    fresh_due,
    in_a_week,
)
from bot.retros.model import Action, Retro, Viewer, proof_mistakes
from bot.retros.service import key as card_key
from bot.schedule import Schedule
from bot.systems.model import Named


def proof_key(workspace: str, action: int) -> Key:
    """Give the key of the question whether an action's proof held."""
    return Key(workspace, PROOF, action)


@dataclass(frozen=True)
class Actions:
    """The actions of all workspaces."""

    database: Database
    now: Callable[[], datetime]

    @property
    def _lists(self) -> Lists:
        return Lists(self.now)

    @property
    def _changes(self) -> Changes:
        return Changes(self.database, self.now)

    # What people see

    def listing(self, workspace: str, channel: str, user: str, named: Named | None = None) -> Listing:
        """Give a person what is theirs everywhere and what is open here, or what is open of a system."""
        with self.database.read() as tx:
            viewer = Viewer(workspace, channel, user, self.now())
            return self._lists.of_system(tx, viewer, named) if named else self._lists.everything(tx, viewer)

    def again(self, place: Place, workspace: str, channel: str, user: str) -> Listing:
        """Give a list as it is now, by the place that its controls carry."""
        with self.database.read() as tx:
            return self._lists.at(tx, Viewer(workspace, channel, user, self.now()), place)

    def mine(self, workspace: str, user: str) -> Listing:
        """Give a person what is theirs in all channels, for a page that stands in none."""
        return self.listing(workspace, "", user)

    def earlier(self, named: Named, *, workspace: str, channel: str, user: str, but: int = 0) -> Listing:
        """Show a person, or without one all readers of a channel, what is open of a system in any version.

        What is of the retro `but` is left out.
        """
        with self.database.read() as tx:
            viewer = Viewer(workspace, channel, user, self.now())
            return self._lists.earlier(tx, viewer, named, but=but, for_all=False)

    def to_carry(
        self, named: Named, *, workspace: str, channel: str, user: str, but: int = 0, asked_in: str = ""
    ) -> list[Action]:
        """Give what of a system a person may carry over into a retro of a channel: what all its readers may read.

        Where the person is asked in another channel, only what they may see there, too.
        """
        viewer = Viewer(workspace, channel, user, self.now())
        with self.database.read() as tx:
            found = self._lists.to_carry(tx, viewer, named, but)
            if asked_in in {"", channel}:
                return found
            there = self._lists.earlier(tx, replace(viewer, channel=asked_in), named, but=but, for_all=False)
        shown = {one.action.id for one in (*there.mine, *there.others)}
        return [one for one in found if one.id in shown]

    def clicked(self, action: int, *, by: Actor, channel: str) -> Action:
        """Give an action to somebody who is about to change it; raise ActionGone if they may not see it here."""
        with self.database.read() as tx:
            found = store.get(tx, by.workspace, action)
            if found is None or found.state not in {"open", "done"}:
                raise ActionGone
            self._changes.require(tx, by, found, channel)
            return found

    def cards(self, action: Action) -> tuple[Key, ...]:
        """Name the cards on which an action stands."""
        digest = self.digest(action.workspace, action.channel)
        keys = (card_key(action.workspace, action.retro), proof_key(action.workspace, action.id))
        return (*keys, Key(action.workspace, DIGEST, digest.newest)) if digest and digest.newest else keys

    def cards_of(self, actions: Collection[int], into: Retro) -> tuple[Key, ...]:
        """Name the cards that show what was carried over into a retro, from where it came and where it is now."""
        with self.database.read() as tx:
            found = [store.get(tx, into.workspace, one) for one in actions]
        old = [key for one in found if one for key in self.cards(one)]
        return tuple(dict.fromkeys([card_key(into.workspace, into.id), *old]))

    def today(self, workspace: str, user: str) -> date:
        """Give the day where a person is."""
        with self.database.read() as tx:
            return self._lists.today(tx, workspace, user)

    # What people do

    # `channel` is where somebody acts: but for its owner, an action is changed only where its retro may be seen.

    def done(self, action: int, note: str, link: str, *, by: Actor, channel: str = "") -> Action:
        """Mark an action done, with what proves it; raise FieldErrors, or AlreadyProven if somebody else was first."""
        wrong = proof_mistakes(note, link)
        if wrong:
            raise FieldErrors(wrong)
        now = self.now()
        with self.database.write(by, now) as tx:
            old = self._changes.mine(tx, by, action, channel)
            if old.state == "done" and (old.note, old.link) != (note, link):
                raise AlreadyProven
            if old.state == "done":
                return old
            proof = {"note": note, "link": link, "done_at": now, "done_by": by.user, "snoozed_until": None, "held": ""}
            return self._changes.write(tx, old, by, "done", state="done", check_at=now + PROOF_AFTER, **proof)

    def reopen(self, action: int, *, by: Actor, channel: str = "") -> Action:
        """Open an action again; if its day has passed, it gets a new one."""
        with self.database.write(by, self.now()) as tx:
            old = self._changes.mine(tx, by, action, channel)
            due = fresh_due(old.due, self._lists.today(tx, by.workspace, by.user))
            return old if old.state == "open" else self._reopen(tx, old, by, due)

    def _reopen(
        self, tx: Transaction, old: Action, by: Actor, due: date, what: str = "reopened", held: str = ""
    ) -> Action:
        fresh = {"note": "", "link": "", "done_at": None, "done_by": "", "snoozed_until": None, "check_at": None}
        return self._changes.write(tx, old, by, what, state="open", due=due, held=held, **fresh)

    def snooze(self, action: int, until: date | None = None, *, by: Actor, channel: str = "") -> Action:
        """Put an action off to a day, or by a week; raise FieldErrors for a day that is none of the next year's."""
        with self.database.write(by, self.now()) as tx:
            old = self._changes.mine(tx, by, action, channel)
            today = self._lists.today(tx, by.workspace, by.user)
            until = until or in_a_week(old, today)
            if not today < until <= today + FARTHEST:
                raise FieldErrors({"until": f"Choose a day after today, {today:%d %b %Y}, and within a year."})
            if old.state != "open":
                raise ActionGone
            return (
                old if until == old.snoozed_until else self._changes.write(tx, old, by, "snoozed", snoozed_until=until)
            )

    def hand_over(self, action: int, to: str, *, by: Actor, channel: str = "") -> Action:
        """Give an action to another person."""
        if not to:
            raise FieldErrors({"to": "Choose the person who sees to it from now on."})
        with self.database.write(by, self.now()) as tx:
            old = self._changes.mine(tx, by, action, channel)
            if old.state != "open":
                raise ActionGone
            return old if to == old.owner else self._changes.write(tx, old, by, "handed over", owner=to)

    def carry_over(self, actions: Collection[int], into: int, *, by: Actor) -> Retro:
        """Carry open actions over into a newer retro, and give that; what was carried over already stays as it is."""
        with self.database.write(by, self.now()) as tx:
            new = self._changes.carry(tx, by, actions, into)
            self.came_or_went(tx, new)
            return new

    def carry_ticked(self, tx: Transaction, by: Actor, into: Retro, ticked: Collection[int]) -> bool:
        """Carry over, in the transaction that logs a retro, what was ticked in its form and may still be carried.

        Raise FieldErrors if that is more than the retro has room for; False if it is nothing.
        """
        named = into.words.named
        viewer = Viewer(into.workspace, into.channel, by.user, self.now())
        may = self._lists.to_carry(tx, viewer, named, into.id) if named else []
        chosen = [one.id for one in may if one.id in ticked]
        if chosen:
            self._changes.carry(tx, by, chosen, into.id)
        return bool(chosen)

    # The weekly digest

    def came_or_went(self, tx: Transaction, retro: Retro) -> None:
        """Take note, in the caller's transaction, that actions of a retro were added or are gone."""
        if not self._changes.redraw(tx, retro.workspace, retro.channel, [one.id for one in retro.actions]):
            self._changes.begin_digest(tx, retro)

    def digest(self, workspace: str, channel: str) -> Setting | None:
        """Say when a channel's digest comes; None while it has no actions."""
        with self.database.read() as tx:
            return store.digest(tx, workspace, channel)

    def set_digest(self, when: Schedule | None = None, *, on: bool, by: Actor, channel: str) -> Setting:
        """Switch a channel's digest on or off, or change when it comes."""
        with self.database.write(by, self.now()) as tx:
            found = store.lock_digest(tx, by.workspace, channel)
            if found is None:
                raise NoDigest
            self._require_owner(tx, found, by)
            schedule = when or found.schedule
            kept = found.next_due if found.on and schedule == found.schedule else schedule.after(self.now())
            changed = replace(found, on=on, schedule=schedule, next_due=kept if on else None)
            store.save_digest(tx, changed)
            return changed

    def _require_owner(self, tx: Transaction, one: Setting, by: Actor) -> None:
        if by.user != one.owner and not installs.is_admin(tx, by.workspace, by.user, self.now()):
            raise NotYours(f"{person(one.owner)} looks after this list. Ask them or a workspace admin to change it.")

    def digest_card(self, workspace: str, subject: int) -> Message | None:
        """Draw a week's list as it is now; None if it was never planned."""
        with self.database.read() as tx:
            return digesting.posted(tx, workspace, subject)

    # Whether the proof held

    def proof_card(self, workspace: str, action: int) -> Message:
        """Draw the question whether an action's proof held as it is now."""
        with self.database.read() as tx:
            return digesting.proof(tx, workspace, action)

    def proved(self, action: int, *, held: bool, by: Actor, channel: str) -> Action:
        """Keep its owner's answer, given in `channel`, the first one for good; what did not hold is open again."""
        with self.database.write(by, self.now()) as tx:
            old = self._changes.locked(tx, by, action)
            if old.owner != by.user:
                raise NotYourAction
            if channel:
                # It was posted to a person, but Slack changes messages only by the id of the channel.
                cards.settle(tx, proof_key(by.workspace, action), {"channel_id": channel})
            if old.held in {HELD, FAILED} or old.state != "done":
                cards.touch(tx, proof_key(by.workspace, action))
                return old
            if held:
                return self._changes.write(tx, old, by, "held", held=HELD, check_at=None)
            due = self._lists.today(tx, by.workspace, by.user) + AGAIN_IN
            return self._reopen(tx, old, by, due, "not held", FAILED)
