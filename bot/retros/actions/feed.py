"""What the outbox asks of actions: the weekly list of what is overdue, and whether a proof held after a month."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.blocks import Message
from bot.database import Database, Transaction
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.outbox import store as outbox
from bot.outbox.model import Delivery, New, Outcome, is_quiet
from bot.retros.actions import digesting, notices, store
from bot.retros.actions.lists import zone_of
from bot.retros.actions.model import ASKED, DIGEST, MORNING, PROOF, WEEK, Setting, subject_of
from bot.retros.model import Action
from bot.schedule import slot_of

BATCH = 100
"""Rows that one transaction plans; a longer one would make people wait for their turn to write."""

BLOCKING = frozenset({"not_in_channel", "is_archived", "channel_not_found", "restricted_action"})
"""What Slack says of a channel that somebody has to mend before anything can be posted there."""


@dataclass(frozen=True)
class DigestFeed:
    """The list of what is overdue in a channel, once a week; where nothing is, nothing is posted."""

    database: Database
    now: Callable[[], datetime]

    def plan(self, now: datetime) -> bool:
        """Plan what is due; True if there may be more."""
        with self.database.write() as tx:
            due = store.due_digests(tx, now, BATCH)
            outbox.plan(self.database, tx, list(_worth_it(tx, due, now)))
            store.advance(tx, [replace(one, next_due=one.schedule.after(now)) for one in due])
        return len(due) == BATCH

    def messages(self, workspace: str, deliveries: Sequence[Delivery]) -> Mapping[str, Message]:
        """Give lists by the delivery's id, without those on which nothing is overdue any more."""
        with self.database.read() as tx:
            drawn = {one.id: digesting.to_post(tx, workspace, one.subject) for one in deliveries}
        return {name: message for name, message in drawn.items() if message}

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> set[str]:
        """Name those of channels that switched it off."""
        found = store.digests_by_id(tx, deliveries[0].workspace, [one.series for one in deliveries])
        on = {name for name, one in found.items() if one.on}
        return {one.id for one in deliveries if one.series not in on}

    def settled(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> None:
        """Take note of how it went; a channel that cannot be posted into is left alone until somebody says so."""
        for one in outcomes:
            if one.state == "sent":
                self._posted(tx, one.delivery)
            if one.state == "refused" and one.code in BLOCKING:
                store.switch_off(tx, workspace, one.delivery.series)

    def _posted(self, tx: Transaction, delivery: Delivery) -> None:
        """Have the list before this one give way to it, and this one drawn once more: something may have changed."""
        workspace, digest = delivery.workspace, delivery.series
        before = store.digests_by_id(tx, workspace, [digest]).get(digest)
        store.posted(tx, workspace, digest, delivery.subject, self.now())
        cards.touch(tx, Key(workspace, DIGEST, delivery.subject))
        if before and before.newest:
            cards.touch(tx, Key(workspace, DIGEST, before.newest))


def _worth_it(tx: Transaction, due: Sequence[Setting], now: datetime) -> Iterator[New]:
    """Give the last slot of each that is due, however many were missed, if anything was overdue then."""
    for one in due:
        at = max(one.next_due or now, one.schedule.latest(now))
        if digesting.overdue(tx, one, at).overdue:
            yield New(
                workspace=one.workspace,
                kind=DIGEST,
                series=one.id,
                subject=subject_of(one.id, slot_of(at, one.schedule.zone)),
                slot=slot_of(at, one.schedule.zone),
                channel=one.channel,
                owner=one.owner,
                due=at,
                zone=one.schedule.zone,
            )


@dataclass(frozen=True)
class ProofFeed:
    """The question to an action's owner whether its proof held, in a direct message, once for each time it was done."""

    database: Database
    now: Callable[[], datetime]

    def plan(self, now: datetime) -> bool:
        """Plan what is due; True if there may be more."""
        with self.database.write() as tx:
            due = store.unproven(tx, now, BATCH)
            for one in due:
                self._plan(tx, one, now)
        return len(due) == BATCH

    def _plan(self, tx: Transaction, one: Action, now: datetime) -> None:
        """Ask, and look again in a week: what was put aside for the sake of other posts is asked then."""
        last = outbox.of_subject(tx, one.workspace, PROOF, one.id) if one.held == ASKED else None
        if last is None or last.state == "skipped":
            outbox.plan(self.database, tx, [_question(one, now, zone_of(tx, one.workspace, one.owner))])
            store.asked(tx, one.workspace, one.id, now + WEEK)
        else:
            store.asked(tx, one.workspace, one.id, None)

    def messages(self, workspace: str, deliveries: Sequence[Delivery]) -> Mapping[str, Message]:
        """Give questions by the delivery's id, without those that have no answer any more."""
        with self.database.read() as tx:
            found = {one.id: store.get(tx, workspace, one.subject) for one in deliveries}
        return {name: notices.proof(action) for name, action in found.items() if action and _is_open(action)}

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> set[str]:
        """Name those of actions that were opened again or handed over meanwhile."""
        asked = ((one, store.get(tx, one.workspace, one.subject)) for one in deliveries)
        return {one.id for one, action in asked if not (action and _is_open(action) and action.owner == one.channel)}

    def settled(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> None:
        """Take note of nothing: a week later its row tells."""
        del tx, workspace, outcomes


def _is_open(action: Action) -> bool:
    return action.state == "done" and action.held == ASKED


def _question(one: Action, now: datetime, zone: str) -> New:
    local = now.astimezone(ZoneInfo(zone))
    morning = local.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    due = morning if morning > local else morning + timedelta(days=1)
    return New(
        workspace=one.workspace,
        kind=PROOF,
        series=one.id,
        subject=one.id,
        slot=f"{now:%Y-%m-%dT%H:%M:%S}",
        channel=one.owner,
        owner=one.owner,
        due=due if is_quiet(local) else now,
        zone=zone,
    )
