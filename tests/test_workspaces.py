"""Two workspaces with the same people, channels, systems and words: neither ever reads or changes the other's rows.

Every public method of every service and every public function of every store has a case here; a new one without
a case fails. Each case runs twice: with the workspace's own ids, and with the ids of the other one.
"""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Table, literal_column, select

import bot
from bot.checklists import store as checklist_store
from bot.checklists.lists import store as list_store
from bot.checklists.model import Answer, Change, Choices, Response
from bot.checklists.own import store as own_store
from bot.checklists.own.service import OwnItems
from bot.checklists.service import Checklists, key
from bot.database import Database, Transaction, metadata
from bot.delivery import store as delivery_store
from bot.delivery.model import Card
from bot.installs import store as install_store
from bot.installs.service import Installs
from bot.installs.store import Channel, Person
from bot.learning import store as learning_store
from bot.learning.feed import LessonFeed
from bot.learning.reviews import store as review_store
from bot.learning.reviews.feed import ReviewFeed
from bot.learning.reviews.service import Reviews
from bot.learning.service import Learning
from bot.learning.service import key as lesson_key
from bot.learning.subscriptions import store as subscription_store
from bot.library import Library
from bot.outbox import store as outbox_store
from bot.outbox.service import Outbox
from bot.retros import store as retro_store
from bot.retros.actions import store as action_store
from bot.retros.actions.feed import DigestFeed, ProofFeed
from bot.retros.actions.service import Actions
from bot.retros.drafts import store as draft_store
from bot.retros.past import store as past_store
from bot.retros.proposals import store as proposal_store
from bot.retros.proposals.service import Proposals
from bot.retros.record import store as record_store
from bot.retros.record.service import Records
from bot.retros.rounds import store as round_store
from bot.retros.rounds.service import Rounds
from bot.retros.search import store as search_store
from bot.retros.search.service import Finder
from bot.retros.service import Retros
from bot.retros.writing import store as writing_store
from bot.systems import store as system_store
from tests import samples
from tests import workspaces_learning as learning_cases
from tests import workspaces_retros as retro_cases
from tests import workspaces_retros_actions as action_cases
from tests import workspaces_retros_feeds as feed_cases
from tests import workspaces_retros_proposals as proposal_cases
from tests import workspaces_retros_record as record_cases
from tests import workspaces_retros_rounds as round_cases
from tests import workspaces_retros_search as search_cases
from tests import workspaces_reviews as review_cases
from tests.copies import Copies
from tests.samples import FRAUD, HERE, HOUSE, NOW, Clock, micros
from tests.workspaces import (
    MINE,
    MUSTS,
    THEIRS,
    Case,
    Side,
    StoreCase,
    World,
    admin_of,
    again,
    build,
    channel_of,
    install,
    named,
    outcome,
    services,
    whose,
)

RUNS = checklist_store.runs
FURNISHED = (review_cases, proposal_cases, action_cases, round_cases, record_cases, search_cases, retro_cases)
ROOM_CASES = (learning_cases, feed_cases, *FURNISHED)
OWN_CHANNELS = {channel_of(MINE), channel_of(THEIRS)}


def furnished(url: str) -> tuple[Side, Side]:
    """Furnish both workspaces."""
    database = Database(url)
    world = build(services(database, samples.library(), Clock()))
    for one in FURNISHED:
        one.furnish(world)
    database.close()
    return world.me, world.them


@pytest.fixture
def world(copies: Copies, library: Library, clock: Clock) -> Iterator[World]:
    with copies.of(furnished) as (url, (mine, theirs)):
        database = Database(url)
        yield again(services(database, library, clock), mine, theirs)
        database.close()


