"""What is done to deliveries, one transaction each; the dispatcher does the posting in between."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.blocks import Message
from bot.database import Database, Transaction
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.errors import NothingHeld
from bot.outbox import store
from bot.outbox.model import RESTORED, Delivery, Outcome, State, spread

BATCH = 10
"""Posts of one workspace at a time; more than one only into different channels."""

_LOOK = 4 * BATCH
_T = TypeVar("_T")


class Feed(Protocol):
    """A feature that posts unasked."""

    def plan(self, now: datetime) -> bool:
        """Plan some of what is due, in one transaction; True if there may be more."""
        ...

    def messages(self, workspace: str, deliveries: Sequence[Delivery]) -> Mapping[str, Message]:
        """Give the messages by the delivery's id; leave out what is not wanted any more."""
        ...

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> Collection[str]:
        """Name, by id, those that are not wanted any more, in the transaction that commits to posting."""
        ...

    def settled(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> None:
        """Take note of what was sent, refused or skipped."""
        ...


@dataclass(frozen=True)
class Channelled:
    """A kind of delivery: who feeds it, and whether it is redrawn after it was posted."""

    feed: Feed
    redrawn: bool = False


@dataclass(frozen=True)
class Batch:
    """What one look at a lane gave; `more` says that something due was left."""

    claimed: Sequence[Delivery] = ()
    more: bool = False


@dataclass(frozen=True)
class Outbox:
    """Deliveries of all workspaces; `me` names this process, `budget` caps a channel's unasked posts a week."""

    database: Database
    kinds: Mapping[str, Channelled]
    now: Callable[[], datetime]
    me: str
    budget: int = 3

    def plan(self, due: datetime) -> None:
        """Turn every schedule that is due into deliveries."""
        for feed in self._feeds():
            while feed.plan(due):
                pass

    def _feeds(self) -> Collection[Feed]:
        return {id(one.feed): one.feed for one in self.kinds.values()}.values()

    def _shares(self, some: Sequence[_T], kind: Callable[[_T], str]) -> Iterator[tuple[Feed, list[_T]]]:
        """Give each feed that has to do with some of them its own."""
        for feed in self._feeds():
            kinds = {name for name, one in self.kinds.items() if one.feed is feed}
            mine = [one for one in some if kind(one) in kinds]
            if mine:
                yield feed, mine

    def due_workspaces(self, due: datetime) -> list[str]:
        """Name the workspaces with work."""
        with self.database.read() as tx:
            return store.due_workspaces(tx, due)

    def claim(self, workspace: str, due: datetime, busy: Collection[str]) -> Batch:
        """Take the lane and commit to posting a few; `busy` are channels that have just had one."""
        with self.database.write() as tx:
            return self.claim_in(tx, workspace, due, busy)

    def claim_in(self, tx: Transaction, workspace: str, due: datetime, busy: Collection[str]) -> Batch:
        """Do the same in a transaction that others share."""
        now = self.now()
        mine, _word = store.take(self.database, tx, workspace, self.me, now)
        ready = store.ready(tx, workspace, due, now, _LOOK) if mine else []
        if not ready:
            store.release(tx, workspace, self.me, now)
        chosen = spread(ready, BATCH, busy)
        against = self._against(tx, chosen, due)
        wanted = [one for one in chosen if self._fits(tx, one, against.get(one.id, ""), due, now)]
        begun = store.claim(tx, workspace, [one.id for one in wanted], now)
        claimed = [one for one in wanted if one.id in begun]
        redrawn = [one for one in claimed if self._redrawn(one)]
        cards.prepare(self.database, tx, [(_card(one), one.channel, one.owner) for one in redrawn])
        return Batch([_begun(one, now) for one in claimed], bool(ready))

    def _fits(self, tx: Transaction, one: Delivery, why: str, due: datetime, now: datetime) -> bool:
        """Say whether it may go out now; what will never fit is skipped, what fits later is put off."""
        if why:
            store.skip(tx, one, why)
            self._tell(tx, one.workspace, [Outcome(one, "skipped", code=why)])
            return False
        morning = one.waits_until(due)
        if morning:
            store.put_off(tx, one, now + (morning - due))
        return morning is None

    def _against(self, tx: Transaction, chosen: Sequence[Delivery], due: datetime) -> dict[str, str]:
        """Say by id what speaks against posting."""
        found = {one.id: "gone" for one in chosen if one.kind not in self.kinds}
        for feed, mine in self._shares(chosen, lambda one: one.kind):
            found |= dict.fromkeys(feed.unwanted(tx, mine), "withdrawn")
        unasked = [one for one in chosen if one.id not in found and not one.asked]
        found |= {one.id: "late" for one in unasked if one.is_late(due)}
        return found | self._over_budget(tx, [one for one in unasked if one.id not in found])

    def _over_budget(self, tx: Transaction, unasked: Sequence[Delivery]) -> dict[str, str]:
        """Say by id which would be one too many for their channel in the week of their slot."""
        if not unasked:
            return {}
        weeks = {one.id: _week_of(one) for one in unasked}
        had = store.posted_since(tx, unasked, min(weeks.values()))
        times = {one.id: sum(at >= weeks[one.id] for at in had.get(one.channel, ())) for one in unasked}
        return {name: "budget" for name, count in times.items() if count >= self.budget}

    def messages(self, workspace: str, some: Sequence[Delivery]) -> Mapping[str, Message]:
        """Give what is to be posted into a workspace, by the delivery's id; leave out what is gone."""
        found: dict[str, Message] = {}
        for feed, mine in self._shares(some, lambda one: one.kind):
            found |= feed.messages(workspace, mine)
        return found

    def settle(self, workspace: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Record how attempts of a workspace went; give those that were settled by it."""
        with self.database.write() as tx:
            return self.settle_in(tx, workspace, outcomes)

    def settle_in(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Do the same in a transaction that others share."""
        for one in outcomes:
            self._hold_up(tx, workspace, one)
        settled = store.settle(tx, workspace, outcomes)
        ended = [one for one in settled if one.state in {"sent", "refused", "skipped"}]
        shown = [one for one in ended if one.state == "sent" and self._redrawn(one.delivery)]
        cards.posted(tx, [(_card(one.delivery), one.ts) for one in shown if one.ts])
        self._tell(tx, workspace, ended)
        return settled

    def _hold_up(self, tx: Transaction, workspace: str, one: Outcome) -> None:
        if one.block:
            store.block(tx, workspace, self.now() + one.block)
        if one.stop:
            store.stop(tx, workspace, one.stop)

    def _tell(self, tx: Transaction, workspace: str, ended: Sequence[Outcome]) -> None:
        for feed, mine in self._shares(ended, lambda one: one.delivery.kind):
            feed.settled(tx, workspace, mine)

    def _redrawn(self, one: Delivery) -> bool:
        return self.kinds[one.kind].redrawn

    def leave_in(self, tx: Transaction, workspace: str, due: datetime) -> bool:
        """Give the lane back if nothing is left for it to do now; say whether it was."""
        if store.ready(tx, workspace, due, self.now(), 1):
            return False
        store.release(tx, workspace, self.me, self.now())
        return True

    def release(self, workspace: str) -> None:
        """Give the lane back."""
        with self.database.write() as tx:
            store.release(tx, workspace, self.me, self.now())

    def unclear_in(self, tx: Transaction, workspace: str, grace: timedelta) -> list[Delivery]:
        """List the attempts that nobody confirmed, if the lane is ours."""
        now = self.now()
        lost = store.unclear(tx, workspace, now - grace, now)
        mine = bool(lost) and store.take(self.database, tx, workspace, self.me, now)[0]
        return lost if mine else []

    def resolve(self, workspace: str, delivery_id: str, *, arrived: bool) -> None:
        """Settle a held delivery as a person saw it: it arrived, or it is to be posted again."""
        with self.database.write() as tx:
            one = store.find(tx, workspace, delivery_id)
            if one is None or one.state != "held":
                raise NothingHeld
            self.settle_in(tx, workspace, [Outcome(one, "sent" if arrived else "ready")])
            if not arrived:
                store.ask_for(tx, one)

    def seen(self, workspace: str, kind: str, subject: int, ts: str) -> None:
        """Settle a post that was never confirmed: somebody has just clicked on it.

        Not in a restored database: there the button may belong to a post whose row is lost and whose id was given anew.
        """
        with self.database.read() as tx:
            one = store.of_subject(tx, workspace, kind, subject)
        if ts and one and one.state in {"sending", "unknown", "held"} and one.error != RESTORED:
            self.settle(workspace, [Outcome(one, "sent", ts)])

    def token_works(self, workspace: str) -> None:
        """Go on with a workspace that was stopped for its token."""
        with self.database.write() as tx:
            store.stop(tx, workspace, "")

    def listing(self, workspace: str | None, states: Sequence[State], limit: int = 100) -> list[Delivery]:
        """List deliveries for whoever runs the server."""
        with self.database.read() as tx:
            return store.listing(tx, workspace, states, limit)

    def troubles(self) -> Mapping[str, str]:
        """Give the stopped workspaces with Slack's word for why."""
        with self.database.read() as tx:
            return store.troubles(tx)


def _begun(one: Delivery, now: datetime) -> Delivery:
    return replace(one, state="sending", sending_at=now, attempt=one.attempt + 1)


def _card(one: Delivery) -> Key:
    return Key(one.workspace, one.kind, one.subject)


def _week_of(one: Delivery) -> datetime:
    """Give the Monday of the slot's week, by the clock of its readers."""
    local = one.due.astimezone(ZoneInfo(one.zone))
    monday = local - timedelta(days=local.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)
