"""Actions as people meet them: in lists, in the weekly digest, and a month after they were done."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from bot.retros.model import Action
from bot.schedule import Schedule

DIGEST, PROOF = "digest", "proof"
"""The kinds of deliveries, and of their cards."""

ASKED, HELD, FAILED = "asked", "yes", "no"
"""What is known of a proof, once somebody was asked."""

PROOF_AFTER = timedelta(days=30)
"""How long after an action was done its owner is asked whether the proof held."""

AGAIN_IN = timedelta(days=14)
"""When an action is due that was opened again, or carried over, after its day had passed."""

RECENT = timedelta(days=14)
"""How long what somebody has done stays among what is theirs."""

FARTHEST = timedelta(days=366)
"""How far an action can be put off: beyond that it is better dropped from the next retro."""

WEEK = timedelta(weeks=1)
MORNING = time(9)
_SLOTS = 1_000_000

PlaceKind = Literal["all", "version", "name", "retro", "digest", "card"]
_KINDS: tuple[PlaceKind, ...] = get_args(PlaceKind)
_PLACE = re.compile(rf"({'|'.join(_KINDS)})\.([0-9]{{1,18}})\.([0-9]{{1,4}})")


@dataclass(frozen=True)
class Place:
    """Where a control stands, so that the same list can be shown anew: of which system or retro, and which page.

    A digest and a card are not one person's, so no list takes their place.
    """

    kind: PlaceKind
    id: int = 0
    page: int = 0

    def __str__(self) -> str:
        return f"{self.kind}.{self.id}.{self.page}"

    @property
    def is_list(self) -> bool:
        """Say whether it is a list that one person was shown."""
        return self.kind not in {"digest", "card"}


ALL = Place("all")


def place_of(text: str) -> Place:
    """Read a place out of what a control carries; whatever is none is the list of everything."""
    found = _PLACE.search(text)
    if found is None:
        return ALL
    return Place(next(one for one in _KINDS if one == found[1]), int(found[2]), int(found[3]))


@dataclass(frozen=True)
class Listed:
    """An action as one person may have it; `seen` if they may read its retro here, `may` if they may change it."""

    action: Action
    seen: bool = True
    may: bool = True


@dataclass(frozen=True)
class Listing:
    """What a person asked for, overdue first; `about` names the system or retro that it is limited to."""

    today: date
    place: Place = ALL
    about: str = ""
    mine: tuple[Listed, ...] = ()
    others: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class Setting:
    """When a channel's digest comes; `owner` is who named its first action, and looks after it.

    `newest` is the subject of the list that was posted last.
    """

    id: int
    workspace: str
    channel: str
    schedule: Schedule
    owner: str
    on: bool = True
    next_due: datetime | None = None
    newest: int | None = None
    posted_at: datetime | None = None


def subject_of(digest: int, slot: str) -> int:
    """Give the number of a list by its week, such as 2026-W11: each is a card of its own, and a later one is higher."""
    return digest * _SLOTS + int(slot.replace("-W", ""))


def digest_of(subject: int) -> int:
    """Give the digest that a list is of."""
    return subject // _SLOTS


@dataclass(frozen=True)
class Digest:
    """What a channel's digest shows now: what is overdue, what was done since it was posted, how many are put off."""

    setting: Setting
    today: date
    overdue: tuple[Action, ...]
    done: tuple[Action, ...] = ()
    snoozed: int = 0


def in_order(some: Iterable[Listed], today: date) -> tuple[Listed, ...]:
    """Sort: what is overdue first, then by day, and last what is done, the newest before the others."""
    return tuple(sorted(some, key=lambda one: _rank(one.action, today)))


def _rank(one: Action, today: date) -> tuple[int, float, int]:
    if one.done_at:
        return 2, -one.done_at.timestamp(), one.id
    overdue = one.is_overdue(today)
    return (0 if overdue else 1), wanted_by(one).toordinal(), one.id


def wanted_by(one: Action) -> date:
    """Give the day by which it is wanted, put off or not."""
    return max(one.due, one.snoozed_until or one.due)


def fresh_due(due: date, today: date) -> date:
    """Give the day of an action that begins anew: as it was, unless that has passed."""
    return due if due >= today else today + AGAIN_IN


def in_a_week(one: Action, today: date) -> date:
    """Give the day to which an action is put off by a week; a second click on the same day changes nothing."""
    return max(one.due, today) + WEEK