CHECKLISTS: Mapping[str, Case] = {
    "checklist": lambda world, _: world.checklists.checklist("house-check"),
    "version": lambda world, _: world.checklists.version(world.me.workspace, "house-check"),
    "start": lambda world, _: world.checklists.start("house-check", FRAUD, Choices(), by=world.me.actor, channel=HERE),
    "tick": lambda world, of: world.checklists.tick(
        of.house, "W2", ticked=True, clicked=micros(99), seen_at="1.9", by=world.me.actor
    ),
    "answer": lambda world, of: world.checklists.answer(of.house, Answer("W2", "na", "Gone."), by=world.me.actor),
    "sign": lambda world, of: world.checklists.sign(of.house, dict.fromkeys(MUSTS, "Fine."), by=world.me.actor),
    "reopen": lambda world, of: world.checklists.reopen(of.signed, by=world.me.actor),
    "discard": lambda world, of: world.checklists.discard(of.house, by=world.me.actor),
    "lead": lambda world, of: world.checklists.lead(of.drill, {"severity": "S1", "lead": "UANA"}, by=world.me.actor),
    "contain": lambda world, of: world.checklists.contain(of.drill, by=world.me.actor),
    "note": lambda world, of: world.checklists.note(of.drill, "Hello.", by=world.me.actor),
    "post_again": lambda world, of: world.checklists.post_again(of.house, by=world.me.actor),
    "get": lambda world, of: world.checklists.get(world.me.workspace, of.house),
    "brief": lambda world, of: world.checklists.brief(world.me.workspace, of.signed),
    "require_signable": lambda world, of: world.checklists.require_signable(
        world.checklists.get(world.me.workspace, of.house)
    ),
    "open_responses": lambda world, _: world.checklists.open_responses(world.me.workspace, HERE),
    "find": lambda world, of: world.checklists.find(world.me.workspace, of.drill),
    "record": lambda world, of: world.checklists.record(world.me.workspace, of.house),
    "open_in": lambda world, _: world.checklists.open_in(world.me.workspace, HERE),
    "owned_by": lambda world, _: world.checklists.owned_by(world.me.workspace, "UANA"),
    "worked_on_by": lambda world, _: world.checklists.worked_on_by(world.me.workspace, "UANA"),
    "of_system": lambda world, _: world.checklists.of_system(FRAUD, workspace=world.me.workspace, channel=HERE),
    "unsure_channels": lambda world, _: world.checklists.unsure_channels(FRAUD, world.me.workspace),
    "all_runs": lambda world, _: world.checklists.all_runs(world.me.workspace),
    # With runs of another among the newest, no item of ours would come often enough.
    "gaps": lambda world, _: whose(world.me, world.checklists.gaps(world.me.workspace, HERE)),
}
INSTALLS: Mapping[str, Case] = {
    "remember": lambda world, _: world.installs.remember(install(world.me.workspace)),
    "find": lambda world, _: world.installs.find(world.me.workspace),
    "note_channel": lambda world, _: world.installs.note_channel(world.me.workspace, HERE, public=False),
    "note_person": lambda world, _: world.installs.note_person(world.me.workspace, "UANA", zone="UTC", admin=False),
    "person": lambda world, _: world.installs.person(world.me.workspace, "UANA"),
    "is_admin": lambda world, of: whose(of, world.installs.is_admin(world.me.workspace, admin_of(of.workspace))),
    "knows_channel": lambda world, of: whose(
        of, world.installs.knows_channel(world.me.workspace, channel_of(of.workspace))
    ),
    "message_link": lambda world, _: world.installs.message_link(world.me.workspace, HERE, "1.2"),
}

