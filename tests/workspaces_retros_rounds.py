"""How `test_workspaces` calls each method and function of calls for answers, and what both workspaces have of them."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from bot import library
from bot.database import Actor, Transaction
from bot.delivery import store as delivery_store
from bot.retros.model import Words
from bot.retros.rounds import store
from bot.retros.rounds.model import Call, Given, Round
from bot.retros.rounds.service import Rounds, key
from bot.retros.service import Retros
from bot.systems.model import Named
from tests.samples import FRAUD, HERE, NOW
from tests.workspaces import Case, Side, StoreCase, World, whose

CONTENT = library.load()


def furnish(world: World) -> None:
    """Have a call in each workspace that is open, and one for which a retro was written."""
    for side in (world.them, world.me):
        by = Actor(side.workspace, "UANA")
        named = Named(f"Called model {side.text}")
        given = Given(side.text, side.text, side.text)
        opened = [_rounds(world).open(Call(one), by=by, channel=HERE).round_id for one in (named, None)]
        for number in opened:
            _rounds(world).answer(number, given, by=by, channel=HERE)
            _rounds(world).answer(number, replace(given, named=False), by=replace(by, user="UBEN"), channel=HERE)
        words = Words(named=named, expected=side.text)
        Retros(world.database, world.checklists.now).log(words, [], by=by, channel=HERE, gathered=opened[1])
        with world.database.write() as tx:
            delivery_store.sent(tx, key(side.workspace, opened[0]), 1, "1.6")
            delivery_store.settle(tx, key(side.workspace, opened[1]), {"state": "held"})


def _rounds(world: World) -> Rounds:
    return Rounds(world.database, CONTENT, world.checklists.now)


# Ids of a side, without a word of the store that is on trial


def _number(tx: Transaction, of: Side, state: str = "open") -> int:
    table = store.rounds.c
    query = select(table.id).where(table.workspace_id == of.workspace, table.state == state)
    return int(tx.execute(query).scalar_one())


def _system(tx: Transaction, of: Side) -> int:
    table = store.rounds.c
    query = select(table.system_id).where(table.workspace_id == of.workspace, table.state == "open")
    return int(tx.execute(query).scalar_one())


def _retro(tx: Transaction, of: Side) -> int:
    table = store.rounds.c
    query = select(table.retro_id).where(table.workspace_id == of.workspace, table.state == "closed")
    return int(tx.execute(query).scalar_one())


def _id(world: World, of: Side, state: str = "open") -> int:
    with world.database.read() as tx:
        return _number(tx, of, state)


def _mistaken(me: str, number: int) -> Round:
    """Give a call as a workspace would have it if it mistook it for its own."""
    return Round(number, me, HERE, Call(), "open", "UANA", NOW, 0, "salt", message_ts="1.6")


ROUNDS: Mapping[str, Case] = {
    "open": lambda world, _: _rounds(world).open(Call(FRAUD), by=world.me.actor, channel=HERE),
    "get": lambda world, of: _rounds(world).get(world.me.workspace, _id(world, of), HERE),
    "seen": lambda world, of: _rounds(world).seen(world.me.workspace, _id(world, of, "closed"), "1.7"),
    "card": lambda world, of: _rounds(world).card(world.me.workspace, _id(world, of)),
    "link": lambda world, of: _rounds(world).link(_mistaken(world.me.workspace, _id(world, of))),
    "mine": lambda world, of: _rounds(world).mine(world.me.workspace, _id(world, of), "UBEN"),
    "answer": lambda world, of: _rounds(world).answer(_id(world, of), Given("New."), by=world.me.actor, channel=HERE),
    "own": lambda world, of: _rounds(world).own(_mistaken(world.me.workspace, _id(world, of)), "UBEN"),
    "drop": lambda world, of: _rounds(world).drop(_id(world, of), by=replace(world.me.actor, user="UBEN")),
    "answers": lambda world, of: _rounds(world).answers(_id(world, of), by=world.me.actor),
    "require_open": lambda world, of: _rounds(world).require_open(_mistaken(world.me.workspace, _id(world, of))),
    "take_over": lambda world, of: _rounds(world).take_over(
        _id(world, of), by=replace(world.me.actor, user="UBEN"), channel=HERE
    ),
    "close": lambda world, of: _rounds(world).close(_id(world, of), by=world.me.actor),
    "post_again": lambda world, of: _rounds(world).post_again(_id(world, of), by=world.me.actor),
}
ROUNDS_STORE: Mapping[str, StoreCase] = {
    "add": lambda database, tx, me, _: store.add(database, tx, _mistaken(me, 0), None) and None,
    "open_one": lambda _, tx, me, of: whose(of, store.open_one(tx, me, HERE, _system(tx, of))),
    "get": lambda _, tx, me, of: store.get(tx, me, _number(tx, of)),
    "lock": lambda _, tx, me, of: store.lock(tx, me, _number(tx, of)),
    "hand_over": lambda _, tx, me, of: store.hand_over(tx, _mistaken(me, _number(tx, of)), "UBEN"),
    "close": lambda _, tx, me, of: store.close(tx, me, _number(tx, of), None),
    "of_retro": lambda _, tx, me, of: whose(of, store.of_retro(tx, me, _retro(tx, of))),
    "erase": lambda _, tx, me, of: store.erase(tx, me, _number(tx, of)),
    "put": lambda _, tx, me, of: store.put(tx, me, _number(tx, of), "UBEN", Given("New.")),
    "drop": lambda _, tx, me, of: whose(of, store.drop(tx, me, _number(tx, of), "UBEN")),
    "given_by": lambda _, tx, me, of: store.given_by(tx, me, _number(tx, of), "UBEN"),
    "listed": lambda _, tx, me, of: store.listed(tx, me, _number(tx, of)),
}
# Seen to read or to change what is ours, so that their cases prove something.
READING = {
    "Rounds.get", "Rounds.card", "Rounds.link", "Rounds.mine", "Rounds.answer", "Rounds.answers", "Rounds.take_over",
    "Rounds.close", "Rounds.own", "Rounds.drop",
}  # fmt: skip
CHANGING = {
    "Rounds.open", "Rounds.seen", "Rounds.answer", "Rounds.take_over", "Rounds.close", "Rounds.post_again",
    "Rounds.drop",
}  # fmt: skip
WITHOUT_A_CASE: Mapping[str, str] = {}
