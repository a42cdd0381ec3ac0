"""Items that a workspace added, and the checklist with them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.model import Key
from bot.schema import CARD_ROWS, KEPT, Checklist, Item, Phase


@dataclass(frozen=True)
class OwnItem:
    """An item that a workspace added to a phase of a checklist; `card` is the one that tells how it is used."""

    id: int
    card: Key
    checklist: str
    phase: str
    item: Item
    by: str
    at: datetime
    dropped_at: datetime | None = None

    @property
    def workspace(self) -> str:
        """Name the workspace whose item it is."""
        return self.card.workspace


@dataclass(frozen=True)
class Use:
    """How often an item was shown since it was added, met, and at risk; and since when it is not shown any more."""

    shown: int = 0
    met: int = 0
    risk: int = 0
    dropped_at: datetime | None = None


# A version is validated once per process: its key is made of its content, so an entry never goes stale.
_made: dict[tuple[str, str], Checklist] = {}


def extended(base: Checklist, added: Sequence[OwnItem]) -> Checklist:
    """Give a checklist with what was added at the end of each phase, as far as its card has room.

    An edit of the content may have dropped a phase: what was added to it goes to the last one that is left.
    """
    if not added:
        return base
    known = (base.digest, json.dumps([(one.phase, one.item.model_dump(mode="json")) for one in added]))
    if known not in _made:
        _made[known] = _made_of(base, added)
    return _made[known]


def _made_of(base: Checklist, added: Sequence[OwnItem]) -> Checklist:
    taken = {item.id for phase in base.phases for item in phase.items}
    fresh = [one for one in added if one.item.id not in taken][: max(0, CARD_ROWS - base.rows)]
    places = {phase.id for phase in base.phases}
    last = [phase.id for phase in base.phases if not phase.prepare or len(base.phases) == 1][-1:]
    phases = [_longer(phase, [one for one in fresh if _place(one, places, last) == phase.id]) for phase in base.phases]
    return Checklist.model_validate({**base.model_dump(), "phases": phases}, context=KEPT)


def _place(one: OwnItem, places: set[str], last: Sequence[str]) -> str:
    return one.phase if one.phase in places else "".join(last)


def _longer(phase: Phase, added: Sequence[OwnItem]) -> dict[str, object]:
    body = phase.model_dump()
    return body | {"items": [*body["items"], *(one.item.model_dump() for one in added)]}
