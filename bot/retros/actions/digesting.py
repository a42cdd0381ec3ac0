"""What a channel's digest and the question after a month show; both are read anew whenever they are drawn."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import Message
from bot.database import Transaction
from bot.outbox import store as outbox
from bot.retros.actions import notices, store
from bot.retros.actions.model import DIGEST, Digest, Setting, digest_of


def overdue(tx: Transaction, of: Setting, at: datetime, since: datetime | None = None) -> Digest:
    """Give what was overdue in a channel at a moment and still is open, and what was done since another."""
    today = at.astimezone(ZoneInfo(of.schedule.zone)).date()
    late = store.past_due(tx, of.workspace, of.channel, today)
    found = tuple(one for one in late if one.is_overdue(today))
    done = store.done_since(tx, of.workspace, of.channel, since) if since else ()
    return Digest(of, today, found, tuple(done), len(late) - len(found))


def to_post(tx: Transaction, workspace: str, subject: int) -> Message | None:
    """Draw a week's list that is about to be posted; None if nothing on it is overdue any more."""
    setting = _setting(tx, workspace, subject)
    found = _of_week(tx, setting, subject) if setting else None
    return notices.digest(found) if found and found.overdue else None


def posted(tx: Transaction, workspace: str, subject: int) -> Message | None:
    """Draw a week's list as it stands after it was posted; one that has a newer one gives way to it."""
    setting = _setting(tx, workspace, subject)
    if setting and setting.newest and setting.newest > subject:
        return notices.digest_over()
    found = _of_week(tx, setting, subject, setting.posted_at) if setting else None
    return notices.digest(found) if found else None


def _setting(tx: Transaction, workspace: str, subject: int) -> Setting | None:
    return store.digests_by_id(tx, workspace, [digest_of(subject)]).get(digest_of(subject))


def _of_week(tx: Transaction, setting: Setting, subject: int, since: datetime | None = None) -> Digest | None:
    # The moment is its slot's: a list keeps to its Monday, however late in the week it is drawn again.
    delivery = outbox.of_subject(tx, setting.workspace, DIGEST, subject)
    return overdue(tx, setting, delivery.due, since) if delivery else None


def proof(tx: Transaction, workspace: str, action: int) -> Message:
    """Draw the question whether the proof of an action held, or what was answered."""
    found = store.get(tx, workspace, action)
    return notices.proof(found) if found else notices.proof_gone()