SYSTEM_STORE: Mapping[str, StoreCase] = {
    "ensure": lambda database, tx, me, _: system_store.ensure(database, tx, me, FRAUD),
    "named_like": lambda _, tx, me, __: system_store.named_like(tx, me, FRAUD),
    "by_id": lambda _, tx, me, of: system_store.by_id(tx, me, [of.system]),
}
CHECKLIST_STORE: Mapping[str, StoreCase] = {
    "snapshot": lambda database, tx, me, _: checklist_store.snapshot(database, tx, me, HOUSE),
    "template": lambda _, tx, me, __: checklist_store.template(tx, me, HOUSE.digest),
    "set_run": lambda _, tx, me, of: checklist_store.set_run(tx, me, of.house, comment="changed"),
    "reopen_run": lambda _, tx, me, of: checklist_store.reopen_run(tx, me, of.signed, f"{me}/other"),
    "lock_run": lambda _, tx, me, of: checklist_store.lock_run(tx, me, of.house),
    "get_run": lambda _, tx, me, of: checklist_store.get_run(tx, me, of.house),
    "get_runs": lambda _, tx, me, of: checklist_store.get_runs(tx, me, [of.house, of.signed]),
    "get_answer": lambda _, tx, me, of: checklist_store.get_answer(tx, me, of.house, "W1"),
    "put_answer": lambda database, tx, me, of: checklist_store.put_answer(
        database, tx, me, of.house, Answer("W1", "done"), 1
    ),
    "clear_accepted": lambda _, tx, me, of: checklist_store.clear_accepted(tx, me, of.signed),
    "set_response": lambda _, tx, me, of: checklist_store.set_response(tx, me, of.drill, severity="S1"),
    "add_change": lambda _, tx, me, of: checklist_store.add_change(tx, me, of.house, Change(NOW, "UANA", "signed")),
    "history": lambda _, tx, me, of: checklist_store.history(tx, me, of.house),
}
LIST_STORE: Mapping[str, StoreCase] = {
    "ids_in_channel": lambda _, tx, me, __: named(tx, list_store.ids_in_channel(tx, me, HERE), RUNS),
    "newest_in_channel": lambda _, tx, me, __: named(tx, list_store.newest_in_channel(tx, me, HERE, 50), RUNS),
    "ids_worked_on": lambda _, tx, me, __: named(tx, list_store.ids_worked_on(tx, me, "UANA", 50), RUNS),
    "ids_owned": lambda _, tx, me, __: named(tx, list_store.ids_owned(tx, me, "UANA"), RUNS),
    "latest_ids": lambda _, tx, me, of: named(tx, list_store.latest_ids(tx, me, [of.system], [HERE]), RUNS),
    "channels_of": lambda _, tx, me, of: whose(of, list_store.channels_of(tx, me, [of.system])),
    "system_names": lambda _, tx, me, __: list_store.system_names(tx, me, [HERE]),
    "ids_for_export": lambda _, tx, me, __: list_store.ids_for_export(tx, me, None),
}
DELIVERY_STORE: Mapping[str, StoreCase] = {
    "prepare": lambda database, tx, me, of: delivery_store.prepare(
        database, tx, [(lesson_key(me, of.planned), HERE, "UANA")]
    ),
    "posted": lambda _, tx, me, of: delivery_store.posted(tx, [(lesson_key(me, of.prompt), "1.5")]),
    "touch": lambda _, tx, me, of: delivery_store.touch(tx, key(me, of.house), "1.2"),
    "move": lambda _, tx, me, of: delivery_store.move(tx, key(me, of.house), "COTHER", "UBEN"),
    "settle": lambda _, tx, me, of: delivery_store.settle(tx, key(me, of.house), {"state": "held"}),
    "conclude": lambda _, tx, me, of: delivery_store.conclude(
        tx, Card(key(me, of.house), HERE, "UANA", "sent", 1, 1), {"state": "held"}
    ),
    "drawn": lambda _, tx, me, of: delivery_store.drawn(tx, key(me, of.house), 0, 1),
    "sent": lambda _, tx, me, of: delivery_store.sent(tx, key(me, of.house), 1, "1.5"),
    "claim": lambda _, tx, me, of: delivery_store.claim(tx, key(me, of.drill), NOW),
    "find": lambda _, tx, me, of: delivery_store.find(tx, key(me, of.house)),
}
INSTALL_STORE: Mapping[str, StoreCase] = {
    "remember": lambda database, tx, me, _: install_store.remember(
        database, tx, replace(install(me), bot_id="B2"), NOW
    ),
    "find": lambda _, tx, me, __: install_store.find(tx, me),
    "note_channel": lambda database, tx, me, _: install_store.note_channel(
        database, tx, Channel(me, HERE, public=False), NOW
    ),
    "public_channels": lambda _, tx, me, __: install_store.public_channels(tx, me, NOW),
    "public_at": lambda _, tx, me, __: list(tx.execute(install_store.public_at(me, NOW)).scalars()),
    "is_public": lambda _, tx, me, of: whose(
        of, install_store.is_public(tx, me, channel_of(of.workspace), NOW) or None
    ),
    "note_person": lambda database, tx, me, _: install_store.note_person(
        database, tx, Person(me, "UANA", "UTC", admin=False), NOW
    ),
    "is_known": lambda _, tx, me, of: whose(of, install_store.is_known(tx, me, channel_of(of.workspace), NOW)),
    "person": lambda _, tx, me, __: install_store.person(tx, me, "UANA"),
    "is_admin": lambda _, tx, me, of: whose(of, install_store.is_admin(tx, me, admin_of(of.workspace), NOW)),
    "stale_channels": lambda _, tx, me, __: OWN_CHANNELS - install_store.stale_channels(tx, me, OWN_CHANNELS, NOW),
}
WITHOUT_A_CASE = {name: why for one in ROOM_CASES for name, why in one.WITHOUT_A_CASE.items()} | {
    "checklists.add_run": "takes a whole row, workspace and all; `start` is the case for it",
    "checklists.add_response": "adds to the run that `start` has just made",
    "checklists.open_run": "its key begins with the workspace",
    "delivery.add": "adds the card of the run that `start` has just made",
    "lists.places_to_check": "the clock looks after the channels of every workspace",
    "Checklists.places_to_check": "the clock looks after the channels of every workspace",
    "delivery.undrawn": "a worker draws the cards of every workspace",
    "delivery.unconfirmed": "a worker settles the cards of every workspace",
}
STORES: Mapping[str, tuple[ModuleType, Mapping[str, StoreCase]]] = {
    "systems": (system_store, SYSTEM_STORE),
    "checklists": (checklist_store, CHECKLIST_STORE),
    "lists": (list_store, LIST_STORE),
    "delivery": (delivery_store, DELIVERY_STORE),
    "installs": (install_store, INSTALL_STORE),
    "learning": (learning_store, learning_cases.LEARNING_STORE),
    "subscriptions": (subscription_store, learning_cases.SUBSCRIPTION_STORE),
    "reviews": (review_store, review_cases.REVIEWS_STORE),
    "outbox": (outbox_store, learning_cases.OUTBOX_STORE),
    "own": (own_store, proposal_cases.OWN_STORE),
    "proposals": (proposal_store, proposal_cases.PROPOSALS_STORE),
    "retros": (retro_store, retro_cases.RETRO_STORE),
    "writing": (writing_store, retro_cases.WRITING_STORE),
    "past": (past_store, retro_cases.PAST_STORE),
    "drafts": (draft_store, retro_cases.DRAFTS_STORE),
    "actions": (action_store, action_cases.ACTIONS_STORE),
    "record": (record_store, record_cases.RECORD_STORE),
    "rounds": (round_store, round_cases.ROUNDS_STORE),
    "search": (search_store, search_cases.SEARCH_STORE),
}
SERVICES: Mapping[type, Mapping[str, Case]] = {
    Checklists: CHECKLISTS,
    Installs: INSTALLS,
    Learning: learning_cases.LEARNING,
    Reviews: review_cases.REVIEWS,
    Outbox: learning_cases.OUTBOX,
    OwnItems: proposal_cases.OWN_ITEMS,
    Proposals: proposal_cases.PROPOSALS,
    Retros: retro_cases.RETROS,
    Actions: action_cases.ACTIONS,
    Records: record_cases.RECORDS,
    Rounds: round_cases.ROUNDS,
    Finder: search_cases.FINDER,
}
FEEDS: Mapping[type, Mapping[str, Case]] = {
    LessonFeed: learning_cases.LESSON_FEED,
    ReviewFeed: review_cases.REVIEW_FEED,
    DigestFeed: feed_cases.DIGEST_FEED,
    ProofFeed: feed_cases.PROOF_FEED,
}
SERVICE_CASES = {
    f"{one.__name__}.{name}": case for one, cases in [*SERVICES.items(), *FEEDS.items()] for name, case in cases.items()
}
STORE_CASES = {f"{room}.{name}": case for room, (_, cases) in STORES.items() for name, case in cases.items()}


