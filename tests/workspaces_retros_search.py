"""How `test_workspaces` calls each method and function of the search, and what both workspaces have to be found."""

from collections.abc import Mapping

from sqlalchemy import select

from bot.database import Actor, Transaction
from bot.delivery import store as delivery_store
from bot.delivery.model import Key
from bot.retros import store as retro_store
from bot.retros.model import Viewer, Words
from bot.retros.search import store
from bot.retros.search.service import Finder
from bot.retros.service import Retros, key
from tests.samples import HERE, NOW
from tests.workspaces import Case, Side, StoreCase, World, channel_of, whose

SAME = "The quokka met a zebra."
WANTED = ["quokka", "zebra"]


def furnish(world: World) -> None:
    """Have the same words in a retro of each, one for the workspace in a channel of its own, and offer them."""
    for side in (world.them, world.me):
        by = Actor(side.workspace, "UZOE")
        said = Words(
            expected=SAME, why=f"quokka{side.workspace}", keep=side.text, kind="period", visibility="workspace"
        )
        for channel in (HERE, channel_of(side.workspace)):
            logged = _retros(world).log(said, [], by=by, channel=channel)
            with world.database.write() as tx:
                delivery_store.sent(tx, key(side.workspace, logged.id), 1, "1.6")
    while _finder(world).catch_up():
        pass
    with world.database.write() as tx:
        for side in (world.them, world.me):
            store.offer(world.database, tx, _run(side), _found(tx, side))
            store.note_told(world.database, tx, Actor(side.workspace, "UANA"), "old", _found(tx, side), NOW)
        # Only a mistake could make these rows: our retros are theirs to offer, and theirs ours.
        store.offer(world.database, tx, _run(world.them), _found(tx, world.me))
        store.offer(world.database, tx, _run(world.me), _found(tx, world.them))


def _finder(world: World) -> Finder:
    return Finder(world.database, world.checklists.now)


def _retros(world: World) -> Retros:
    return Retros(world.database, world.checklists.now)


def _run(of: Side, me: str = "") -> Key:
    return Key(me or of.workspace, "run", of.house)


def _found(tx: Transaction, of: Side) -> list[int]:
    """Give the ids of a side's retros that are to be found, without a word of the store that is on trial."""
    table = retro_store.retros.c
    mine = (table.workspace_id == of.workspace, table.kind == "period", table.author == "UZOE")
    return [row.id for row in tx.execute(select(table.id).where(*mine).order_by(table.id))]


def _in(tx: Transaction, ids: list[int]) -> list[str]:
    """Name the workspaces that retros are of."""
    table = retro_store.retros.c
    return [row.workspace_id for row in tx.execute(select(table.workspace_id).where(table.id.in_(ids)))]


def _viewer(me: str) -> Viewer:
    return Viewer(me, HERE, "UANA", NOW)


def _guessed(world: World) -> str:
    asked = [f"quokka{one.workspace[:-1]}z" for one in (world.me, world.them)]
    return " ".join(_finder(world).guess(one, world.me.workspace, HERE, "UANA") for one in asked).upper()


def _counted(tx: Transaction, me: str, of: Side) -> str:
    """Each workspace has it twice, and has no word of the other."""
    counts = store.rarity(tx, me, {"quokka", f"quokka{of.workspace}".lower()})
    return whose(of, counts[f"quokka{of.workspace}".lower()] and counts["quokka"] == 2)


FINDER: Mapping[str, Case] = {
    "search": lambda world, _: _finder(world).search("quokka zebra", world.me.workspace, HERE, "UANA"),
    "guess": lambda world, _: _guessed(world),
    "offer": lambda world, of: _finder(world).offer(
        Key(world.me.workspace, "run", of.drill), SAME, channel=HERE, user="UZOE"
    ),
    "begin": lambda world, of: _finder(world).begin(
        f"{SAME} quokka{of.workspace}", "0a1b2c3d", by=world.me.actor, channel=HERE
    ),
    "offered": lambda world, of: _finder(world).offered(_run(of, world.me.workspace), HERE),
    "hide": lambda world, of: _finder(world).hide(world.me.workspace, channel_of(of.workspace)),
}
SEARCH_STORE: Mapping[str, StoreCase] = {
    "find": lambda database, tx, me, _: _in(
        tx, [one for one, _body in store.find(database, tx, _viewer(me), WANTED, every=True)]
    ),
    "known": lambda _, tx, me, of: _in(tx, [one for one, _body in store.known(tx, _viewer(me), _found(tx, of))]),
    "caught_up": lambda _, tx, me, of: store.caught_up(tx, me, _found(tx, of)[0], 1),
    "put": lambda database, tx, me, of: store.put(database, tx, me, _found(tx, of)[0], ""),
    "rarity": lambda _, tx, me, of: _counted(tx, me, of),
    "words_of": lambda _, tx, me, of: whose(of, store.words_of(tx, me, _found(tx, of)[0])),
    "offer": lambda database, tx, me, of: store.offer(database, tx, Key(me, "run", of.drill), _found(tx, of)),
    "note_told": lambda database, tx, me, of: store.note_told(
        database, tx, Actor(me, "UANA"), "new", _found(tx, of), NOW
    ),
    "told": lambda _, tx, me, of: _in(tx, list(store.told(tx, Actor(me, "UANA"), "old", _found(tx, of)))),
    "offered": lambda _, tx, me, of: whose(of, store.offered(tx, _run(of, me))),
    "offering": lambda _, tx, me, of: [
        store.offering(tx, me, retro=_found(tx, of)[0], but_in="COTHER"),
        store.offering(tx, me, channel=channel_of(of.workspace), but_in="COTHER"),
    ],
    "withdraw": lambda _, tx, me, of: store.withdraw(tx, _run(of, me), _found(tx, of)[0]),
}
READING = {"Finder.search", "Finder.guess", "Finder.begin", "Finder.offered"}
CHANGING = {"Finder.offer", "Finder.hide"}
WITHOUT_A_CASE = {
    "Finder.catch_up": "the clock has the search know the retros of every workspace",
    "search.behind": "the clock looks for what is behind in every workspace",
    "search.unscrubbed": "the clock looks for what was deleted in every workspace",
    "search.scrub": "rewrites SQLite's index as it is, and gives nothing of it",
}
