"""Checklist items that retros propose: frozen domain objects and pure rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.retros.model import Cause, Retro
from bot.schema import HINT_LIMIT, KEPT, PROSE_LIMIT, TITLE_LIMIT, Checklist, Item, escaped_length

OFTEN = 3
"""Retros that name a cause before it proposes an item by itself."""

Level = Literal["must", "rec"]
State = Literal["suggested", "proposed", "accepted", "declined", "gone"]
LEVELS: Mapping[Level, str] = {"must": "Must-have: no launch without it", "rec": "Recommended"}
LIMITS = {"title": TITLE_LIMIT, "hint": HINT_LIMIT, "check": PROSE_LIMIT}
_MISSING = {
    "title": "Say what to do, as a command. For example: Compare results by country.",
    "hint": "Say what to bring. For example: A table with one row per country.",
    "check": "Say how a team checks it, in one to three sentences.",
}


@dataclass(frozen=True)
class Wording:
    """An item as somebody words it, and where it would stand."""

    checklist: str = ""
    phase: str = ""
    title: str = ""
    hint: str = ""
    check: str = ""
    level: Level = "rec"

    def mistakes(self) -> dict[str, str]:
        """Say of each field what to mend; the limits are those of every authored item."""
        wrong = {}
        for name, limit in LIMITS.items():
            text = getattr(self, name)
            length = len(text) if name == "check" else escaped_length(text)
            if not text:
                wrong[name] = _MISSING[name]
            elif length > limit:
                wrong[name] = f"Keep it within {limit:,} characters; this has {length:,}{_escaped(text, length)}."
        return wrong

    def item(self, name: str, origin: str) -> Item:
        """Make the item of it."""
        body = {"id": name, "title": self.title, "hint": self.hint, "check": self.check, "level": self.level}
        return Item.model_validate(body | {"origin": origin}, context=KEPT)


def _escaped(text: str, length: int) -> str:
    return " as Slack counts them: & is five, < and > are four" if length > len(text) else ""


@dataclass(frozen=True)
class Proposal:
    """An item that a retro proposes; `cause` is set where a cause came up so often that it was suggested by itself."""

    id: int
    workspace: str
    retro: int
    channel: str
    words: Wording
    state: State
    by: str
    at: datetime
    cause: Cause | Literal[""] = ""
    times: int = 0
    item: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True)
class New:
    """What the form says: the words, the suggestion that they take up, and whether to add the item at once."""

    retro: int
    words: Wording
    suggestion: int = 0
    at_once: bool = False


@dataclass(frozen=True)
class Asking:
    """What the form shows: the retro, what is known already, where the item can go, and whether an admin asks."""

    retro: Retro
    words: Wording
    checklists: Sequence[Checklist]
    admin: bool = False
    suggestion: int = 0


class Use(Protocol):
    """How an item was used since it was added; in the words of whoever keeps the checklists."""

    @property
    def shown(self) -> int:
        """Count the runs that showed it."""

    @property
    def met(self) -> int:
        """Count those in which it is met."""

    @property
    def risk(self) -> int:
        """Count those in which it is at risk."""

    @property
    def dropped_at(self) -> datetime | None:
        """Say since when later runs do without it."""


@dataclass(frozen=True)
class Told:
    """A proposal as its retro's card tells of it; `back` names, by cause, later retros with that cause."""

    proposal: Proposal
    checklist: str
    phase: str
    use: Use | None = None
    causes: tuple[Cause, ...] = ()
    back: Mapping[Cause, Sequence[int]] = field(default_factory=dict)


def place(words: Wording, checklists: Sequence[Checklist]) -> tuple[str, str]:
    """Give the titles of checklist and phase; what is no longer there is called by its id."""
    found = next((one for one in checklists if one.id == words.checklist), None)
    part = next((one.title for one in found.phases if one.id == words.phase), words.phase) if found else words.phase
    return (found.title if found else words.checklist, part)