# So that a case proves something, these are seen to read or to change what is ours.
READING = set().union(*(one.READING for one in ROOM_CASES)) | {
    "Checklists.get", "Checklists.brief", "Checklists.find", "Checklists.record", "Checklists.open_in",
    "Checklists.open_responses", "Checklists.owned_by", "Checklists.of_system", "Checklists.all_runs",
    "Checklists.gaps", "Checklists.worked_on_by", "Checklists.version", "Installs.find", "Installs.message_link",
    "Installs.person", "Installs.is_admin", "Installs.knows_channel",
}  # fmt: skip
CHANGING = set().union(*(one.CHANGING for one in ROOM_CASES)) | {
    "Checklists.tick", "Checklists.answer", "Checklists.sign", "Checklists.reopen", "Checklists.discard",
    "Checklists.lead", "Checklists.contain", "Checklists.note", "Checklists.post_again", "Installs.note_channel",
    "Installs.note_person",
}  # fmt: skip


# A checklist of which we have a copy is kept and read without a look at its row.
IDLE = {"checklists.snapshot", "checklists.template"}


class TakenBack(Exception):
    """Ends a transaction without a trace."""


Rows = Mapping[str, Mapping[str, list[str]]]


def rows(tx: Transaction) -> Rows:
    """Give every row of each workspace, by table; named columns would only cost time."""
    found: dict[str, dict[str, list[str]]] = {MINE: {}, THEIRS: {}}
    for table in metadata.sorted_tables:
        every = tx.execute(select(literal_column("*")).select_from(table)).all()
        for workspace, tables in found.items():
            tables[table.name] = sorted(repr(row) for row in every if row.workspace_id == workspace)
    return found


