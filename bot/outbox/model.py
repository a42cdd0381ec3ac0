"""A delivery: one message for one slot, and where its posting stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

# ready: to be posted. sending: intent committed, outcome open. sent: Slack confirmed it, or it was found.
# unknown: Slack may have it. held: unknown and not readable, a person is asked. refused: Slack said no for good.
# skipped: not wanted any more (too late, over the budget, paused).
State = Literal["ready", "sending", "sent", "unknown", "held", "refused", "skipped"]

LATE = timedelta(hours=12)
"""How late a delivery may be posted; after that its slot is skipped."""

QUIET = range(20, 24), range(7)
"""Local hours in which nothing is posted unasked, unless the slot itself lies in them."""

FAR = timedelta(weeks=5)
"""A slot further ahead than this was reckoned by a clock that was wrong: nobody skips so many weeks."""

RESTORED = "restored"
"""The word for why an outcome is unknown where the database was put back from a copy."""

_NAMES = UUID("6f1d8a52-3c8e-4c0e-9a55-0c9b8a6f2d11")


@dataclass(frozen=True)
class New:
    """A delivery to plan; `series` and `slot` together are posted once, `zone` is where its reader's clock stands."""

    workspace: str
    kind: str
    series: int
    subject: int
    slot: str
    channel: str
    owner: str
    due: datetime
    asked: bool = False
    thread: str = ""
    zone: str = "UTC"

    @property
    def id(self) -> str:
        """Name it, always the same way, as 32 hexadecimal digits."""
        return uuid5(_NAMES, f"{self.workspace}/{self.kind}/{self.series}/{self.slot}").hex


@dataclass(frozen=True)
class Delivery:
    """A delivery as recorded; `sending_at` tells one attempt from another."""

    id: str
    workspace: str
    kind: str
    series: int
    subject: int
    slot: str
    channel: str
    owner: str
    due: datetime
    asked: bool
    thread: str
    zone: str
    state: State
    attempt: int
    looked: int = 0
    sending_at: datetime | None = None
    retry_at: datetime | None = None
    ts: str | None = None
    error: str = ""

    def is_late(self, now: datetime) -> bool:
        """Say whether its moment has passed."""
        return now - self.due > LATE

    def waits_until(self, now: datetime) -> datetime | None:
        """Give the end of the quiet hours that hold it back, or None."""
        zone = ZoneInfo(self.zone)
        local = now.astimezone(zone)
        if self.asked or not is_quiet(local) or is_quiet(self.due.astimezone(zone)):
            return None
        morning = local.replace(hour=QUIET[1].stop, minute=0, second=0, microsecond=0)
        return (morning if morning > local else morning + timedelta(days=1)).astimezone(UTC)


@dataclass(frozen=True)
class Outcome:
    """How an attempt went; `block` is how long the whole workspace is left alone, `stop` why until further notice."""

    delivery: Delivery
    state: State
    ts: str | None = None
    code: str = ""
    retry_at: datetime | None = None
    looked: int = 0
    block: timedelta | None = None
    stop: str = ""


def is_quiet(local: datetime) -> bool:
    """Say whether people are off at this local time."""
    return any(local.hour in hours for hours in QUIET)


def backoff(attempt: int, chance: float) -> timedelta:
    """Give how long to wait after a failed attempt: doubling up to five minutes, times 0.5 to 1.5 by chance."""
    return timedelta(seconds=min(300, 2**attempt) * (0.5 + chance))


def spread(ready: Collection[Delivery], most: int, busy: Collection[str]) -> list[Delivery]:
    """Choose what may be posted at once: one per channel, none into a channel that has just had one."""
    chosen: dict[str, Delivery] = {}
    for one in ready:
        if one.channel not in busy:
            chosen.setdefault(one.channel, one)
    return list(chosen.values())[:most]
