"""How `test_workspaces` calls each method and function of actions, and what both workspaces have of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta

from sqlalchemy import select

from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery_store
from bot.delivery.model import Key
from bot.outbox import store as outbox_store
from bot.outbox.model import New
from bot.retros import store as retro_store
from bot.retros.actions import store
from bot.retros.actions.model import ASKED, DIGEST, Place, Setting, subject_of
from bot.retros.actions.service import Actions, proof_key
from bot.retros.model import NewAction, Viewer, Words
from bot.retros.search import store as search_store
from bot.retros.service import Retros
from bot.schedule import Schedule
from tests.samples import FRAUD, HERE, NOW
from tests.workspaces import BEGAN, Case, Side, StoreCase, World, unless_refused, whose

TODAY = NOW.date()
PAST = TODAY - timedelta(days=3)
MONDAYS = Schedule(0, time(9), "UTC")
FRIDAYS = Schedule(4, time(16), "UTC")
SLOT = "2026-W10"
OPEN, DONE, QUESTION = "open", "done", "question"


def service(world: World) -> Actions:
    """Give the service of both workspaces."""
    return Actions(world.database, world.learning.now)


def furnish(world: World) -> None:
    """Furnish both alike; theirs come first, for a look without its workspace that ends at the first row."""
    actions = service(world)
    retros = Retros(world.database, actions.now, actions.came_or_went)
    for side in (world.them, world.me):
        by = Actor(side.workspace, "UANA")
        said = Words(named=FRAUD, expected=side.text)
        new = [NewAction(f"{name} {side.text}", "UANA", TODAY, side.text) for name in (OPEN, DONE, QUESTION)]
        old = retros.log(said, new, by=by, channel=HERE).id
        retros.log(replace(said, why="Newer"), [], by=by, channel=HERE)
        with world.database.write() as tx:
            _change(tx, side, old)
            _digest(world.database, tx, side)


def _change(tx: Transaction, side: Side, retro: int) -> None:
    done = {"state": "done", "done_at": BEGAN, "note": side.text}
    store.change(tx, side.workspace, action_named(tx, side, OPEN), due=PAST)
    store.change(tx, side.workspace, action_named(tx, side, DONE), check_at=NOW + timedelta(days=1), **done)
    store.change(tx, side.workspace, action_named(tx, side, QUESTION), held=ASKED, **done)
    offer = {"workspace_id": side.workspace, "kind": "run", "subject": side.house, "retro_id": retro}
    tx.execute(search_store.offers.insert(), offer)


def _digest(database: Database, tx: Transaction, side: Side) -> None:
    digest = digest_of(tx, side)
    subject = subject_of(digest, SLOT)
    new = New(side.workspace, DIGEST, digest, subject, SLOT, HERE, "UANA", NOW)
    outbox_store.plan(database, tx, [new])
    planned = outbox_store.find(tx, side.workspace, new.id)
    assert planned
    outbox_store.skip(tx, planned, "budget")
    store.posted(tx, side.workspace, digest, subject, BEGAN)
    cards = (Key(side.workspace, DIGEST, subject), proof_key(side.workspace, action_named(tx, side, QUESTION)))
    delivery_store.prepare(database, tx, [(one, HERE, "UANA") for one in cards])


def action_named(tx: Transaction, of: Side, name: str) -> int:
    """Give the id of a side's action, without a word of the store that is on trial."""
    table = retro_store.actions.c
    query = select(table.id).where(table.workspace_id == of.workspace, table.text == f"{name} {of.text}")
    return int(tx.execute(query).scalar_one())


def _retro(tx: Transaction, of: Side, why: str = "") -> int:
    table = retro_store.retros.c
    query = select(table.id).where(
        table.workspace_id == of.workspace, table.why == why, table.expected == of.text, table.author == "UANA"
    )
    return int(tx.execute(query.order_by(table.id.desc())).scalars().first() or 0)


def _with_actions(tx: Transaction, of: Side) -> int:
    table = retro_store.actions.c
    return int(tx.execute(select(table.retro_id).where(table.id == action_named(tx, of, OPEN))).scalar_one())


def digest_of(tx: Transaction, of: Side) -> int:
    """Give the id of a side's digest."""
    table = store.digests.c
    query = select(table.id).where(table.workspace_id == of.workspace, table.channel_id == HERE)
    return int(tx.execute(query).scalar_one())


def _action(world: World, of: Side, name: str) -> int:
    with world.database.read() as tx:
        return action_named(tx, of, name)


def _newer(world: World, of: Side) -> int:
    with world.database.read() as tx:
        return _retro(tx, of, "Newer")


def _place(world: World, of: Side, kind: str) -> Place:
    with world.database.read() as tx:
        return Place("retro", _retro(tx, of)) if kind == "retro" else Place("version", of.system)


def _setting(tx: Transaction, me: str, of: Side) -> Setting:
    """Give a side's digest as a workspace would have it if it mistook it for its own."""
    return Setting(digest_of(tx, of), me, HERE, FRIDAYS, "UBEN", on=False, next_due=NOW)


def _viewer(me: str) -> Viewer:
    return Viewer(me, HERE, user="UANA")


def _both(world: World, of: Side) -> object:
    me = world.me.workspace
    return [service(world).again(_place(world, of, kind), me, HERE, "UANA") for kind in ("retro", "version")]


def _cards_of(world: World, of: Side) -> object:
    with world.database.read() as tx:
        (mine,) = retro_store.get(tx, world.me.workspace, [_retro(tx, world.me, "Newer")])
        number = action_named(tx, of, OPEN)
    return service(world).cards_of([number], mine)


