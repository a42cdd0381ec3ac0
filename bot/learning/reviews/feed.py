"""What the outbox asks of questions that come back: what is due, what is posted, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.blocks import Message
from bot.database import Database, Transaction
from bot.learning.reviews import store, views
from bot.learning.reviews.asking import Asker, Slot
from bot.learning.reviews.model import Asked, Enrolment
from bot.library import Library
from bot.outbox.model import FAR, LATE, Delivery, Outcome

BATCH = 100
"""People for whom one transaction plans; a longer one would make others wait for their turn to write."""

ON_WISH = "now-"
"""How the slot of a question begins that somebody asked for."""

STOPPING = frozenset({"channel_not_found", "user_not_found", "user_disabled", "cannot_dm_bot", "messages_tab_disabled"})
"""What Slack says of a person to whom nothing can be written."""


@dataclass(frozen=True)
class ReviewFeed:
    """Questions when they are due."""

    database: Database
    library: Library
    now: Callable[[], datetime]

    def plan(self, now: datetime) -> bool:
        """Plan what is due; True if there may be more."""
        asker = Asker(self.database, self.library, self.now)
        with self.database.write() as tx:
            due = store.due(tx, now, BATCH)
            for one in due:
                _plan(asker, tx, one, now)
            # A clock that was weeks ahead may have put some off; what it asked is not asked again.
            moved = [*due, *store.astray(tx, now + FAR, BATCH)]
            store.advance(tx, [replace(one, next_due=one.rhythm.after(now)) for one in moved])
        return len(due) == BATCH

    def messages(self, workspace: str, deliveries: Sequence[Delivery]) -> Mapping[str, Message]:
        """Give questions by the delivery's id, without those that are gone or whose lesson is."""
        with self.database.read() as tx:
            asked = store.some_asked(tx, workspace, [one.subject for one in deliveries])
        drawn = {one.id: show(self.library, asked[one.subject]) for one in deliveries if one.subject in asked}
        return {name: message for name, message in drawn.items() if message}

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> set[str]:
        """Name those of people who stopped, and of this morning when it is night; who asked for one wants it."""
        running = store.running(tx, deliveries[0].workspace, [one.series for one in deliveries])
        now = self.now()
        return {one.id for one in deliveries if one.series not in running or _is_late(one, now)}

    def settled(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> None:
        """Take note of how it went; where nothing can be written, nothing more is planned."""
        for one in outcomes:
            store.conclude(tx, workspace, one.delivery.subject, "posted" if one.state == "sent" else "dropped")
            if one.state == "refused" and one.code in STOPPING:
                store.stop(tx, workspace, one.delivery.series)


def _is_late(one: Delivery, now: datetime) -> bool:
    return one.is_late(now) and not one.slot.startswith(ON_WISH)


def _plan(asker: Asker, tx: Transaction, one: Enrolment, now: datetime) -> None:
    """Plan the last slot that is due, however many were missed, unless it is too late or there was enough."""
    due = max(one.next_due or now, one.rhythm.latest(now))
    full = store.count_asked(tx, one.workspace, one.user, one.rhythm.week(due)) >= one.rhythm.most
    if now - due <= LATE and not full and not asker.open(tx, one):
        asker.ask(tx, one, Slot(one.rhythm.slot(due), due), by=now)


def show(library: Library, asked: Asked) -> Message | None:
    """Draw a question as it stands; None if it was dropped or is no longer among the content."""
    lesson = library.lessons.get(asked.lesson)
    if lesson is None or asked.question >= len(lesson.quiz) or asked.state == "dropped":
        return None
    return views.question(asked, lesson)
