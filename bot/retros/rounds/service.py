"""What people can do with calls for answers; one public method is one transaction."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.blocks import Message, person
from bot.database import Actor, Database, Transaction
from bot.delivery import clicks
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import AnswerGone, FieldErrors, NotFacilitator, RoundClosed, RoundGone
from bot.installs import store as installs
from bot.library import Library
from bot.retros import store as retros
from bot.retros.rounds import store, views
from bot.retros.rounds.model import Answer, Call, Given, Round
from bot.systems import store as systems


def key(workspace: str, round_id: int) -> Key:
    """Give the key of a call's card."""
    return Key(workspace, store.CARD, round_id)


@dataclass(frozen=True)
class Opened:
    """A call that was opened, or that was open already."""

    round_id: int
    new: bool


@dataclass(frozen=True)
class Rounds:
    """The calls for answers of all workspaces."""

    database: Database
    library: Library
    now: Callable[[], datetime]

    def open(self, about: Call, *, by: Actor, channel: str) -> Opened:
        """Call for answers and have the card posted, or find the call that is open for the same system here."""
        now = self.now()
        with self.database.write(by, now) as tx:
            named = about.named
            system = systems.ensure(self.database, tx, by.workspace, named).id if named else None
            salt = secrets.token_hex(8)
            new = Round(0, by.workspace, channel, about, "open", by.user, now, count=0, salt=salt)
            added = store.add(self.database, tx, new, system)
            if added is None:
                return Opened(store.open_one(tx, by.workspace, channel, system) or 0, new=False)
            delivery.add(tx, key(by.workspace, added), channel, by.user)
        return Opened(added, new=True)

    def get(self, workspace: str, round_id: int, channel: str) -> Round:
        """Give a call to somebody in its channel; raise RoundGone elsewhere."""
        with self.database.read() as tx:
            found = store.get(tx, workspace, round_id)
        if found is None or found.channel != channel:
            raise RoundGone
        return found

    def seen(self, workspace: str, round_id: int, ts: str) -> None:
        """Take a click on a card for proof that it is there, should nobody have confirmed it."""
        clicks.seen(self.database, key(workspace, round_id), ts)

    def card(self, workspace: str, round_id: int) -> Message | None:
        """Draw a call's card; None if it is gone, or until it can link to its retro."""
        with self.database.read() as tx:
            found = store.get(tx, workspace, round_id)
            if found is None:
                return None
            if found.retro is None:
                return views.card(found, self.library.questions.questions)
            retro = delivery.find(tx, Key(workspace, retros.CARD, found.retro))
            if retro and retro.state in {"ready", "sending"}:
                return None
            install = installs.find(tx, workspace)
        link = install.link(retro.channel, retro.ts) if install and retro and retro.ts else ""
        return views.card(found, self.library.questions.questions, link)

    def link(self, of: Round) -> str:
        """Give the address of a call's card; nothing while it is not known."""
        with self.database.read() as tx:
            install = installs.find(tx, of.workspace)
        return install.link(of.channel, of.message_ts) if install and of.message_ts else ""

    def mine(self, workspace: str, round_id: int, user: str) -> Given | None:
        """Give what a person has answered, to that person."""
        with self.database.read() as tx:
            return store.given_by(tx, workspace, round_id, user)

    def answer(self, round_id: int, given: Given, *, by: Actor, channel: str) -> Round:
        """Keep a person's answer in place of their earlier one, given in the call's channel; raise FieldErrors."""
        wrong = given.mistakes()
        if wrong:
            raise FieldErrors(wrong)
        with self.database.write(by, self.now()) as tx:
            found = self._open(tx, by, round_id)
            if found.channel != channel:
                raise RoundGone
            store.put(tx, by.workspace, found.id, by.user, given)
        return found

    def own(self, of: Round, user: str) -> Given:
        """Give a person's answer to that person, to look at or to delete; raise RoundClosed, or AnswerGone."""
        self._require_no_retro(of)
        found = self.mine(of.workspace, of.id, user)
        if found is None:
            raise AnswerGone
        return found

    def drop(self, round_id: int, *, by: Actor) -> Round:
        """Delete a person's own answer, unless a retro was written from it; raise RoundClosed, or AnswerGone."""
        with self.database.write(by, self.now()) as tx:
            found = self._locked(tx, by, round_id)
            self._require_no_retro(found)
            if not store.drop(tx, by.workspace, round_id, by.user):
                raise AnswerGone
            return store.get(tx, by.workspace, round_id) or found

    def _require_no_retro(self, of: Round) -> None:
        if of.retro is not None:
            raise RoundClosed

    def answers(self, round_id: int, *, by: Actor) -> tuple[Round, Sequence[Answer]]:
        """Give a call and its answers, to the facilitator alone."""
        with self.database.read() as tx:
            found = _require(store.get(tx, by.workspace, round_id), by)
            return found, store.listed(tx, by.workspace, round_id)

    def require_open(self, of: Round) -> None:
        """Raise RoundClosed, before anybody fills in a form."""
        if of.state != "open":
            raise RoundClosed

    def take_over(self, round_id: int, *, by: Actor, channel: str) -> Round:
        """Make a person of the channel the facilitator; the card says so."""
        with self.database.write(by, self.now()) as tx:
            found = self._open(tx, by, round_id)
            if found.channel != channel:
                raise RoundGone
            if found.facilitator != by.user:
                store.hand_over(tx, found, by.user)
            return store.get(tx, by.workspace, round_id) or found

    def close(self, round_id: int, *, by: Actor) -> Round:
        """Close a call without a retro, as its facilitator."""
        with self.database.write(by, self.now()) as tx:
            found = _require(self._open(tx, by, round_id), by)
            store.close(tx, by.workspace, round_id, None)
        return replace(found, state="closed")

    def post_again(self, round_id: int, *, by: Actor, channel: str = "") -> tuple[str, str | None]:
        """Have the card posted anew in its channel; give the channel and the ts of the card that it replaces.

        That may be asked there, and anywhere by whoever asked for the card that is not there.
        """
        with self.database.write(by, self.now()) as tx:
            found = self._open(tx, by, round_id)
            if not clicks.may_post_again(tx, key(by.workspace, round_id), found.channel, by=by, channel=channel):
                raise RoundGone
            return clicks.post_again(tx, key(by.workspace, round_id), found.channel, by=by)

    def _open(self, tx: Transaction, by: Actor, round_id: int) -> Round:
        found = self._locked(tx, by, round_id)
        self.require_open(found)
        return found

    def _locked(self, tx: Transaction, by: Actor, round_id: int) -> Round:
        """Have the card redrawn, and read the call for a change, in this order: so does whoever else takes both."""
        delivery.touch(tx, key(by.workspace, round_id))
        found = store.lock(tx, by.workspace, round_id)
        if found is None:
            raise RoundGone
        return found


def _require(of: Round | None, by: Actor) -> Round:
    if of is None:
        raise RoundGone
    if of.facilitator != by.user:
        raise NotFacilitator(f"Only {person(of.facilitator)} reads these answers before the retro is written.")
    return of


def close_for(tx: Transaction, round_id: int, retro: int, *, by: Actor, channel: str) -> bool:
    """Close a call in the transaction that logs its retro; False if it was not this person's to close."""
    delivery.touch(tx, key(by.workspace, round_id))
    found = store.lock(tx, by.workspace, round_id)
    mine = found is not None and (found.state, found.facilitator, found.channel) == ("open", by.user, channel)
    if mine:
        store.close(tx, by.workspace, round_id, retro)
    return mine


def erase_for(tx: Transaction, workspace: str, retro: int) -> None:
    """Delete the answers for which a retro was written, with that retro."""
    for round_id in store.of_retro(tx, workspace, retro):
        delivery.touch(tx, key(workspace, round_id))
        store.erase(tx, workspace, round_id)
