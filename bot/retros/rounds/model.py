"""Calls for answers and what was answered: frozen domain objects and pure rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from bot.blocks import clip
from bot.retros.model import ANSWER_LIMIT, Kind, Words
from bot.schema_retros import PLACES, Place
from bot.systems.model import Named

FEW = 3
"""With fewer answers than this a nameless one may still be guessed."""

_SHORTEST = 60
"""What is left of a long answer in a draft, however many there are; the reader has seen them whole."""

Standing = Literal["open", "closed"]


@dataclass(frozen=True)
class Call:
    """What a call for answers is about; `source` is the link to where it began, and `run` its checklist run."""

    named: Named | None = None
    kind: Kind = "launch"
    source: str = ""
    run: int | None = None


@dataclass(frozen=True)
class Given:
    """What one person answers to the three questions."""

    expected: str = ""
    why: str = ""
    keep: str = ""
    named: bool = True

    def mistakes(self) -> dict[str, str]:
        """Say of each field what to mend."""
        return Words(expected=self.expected, why=self.why, keep=self.keep).mistakes()


@dataclass(frozen=True)
class Answer:
    """An answer as the facilitator reads it: `user` is empty for one without a name, even while we know it."""

    id: int
    given: Given
    user: str = ""


@dataclass(frozen=True)
class Round:
    """A call for answers as everyone may see it; `earlier` had the answers before the facilitator, the first first.

    `dropped` counts the answers that were deleted by those who gave them. `retro` is the retro for which it was closed,
    `number` how people call that; `deleted` says that it is no more.
    """

    id: int
    workspace: str
    channel: str
    about: Call
    state: Standing
    facilitator: str
    opened_at: datetime
    count: int
    salt: str
    dropped: int = 0
    earlier: tuple[str, ...] = ()
    message_ts: str = ""
    retro: int | None = None
    number: int | None = None
    deleted: bool = False

    @property
    def system(self) -> str:
        """Name the system; empty where none was named."""
        return str(self.about.named) if self.about.named else ""

    @property
    def opened_by(self) -> str:
        """Give who called for the answers."""
        return self.earlier[0] if self.earlier else self.facilitator


def in_order(of: Round, question: Place, answers: Iterable[Answer]) -> list[Answer]:
    """Give those who answered a question, in an order that stays and that tells neither when nor who.

    It differs from question to question, so that nobody's three answers stand in one line.
    """
    said = [one for one in answers if getattr(one.given, question)]
    return sorted(said, key=lambda one: sha256(f"{of.salt}:{question}:{one.id}".encode()).digest())


def gathered(of: Round, answers: Sequence[Answer]) -> dict[Place, str]:
    """Give the answers as the first draft of a retro, each within what a field holds; names stay out of the text."""
    return {place: _listed([getattr(one.given, place) for one in in_order(of, place, answers)]) for place in PLACES}


def _listed(texts: Sequence[str]) -> str:
    """List texts; where they are too long together, each long one is cut to an equal share."""
    if not texts:
        return ""
    share = ANSWER_LIMIT
    while share > _SHORTEST and sum(min(len(one), share) + 3 for one in texts) > ANSWER_LIMIT:
        share -= 10
    return clip("\n".join(f"• {clip(one, share)}" for one in texts), ANSWER_LIMIT)


def participants(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Give who answered with their name."""
    return tuple(sorted({one.user for one in answers if one.user}))
