"""What somebody could read of what a call or a request leads to, which secrets are in it, and what it changed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any

from sqlalchemy import select

from bot.app import Coach
from bot.app import build as built
from bot.database import metadata
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import FieldErrors, Refused
from bot.retros.service import Overtaken
from bot.settings import Settings
from handlers.requests import Reply, Request
from tests.copies import Copies
from tests.leaks import HOME, VERSIONS, ZOE, Secret, World, build
from tests.samples import Clock, shipped

NEVER = re.compile(r"zq(?!open|mine)\w+|\bv9\.\d|aardvarkish", re.IGNORECASE)
"""Words of the secrets; those of what Zoe may see begin with `zqopen` and `zqmine`."""

_DRAWING = {"revision", "undrawn", "drawn"}


def _coach_on(url: str, clock: Clock) -> Coach:
    return built(Settings(_env_file=None, database_url=url), now=clock, content=shipped())


def _furnished(url: str) -> tuple[World, Clock]:
    """Fill a database, and keep the time at which it was ready."""
    clock = Clock()
    world = build(_coach_on(url, clock), clock)
    world.coach.close()
    return world, clock


@contextmanager
def opened(copies: Copies, clock: Clock) -> Iterator[World]:
    """Open a copy of the world, at the time at which it was ready."""
    with copies.of(_furnished) as (url, (before, ready)):
        clock.at = ready.at
        coach = _coach_on(url, clock)
        yield replace(before, coach=coach)
        coach.close()


# What is told


def learnt(act: Callable[[], object]) -> str:
    """Give all that a caller could learn of it, in words."""
    try:
        return repr(act())
    except Overtaken as late:
        return repr(late.retro)
    except FieldErrors as error:
        return repr(error.fields)
    except Refused as error:
        return error.text


def leaks(told: str) -> set[str]:
    """Give the words that nobody here may read."""
    return set(NEVER.findall(told))


def of(words: set[str], *names: str) -> set[str]:
    """Give those of the words that are of secrets of these names."""
    begins = tuple(f"zq{name}" for name in names)
    return {word for word in words if word.casefold().startswith(begins) or word in {VERSIONS[name] for name in names}}


def tells_of(told: str, one: Secret) -> bool:
    """Say whether something of a retro is told that Zoe may see."""
    return f"zq{one.name}" in told or VERSIONS[one.name] in told


def near(world: World, one: Secret) -> list[str]:
    """Name what stands in the same channel as a secret, if that is still there and of this workspace."""
    if one.workspace != HOME or one.name == "deleted":
        return []
    return [other.name for other in world.secrets.values() if other.retro.channel == one.retro.channel]


def shown(world: World, request: Request, answer: Callable[[], Reply], here: str) -> str:
    """Give all that a person could read of what follows from a request, then and later, and on a channel's cards."""
    reply = answer()
    told = [_whole(replace(reply, like=None))]
    if reply.like:
        offer = world.coach.finder.offer
        told.append(
            repr(offer(reply.like.key, reply.like.text, channel=here, user=request.user, named=reply.like.named))
        )
    told += [repr(world.coach.render(card)) for card in (*reply.draw, *reply.also) if _stands(world, card, here)]
    return "".join(told)


def _whole(value: object) -> str:
    """Give what something holds, and what it would make later."""
    if callable(value):
        return _whole(value())
    if is_dataclass(value) and not isinstance(value, type):
        return "".join(_whole(getattr(value, one.name)) for one in fields(value))
    return repr(value)


def _stands(world: World, card: Key, here: str) -> bool:
    with world.coach.database.read() as tx:
        found = delivery.find(tx, card)
    return found is not None and found.channel == here


# What is changed


def rows_of(world: World, *some: Secret) -> Mapping[str, Sequence[str]]:
    """Give all rows that hang on secrets, but for how often a card was drawn, and for what Zoe has half written."""
    found: dict[str, list[str]] = {one.name: [] for one in some}
    with world.coach.database.read() as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(select(table)).mappings():
                for one in some:
                    if row.get("workspace_id") == one.workspace and _hangs_on(one, table.name, row):
                        found[one.name].append(repr([table.name, *((k, row[k]) for k in row if k not in _DRAWING)]))
    return {name: sorted(rows) for name, rows in found.items()}


def _hangs_on(one: Secret, table: str, row: Mapping[Any, Any]) -> bool:
    if table == "retro_drafts" and row["user_id"] == ZOE.user:
        return False
    itself = {"retros": one.retro.id, "retro_rounds": one.round, "retro_digests": one.digest, "runs": one.run}
    subjects = {"retro": one.retro.id, "round": one.round, "proof": one.asked, "run": one.run}
    subject = row.get("subject_id", row.get("subject"))
    return (
        row.get("retro_id") == one.retro.id
        or row.get("round_id") == one.round
        or (table in itself and row["id"] == itself[table])
        or (row.get("kind") in subjects and subject is not None and subject == subjects[row["kind"]])
    )
