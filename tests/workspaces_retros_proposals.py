"""How `test_workspaces` calls what keeps proposed items, and those that a workspace added to its checklists."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import select

from bot.checklists.model import Choices
from bot.checklists.own import store as own_store
from bot.checklists.own.model import OwnItem, Use
from bot.checklists.own.service import OwnItems
from bot.database import Actor, Transaction
from bot.delivery.model import Key
from bot.retros import store as retro_store
from bot.retros.model import Viewer, Words
from bot.retros.proposals import store
from bot.retros.proposals.model import New, Proposal, State, Wording
from bot.retros.proposals.service import Proposals
from bot.retros.service import Retros
from bot.systems.model import Named
from tests.samples import HERE, NOW
from tests.workspaces import THEIRS, Case, Side, StoreCase, World, whose

PLACE = ("house-check", "roof")
USED = Named("Used model", "v1")


def furnish(world: World) -> None:
    """Have a retro in each workspace, with an item that was accepted, one proposed, one suggested and one to weigh."""
    for side in (world.me, world.them):
        by = replace(side.actor, request="")
        said = Words(why=side.text, caught=side.text, causes=("data",))
        retro = _retros(world).log(said, [], by=by, channel=HERE).id
        _proposals(world).propose(New(retro, _words(side), at_once=True), by=by, channel=HERE)
        _proposals(world).propose(New(retro, _words(side)), by=by, channel=HERE)
        with world.database.write() as tx:
            suggested = Proposal(0, side.workspace, retro, HERE, _words(side), "suggested", "", NOW, "data", 3)
            store.add(tx, suggested, upto=retro)
        world.checklists.start("house-check", USED, Choices(), by=by, channel=HERE)


def _words(side: Side) -> Wording:
    return Wording(*PLACE, f"Do {side.text}", f"How {side.text}", side.text)


def _retros(world: World) -> Retros:
    return Retros(world.database, world.checklists.now)


def _own(world: World) -> OwnItems:
    return OwnItems(world.database, world.checklists.library, world.checklists.now)


def _proposals(world: World) -> Proposals:
    return Proposals(world.database, world.checklists.library, world.checklists.now, _own(world))


# Ids of a side, without a word of the stores that are on trial


def _retro(tx: Transaction, of: Side) -> int:
    table = retro_store.retros.c
    first = select(table.id).where(table.workspace_id == of.workspace).order_by(table.id)
    return int(tx.execute(first).scalars().first() or 0)


def _proposal(tx: Transaction, of: Side, state: State) -> int:
    table = store.proposals.c
    query = select(table.id).where(table.workspace_id == of.workspace, table.state == state)
    return int(tx.execute(query).scalars().first() or 0)


def _item(tx: Transaction, of: Side) -> int:
    table = own_store.own_items.c
    return int(tx.execute(select(table.id).where(table.workspace_id == of.workspace)).scalars().first() or 0)


def _id(world: World, of: Side, find: Callable[..., int], *more: str) -> int:
    with world.database.read() as tx:
        return find(tx, of, *more)


def _in(world: World, act: Callable[[Transaction], object]) -> object:
    with world.database.write() as tx:
        return act(tx)


def _everyone(me: str) -> Viewer:
    return Viewer(me, HERE, now=NOW)


def _decided(me: str, proposal: int) -> Proposal:
    return Proposal(proposal, me, 0, HERE, Wording(), "declined", "", NOW, decided_by="UBEN", decided_at=NOW)


def _added(me: str) -> OwnItem:
    item = Wording(*PLACE, "Do it", "How", "So.").item("retro-9-9", "added after retro 9")
    return OwnItem(0, Key(me, "retro", 1), *PLACE, item, "UANA", NOW)


def _by(world: World, request: str = "c:same") -> Actor:
    return replace(world.me.actor, request=request)


OWN_ITEMS: Mapping[str, Case] = {
    "versions_in": lambda world, _: _in(world, lambda tx: _own(world).versions_in(tx, world.me.workspace)),
    "adopt_in": lambda world, _: _in(
        world,
        lambda tx: _own(world).adopt_in(tx, Key(world.me.workspace, "retro", 1), PLACE, _added("").item, "UANA"),
    ),
    "use_in": lambda world, _: _in(
        world,
        lambda tx: whose(world.me, _counted(_own(world).use_in(tx, world.me.workspace, (PLACE[0], NAME), [HERE]))),
    ),
    "listing": lambda world, _: _own(world).listing(world.me.workspace),
    "take_out": lambda world, of: _own(world).take_out(_id(world, of, _item), by=_by(world)),
}
NAME = "retro-1-1"


def _counted(use: Use) -> bool:
    """Say whether exactly one run was counted: each side has one."""
    return use.shown == 1


PROPOSALS: Mapping[str, Case] = {
    "ask": lambda world, of: _proposals(world).ask(_id(world, of, _retro), by=_by(world), channel=HERE),
    "look": lambda world, of: _proposals(world).look(
        _id(world, of, _proposal, "suggested"), by=_by(world), channel=HERE
    ),
    "propose": lambda world, of: _proposals(world).propose(
        New(_id(world, of, _retro), _words(world.me), _id(world, of, _proposal, "suggested")),
        by=_by(world),
        channel=HERE,
    ),
    "accept": lambda world, of: _proposals(world).accept(
        _id(world, of, _proposal, "proposed"), by=_by(world), channel=HERE
    ),
    "decline": lambda world, of: _proposals(world).decline(
        _id(world, of, _proposal, "suggested"), by=_by(world), channel=HERE
    ),
    "standing": lambda world, of: _proposals(world).standing(world.me.workspace, _id(world, of, _retro)),
}
OWN_STORE: Mapping[str, StoreCase] = {
    "added": lambda _, tx, me, __: own_store.added(tx, me, "house-check"),
    "card_of": lambda _, tx, me, __: own_store.card_of(tx, me, "house-check", NAME),
    "every": lambda _, tx, me, __: own_store.every(tx, me),
    "lock": lambda _, tx, me, of: own_store.lock(tx, me, _item(tx, of)),
    "add": lambda _, tx, me, __: own_store.add(tx, _added(me)),
    "drop": lambda _, tx, me, of: own_store.drop(tx, me, _item(tx, of), "UBEN", NOW),
    "use": lambda _, tx, me, __: me if _counted(own_store.use(tx, me, "house-check", NAME, [HERE])) else THEIRS,
}
PROPOSALS_STORE: Mapping[str, StoreCase] = {
    "add": lambda _, tx, me, of: store.add(tx, replace(_decided(me, 0), retro=_retro(tx, of))) and None,
    "get": lambda _, tx, me, of: store.get(tx, me, _proposal(tx, of, "proposed")),
    "of_retro": lambda _, tx, me, of: store.of_retro(tx, me, _retro(tx, of)),
    "reword": lambda _, tx, me, of: store.reword(tx, me, _proposal(tx, of, "suggested"), Wording(), "UBEN", NOW),
    "decide": lambda _, tx, me, of: store.decide(tx, me, _decided(me, _proposal(tx, of, "proposed"))),
    "forget": lambda _, tx, me, of: store.forget(tx, me, _retro(tx, of)),
    "weighed": lambda _, tx, me, of: store.weighed(tx, me, _retro(tx, of)),
    "counted_upto": lambda _, tx, me, of: _is(of, store.counted_upto(tx, me, HERE, "data"), _retro(tx, of)),
    "naming": lambda _, tx, me, of: _is(
        of, store.naming(tx, _everyone(me), "data", 0, _retro(tx, of), 9), [_retro(tx, of)]
    ),
    "what_would_have_caught": lambda _, tx, me, __: store.what_would_have_caught(tx, _everyone(me), "data"),
    "watching": lambda _, tx, me, of: _is(of, store.watching(tx, me, ["data"]), {_retro(tx, of)}),
    "later": lambda _, tx, me, __: me if len(store.later(tx, _everyone(me), ["data"], 0, NOW)) == 1 else THEIRS,
}


def _is(of: Side, found: object, wanted: object) -> str:
    return of.text if found == wanted else ""


# Seen to read or to change what is ours, so that their cases prove something.
READING = {
    "OwnItems.versions_in", "OwnItems.use_in", "OwnItems.listing", "OwnItems.take_out", "Proposals.ask",
    "Proposals.look", "Proposals.propose", "Proposals.accept", "Proposals.decline", "Proposals.standing",
}  # fmt: skip
CHANGING = {"OwnItems.adopt_in", "OwnItems.take_out", "Proposals.propose", "Proposals.accept", "Proposals.decline"}
WITHOUT_A_CASE = {
    "proposals.unweighed": "the coach weighs the retros of every workspace",
    "proposals.take_turns": "reads nothing and changes nothing: it only waits",
    "Proposals.catch_up": "the coach weighs the retros of every workspace",
}