def rows_of(world: World) -> Rows:
    with world.database.read() as tx:
        return rows(tx)


def modules_named(name: str) -> set[str]:
    """Name the modules of that name in every room of the coach."""
    root = Path(bot.__file__).parent
    return {".".join(path.relative_to(root.parent).with_suffix("").parts) for path in root.rglob(f"{name}.py")}


def test_every_room_has_its_cases() -> None:
    """A new room, too, fails until it has cases."""
    assert {module.__name__ for module, _ in STORES.values()} == modules_named("store")
    assert {service.__module__ for service in SERVICES} == modules_named("service")
    assert {feed.__module__ for feed in FEEDS} == modules_named("feed")


def test_every_method_of_every_service_has_a_case() -> None:
    for service, cases in [*SERVICES.items(), *FEEDS.items()]:
        public = {name for name, one in vars(service).items() if inspect.isfunction(one) and not name.startswith("_")}
        spared = {name.partition(".")[2] for name in WITHOUT_A_CASE if name.startswith(f"{service.__name__}.")}
        assert spared <= public
        assert public - spared == set(cases), service.__name__


def test_every_function_of_every_store_has_a_case() -> None:
    for room, (module, cases) in STORES.items():
        found = inspect.getmembers(module, inspect.isfunction)
        public = {name for name, one in found if one.__module__ == module.__name__ and not name.startswith("_")}
        spared = {name.partition(".")[2] for name in WITHOUT_A_CASE if name.startswith(f"{room}.")}
        assert spared <= public
        assert public - spared == set(cases), room


@pytest.mark.parametrize("name", SERVICE_CASES)
def test_a_service_with_its_own_ids_keeps_to_its_workspace(world: World, name: str) -> None:
    before = rows_of(world)
    learnt = outcome(lambda: SERVICE_CASES[name](world, world.me))
    after = rows_of(world)
    assert after[THEIRS] == before[THEIRS]
    assert THEIRS not in learnt
    assert MINE in learnt or name not in READING
    ours = before[MINE]
    assert {table for table in ours if ours[table] != after[MINE][table]} - {"seen"} or name not in CHANGING


