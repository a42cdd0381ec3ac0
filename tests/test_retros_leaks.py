"""Nothing of a retro reaches somebody who may not see it, by whatever way it is read.

The retros of `tests/leaks.py` are those of a private channel (also where it was said that everyone may see them), of
another workspace, of a public channel alone, of channels that were public once, and one that was deleted; each field of
theirs holds a word of its own. Every public method of every service of retros has a case in `tests/leaks_services.py`,
and every command one here; a new one without a case fails. What is clicked and sent is in `test_retros_leaks_requests`.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot.retros.service import key
from handlers.listeners import FEATURES
from handlers.requests import Request
from handlers.routes import routes
from tests import leaks_seen as seen
from tests.copies import Copies
from tests.leaks import HOME, SYSTEM, VERSIONS, ZOE, World
from tests.leaks_seen import learnt, opened
from tests.leaks_services import BY_ID_ALONE, CASES, PROVEN_ELSEWHERE, QUERIES, SEES, SERVICES, SPARED
from tests.samples import HERE, Clock

assert FEATURES
COMMON = "aardvarkish"
"""What all secrets say."""

ROOT = Path(__file__).parent.parent


@pytest.fixture
def world(copies: Copies, clock: Clock) -> Iterator[World]:
    with opened(copies, clock) as found:
        yield found


def test_every_way_to_read_has_a_case() -> None:
    for service, cases in SERVICES.items():
        given = {field.name for field in fields(service)}
        methods = {name for name, one in vars(service).items() if inspect.isfunction(one) and name[0] != "_"}
        spared = {name.partition(".")[2] for name in SPARED if name.startswith(f"{service.__name__}.")}
        assert methods - given == {name.partition(" ")[0] for name in cases} | spared, service.__name__


def test_every_case_proves_something() -> None:
    assert set(CASES) == set(SEES) | set(PROVEN_ELSEWHERE)
    assert not set(SEES) & set(PROVEN_ELSEWHERE)
    assert set(BY_ID_ALONE) <= set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_no_service_tells_of_what_one_may_not_see(world: World, name: str) -> None:
    before = seen.rows_of(world, *world.secrets.values())
    for secret in world.secrets.values():
        told = seen.leaks(learnt(lambda of=secret: CASES[name](world, of)))
        known = seen.near(world, secret) if name in BY_ID_ALONE else []
        assert told - seen.of(told, *known) - ({COMMON} if known else set()) == set(), secret.name
    assert seen.rows_of(world, *world.secrets.values()) == before
    if name in SEES:
        one = world.open if SEES[name] == "open" else world.mine
        assert seen.tells_of(learnt(lambda: CASES[name](world, one)), one), "the case proves nothing"


@pytest.mark.parametrize("name", BY_ID_ALONE)
def test_what_is_not_told_who_reads_is_asked_by_nobody_else(name: str) -> None:
    service, method = name.split(".")
    asking = re.compile(rf"(?:coach|self)\.{service.lower()}\.{method}\b")
    found = {
        path for path in (*ROOT.glob("bot/**/*.py"), *ROOT.glob("handlers/*.py")) if asking.search(path.read_text())
    }
    assert {path.relative_to(ROOT).as_posix() for path in found} == BY_ID_ALONE[name][1]


# What people type

TYPED = (
    *QUERIES,
    "",
    "Fraud model v3",
    "Fraud model v7.1",
    "csv",
    "json",
    "md",
    "Fraud",
    "on",
    "off",
    "mine",
    "here",
)
ASKED = Request("command", HOME, ZOE.user, "c:1", channel=HERE, trigger="t", hook="https://hooks.slack.com/1")


def typed(world: World, name: str, rest: str) -> str:
    """Type a command, or the words of one, in Zoe's channel."""
    found = routes.words.get(name) or routes.commands[name]
    text = f"{name.rpartition(' ')[2]} {rest}".strip()
    asked = replace(ASKED, text=text, key=f"c:{name}:{rest}")
    return learnt(lambda: seen.shown(world, asked, lambda: found.handler(asked, world.coach), HERE))


@pytest.mark.parametrize("name", [*routes.commands, *routes.words])
def test_no_command_tells_of_what_one_may_not_see(world: World, name: str) -> None:
    numbers = [str(one.retro.number) for one in world.secrets.values() if one.workspace == HOME]
    named = [f"{form}{SYSTEM.name} {VERSIONS[one]}" for one in world.secrets for form in ("", "csv ")]
    for rest in (*TYPED, *numbers, *named):
        # What a person has typed may be told again.
        assert seen.leaks(typed(world, name, rest)) <= seen.leaks(rest), rest


def test_commands_do_show_what_one_may_see(world: World) -> None:
    for name, rest in (
        ("retro search", "needle"),
        ("retro list", ""),
        ("retro list", "Fraud model"),
        ("retro list", "Fraud model v7.1"),
        ("retro show", str(world.open.retro.number)),
        ("actions", "Fraud model"),
        ("actions", "Fraud model v7.1"),
        ("retro export", "csv"),
        ("retro export", "csv Fraud model v7.1"),
    ):
        assert seen.tells_of(typed(world, name, rest), world.open), (name, rest)


def test_no_checklist_that_begins_tells_of_what_one_may_not_see(world: World) -> None:
    for name in world.coach.library.checklists:
        asked = replace(ASKED, text=f"{name} Fraud model v9", key=f"c:{name}")
        assert routes.anything
        told = learnt(lambda asked=asked: seen.shown(world, asked, lambda: routes.anything(asked, world.coach), HERE))
        assert seen.leaks(told) == set(), name
        assert seen.tells_of(told, world.open), name


# What people are shown without asking


def test_the_cards_of_a_channel_show_only_what_all_may_see(world: World) -> None:
    cards = [world.run, key(HOME, world.mine.retro.id)]
    told = repr([world.coach.render(card) for card in cards])
    assert seen.leaks(told) == set()
    assert seen.tells_of(told, world.open)


def test_a_home_page_shows_an_owner_their_actions_and_nobody_else_any(world: World) -> None:
    assert routes.home
    told = {
        user: repr(routes.home(replace(ASKED, source="home", channel="", user=user), world.coach))
        for user in (ZOE.user, "UBEN")
    }
    assert seen.leaks(told[ZOE.user]) == set()
    assert "zqprivateaction0" in told["UBEN"]


def test_an_owner_sees_their_action_anywhere_and_nothing_else_of_its_retro(world: World) -> None:
    secret = world.secrets["private"]
    told = learnt(lambda: world.coach.actions.listing(HOME, HERE, "UBEN"))
    allowed = {"zqprivateaction0", "zqprivateproof", VERSIONS["private"]}
    found = seen.of(seen.leaks(told), "private")
    assert "zqprivateaction0" in found
    assert found <= allowed | {"zqprivateaction1", "zqprivatenote", "zqprivatelink"}
    assert secret.retro.actions[0].owner == "UBEN"


def test_the_secrets_can_be_seen_where_they_belong(world: World) -> None:
    """Or it would prove nothing that they are seen nowhere else."""
    for secret in world.secrets.values():
        if secret.name != "deleted":
            own = world.coach.finder.search("needle", secret.workspace, secret.retro.channel, "UANA")
            assert f"zq{secret.name}expected" in repr(own), secret.name
