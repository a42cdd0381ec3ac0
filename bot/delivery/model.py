"""A card in a channel and where its posting stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

GRACE = timedelta(seconds=30)
"""A post that was begun this long ago and not confirmed belongs to a dead process: the HTTP time-out is 10 s."""

# ready: to be posted. sending: intent committed, outcome open. sent: `ts` is known. hook: lives behind a
# response_url. unknown: Slack may have it. held: unknown and not readable, a person is asked. refused: it cannot be.
# outbox: the dispatcher posts it.
State = Literal["ready", "sending", "sent", "hook", "unknown", "held", "refused", "outbox"]


@dataclass(frozen=True)
class Key:
    """Which card: the kind of thing it shows and that thing's id."""

    workspace: str
    kind: str
    subject: int


@dataclass(frozen=True)
class Card:
    """A card as recorded; it is up to date when `drawn` equals `revision`."""

    key: Key
    channel: str
    asked_by: str
    state: State
    revision: int
    drawn: int
    ts: str | None = None
    claimed_at: datetime | None = None
    error: str = ""

    @property
    def delivery_id(self) -> str:
        """Give the id under which the post can be found again in the channel's history."""
        return f"{self.key.kind}-{self.key.subject}"