@pytest.mark.parametrize("name", SERVICE_CASES)
def test_a_service_with_ids_of_another_keeps_to_its_workspace(world: World, name: str) -> None:
    theirs = rows_of(world)[THEIRS]
    learnt = outcome(lambda: SERVICE_CASES[name](world, world.them))
    assert rows_of(world)[THEIRS] == theirs
    assert THEIRS not in learnt


def test_both_workspaces_have_something_of_everything(world: World) -> None:
    tables = {one.name for module, _ in STORES.values() for one in vars(module).values() if isinstance(one, Table)}
    for workspace, found in rows_of(world).items():
        assert {table for table, some in found.items() if some} >= tables, workspace


def test_each_case_that_is_said_to_prove_something_exists() -> None:
    assert set(SERVICE_CASES) >= READING | CHANGING


@pytest.mark.parametrize("ids", ["my own ids", "their ids"])
def test_a_store_keeps_to_its_workspace(world: World, ids: str) -> None:
    """All cases share one pair of workspaces: each works in a transaction that is taken back."""
    database, of = world.database, world.me if ids == "my own ids" else world.them
    with database.read() as tx:
        before = rows(tx)
    told, idle = {}, set()
    for name, case in STORE_CASES.items():
        with suppress(TakenBack), database.write() as tx:
            learnt = repr(case(database, tx, MINE, of))
            after = rows(tx)
            told[name] = (THEIRS in learnt, after[THEIRS] != before[THEIRS])
            if MINE not in learnt and after[MINE] == before[MINE]:
                idle.add(name)
            raise TakenBack
    assert told == dict.fromkeys(STORE_CASES, (False, False)), "(read, changed)"
    assert of is world.them or idle == IDLE


def test_a_repeated_request_is_known_in_its_own_workspace_only(world: World) -> None:
    world.checklists.contain(world.me.drill, by=world.me.actor)
    world.checklists.contain(world.them.drill, by=world.them.actor)
    assert world.checklists.get(THEIRS, world.them.drill).response != Response()


def test_what_is_planned_for_all_workspaces_at_once_stays_in_each(world: World, clock: Clock) -> None:
    sides = (world.me, world.them)
    clock.forward(days=1, hours=1)
    world.outbox.plan(clock())
    for side in sides:
        [known, new] = sorted(world.outbox.listing(side.workspace, ["ready"]), key=lambda one: one.due)
        assert (known, new.series) == (side.deliveries["ready"], side.subscription.id)
        prompt = world.learning.prompt(side.workspace, new.subject)
        assert prompt
        assert (prompt.subscription, prompt.lesson) == (side.subscription.id, "e")
        next_due = world.learning.get(side.workspace, HERE).next_due
        assert next_due == side.subscription.schedule.after(clock())


@pytest.mark.parametrize("days", [["2026-03-09"], ["2026-03-09", "2026-03-10", "2026-03-12"]])
def test_questions_are_planned_in_each_workspace_by_its_own_people(world: World, clock: Clock, days: list[str]) -> None:
    """Theirs was put one that she has not answered, or so many that her week is full; ours gets the next."""
    clock.forward(days=9, hours=1)
    review_cases.fill(world, world.them, days, "posted" if len(days) == 1 else "answered")
    assert not review_cases.feed_of(world).plan(clock())
    with world.database.read() as tx:
        planned = outbox_store.listing(tx, None, ["ready"], 10)
        [one] = [one for one in planned if one.kind == "review"]
        ours, theirs = (review_store.find(tx, workspace, "UANA") for workspace in (MINE, THEIRS))
        assert ours
        assert theirs
        assert (one.workspace, one.series, one.slot) == (MINE, ours.id, "2026-03-11")
        asked = review_store.get_asked(tx, MINE, one.subject)
        assert asked
        assert (asked.lesson, asked.question) == ("a", 0)
        assert ours.next_due == theirs.next_due == ours.rhythm.after(clock())