def _deed(name: str, of_name: str, *arguments: object) -> Case:
    """Give the case of a method that changes an action."""
    return lambda world, of: unless_refused(
        of, lambda: getattr(service(world), name)(_action(world, of, of_name), *arguments, by=world.me.actor)
    )


ACTIONS: Mapping[str, Case] = {
    "listing": lambda world, _: service(world).listing(world.me.workspace, HERE, "UANA", FRAUD),
    "again": _both,
    "mine": lambda world, _: service(world).mine(world.me.workspace, "UANA"),
    "earlier": lambda world, _: service(world).earlier(FRAUD, workspace=world.me.workspace, channel=HERE, user="UANA"),
    "to_carry": lambda world, _: service(world).to_carry(
        FRAUD, workspace=world.me.workspace, channel=HERE, user="UANA"
    ),
    "clicked": lambda world, of: service(world).clicked(_action(world, of, OPEN), by=world.me.actor, channel=HERE),
    "cards_of": _cards_of,
    "today": lambda world, _: service(world).today(world.me.workspace, "UANA"),
    "done": _deed("done", OPEN, "Done.", ""),
    "reopen": _deed("reopen", DONE),
    "snooze": _deed("snooze", OPEN),
    "hand_over": _deed("hand_over", OPEN, "UBEN"),
    "carry_over": lambda world, of: service(world).carry_over(
        [_action(world, of, OPEN)], _newer(world, of), by=world.me.actor
    ),
    "digest": lambda world, _: service(world).digest(world.me.workspace, HERE),
    "set_digest": lambda world, _: service(world).set_digest(FRIDAYS, on=True, by=world.me.actor, channel=HERE),
    "digest_card": lambda world, of: service(world).digest_card(
        world.me.workspace, subject_of(_digest_in(world, of), SLOT)
    ),
    "proof_card": lambda world, of: service(world).proof_card(world.me.workspace, _action(world, of, QUESTION)),
    "proved": lambda world, of: unless_refused(
        of,
        lambda: service(world).proved(_action(world, of, QUESTION), held=False, by=world.me.actor, channel="DANA"),
    ),
}


def _digest_in(world: World, of: Side) -> int:
    with world.database.read() as tx:
        return digest_of(tx, of)


ACTIONS_STORE: Mapping[str, StoreCase] = {
    "get": lambda _, tx, me, of: store.get(tx, me, action_named(tx, of, OPEN)),
    "took_part": lambda _, tx, me, of: whose(of, store.took_part(tx, me, _retro(tx, of), "UANA")),
    "sees": lambda _, tx, me, of: whose(of, store.sees(tx, _viewer(me), _retro(tx, of))),
    "change": lambda _, tx, me, of: store.change(tx, me, action_named(tx, of, OPEN), owner="UBEN"),
    "of_owner": lambda _, tx, me, of: store.of_owner(tx, _viewer(me), BEGAN, [of.system]),
    "of_channel": lambda _, tx, me, __: store.of_channel(tx, _viewer(me)),
    "of_systems": lambda _, tx, me, of: store.of_systems(tx, _viewer(me), [of.system]),
    "of_retro": lambda _, tx, me, of: store.of_retro(tx, _viewer(me), _with_actions(tx, of)),
    "past_due": lambda _, tx, me, __: store.past_due(tx, me, HERE, TODAY),
    "done_since": lambda _, tx, me, __: store.done_since(tx, me, HERE, BEGAN - timedelta(hours=1)),
    "asked": lambda _, tx, me, of: store.asked(tx, me, action_named(tx, of, DONE), NOW),
    "begin_digest": lambda database, tx, me, _: store.begin_digest(
        database, tx, Setting(0, me, "CNEW", MONDAYS, "UANA")
    ),
    "digest": lambda _, tx, me, __: store.digest(tx, me, HERE),
    "lock_digest": lambda _, tx, me, __: store.lock_digest(tx, me, HERE),
    "digests_by_id": lambda _, tx, me, of: store.digests_by_id(tx, me, [digest_of(tx, of)]),
    "save_digest": lambda _, tx, me, of: store.save_digest(tx, _setting(tx, me, of)),
    "switch_off": lambda _, tx, me, of: store.switch_off(tx, me, digest_of(tx, of)),
    "posted": lambda _, tx, me, of: store.posted(tx, me, digest_of(tx, of), 7, NOW),
    "advance": lambda _, tx, me, of: store.advance(tx, [_setting(tx, me, of)]),
}
# Seen to read or to change what is ours, so that their cases prove something.
READING = {
    f"Actions.{name}"
    for name in (
        *("listing", "again", "mine", "earlier", "to_carry", "clicked", "cards_of"),
        *("digest", "set_digest", "digest_card", "proof_card", "carry_over"),
    )
}
CHANGING = {
    f"Actions.{name}" for name in ("done", "reopen", "snooze", "hand_over", "carry_over", "set_digest", "proved")
}
WITHOUT_A_CASE = {
    "actions.unproven": "the clock looks for what is due in every workspace",
    "actions.due_digests": "the clock looks for what is due in every workspace",
    "Actions.cards": "takes a whole action, workspace and all; `cards_of` is the case for it",
    "Actions.came_or_went": "takes a whole retro, workspace and all; `carry_over` is the case for it",
    "Actions.carry_ticked": "takes a whole retro, workspace and all; `carry_over` is the case for it",
}
