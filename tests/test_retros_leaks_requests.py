"""Whoever knows the id of a retro, an action, a proposal or a call learns nothing by it, and changes nothing.

Every control and every form of retros has a case in `tests/leaks_requests.py`; a new one without a case fails. Each is
sent by Zoe, in her channel, about every retro of `tests/leaks.py` that she may not see there; by somebody who took part
in it, but is elsewhere; and, so that it is seen to lead somewhere, by that person where the retro is.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.database import Actor
from handlers.listeners import FEATURES
from handlers.requests import Request
from handlers.routes import routes
from tests import leaks_seen as seen
from tests.copies import Copies
from tests.leaks import HOME, ZOE, Secret, World
from tests.leaks_requests import (
    ANYWHERE,
    CLICKS,
    FORGERS,
    FORMS,
    NOT_PROVEN,
    SENDERS,
    SHORTCUTS,
    Forged,
    request,
)
from tests.leaks_seen import learnt, opened, shown
from tests.samples import HERE, Clock

assert FEATURES
ANA = Actor(HOME, "UANA")
SHUT = ("private", "forced", "closed", "stale", "unknown")
"""What is shown in its own channel alone, also to those who took part."""


@pytest.fixture
def world(copies: Copies, clock: Clock) -> Iterator[World]:
    with opened(copies, clock) as found:
        yield found


def test_every_control_and_form_has_a_case() -> None:
    ours = {
        kind: {name for name, handler in table.items() if ".retro" in handler.__module__}
        for kind, table in (("click", routes.actions), ("form", routes.submissions), ("shortcut", routes.shortcuts))
    }
    shared = {name for name in CLICKS if ".retro" not in routes.actions[name].__module__}
    assert ours == {"click": set(CLICKS) - shared, "form": set(FORMS), "shortcut": set(SHORTCUTS)}
    assert shared == {"card.post_again"}


def sent(world: World, name: str, forged: Forged, by: Actor, here: str) -> str:
    """Send a request; give all that its sender could read of what follows."""
    handler = routes.actions.get(name) or routes.submissions[name]
    asked: Request = request(name, forged, by, here)
    return learnt(lambda: shown(world, asked, lambda: handler(asked, world.coach), here))


@pytest.mark.parametrize("name", FORGERS)
def test_an_id_tells_a_stranger_nothing_and_changes_nothing(world: World, name: str) -> None:
    secrets = world.secrets.values()
    before = seen.rows_of(world, *secrets)
    # What she may see in part must not lead to the rest: a public retro of a channel where others are not for all.
    for one in (*secrets, world.open, world.mine):
        for forged in FORGERS[name](one, world.mine, HERE):
            told = sent(world, name, forged, ZOE, HERE)
            assert seen.leaks(told) == set(), (one.name, forged)
    assert seen.rows_of(world, *secrets) == before


@pytest.mark.parametrize("name", [name for name in FORGERS if name not in ANYWHERE])
def test_an_id_tells_who_took_part_nothing_elsewhere(world: World, name: str) -> None:
    for one in (world.secrets[name] for name in SHUT):
        for forged in FORGERS[name](one, world.mine, HERE):
            told = seen.leaks(sent(world, name, forged, ANA, HERE))
            assert seen.of(told, *SHUT) == set(), (one.name, forged)


@pytest.mark.parametrize("name", [name for name in FORGERS if name not in NOT_PROVEN])
def test_the_same_leads_somewhere_for_those_who_may(world: World, name: str) -> None:
    of, own = world.secrets["private"], world.secrets["forced"]
    by = replace(ANA, user=SENDERS.get(name, ANA.user))
    world.coach.installs.note_person(HOME, ANA.user, zone="UTC", admin=True)
    every = list(FORGERS[name](of, own, of.retro.channel))
    assert every
    for forged in every:
        assert _leads_somewhere(world, name, forged, by, of, own), forged


def _leads_somewhere(world: World, name: str, forged: Forged, by: Actor, *of: Secret) -> bool:
    before = seen.rows_of(world, *of)
    told = seen.leaks(sent(world, name, forged, by, of[0].retro.channel))
    return seen.rows_of(world, *of) != before or bool(seen.of(told, *(one.name for one in of)))
