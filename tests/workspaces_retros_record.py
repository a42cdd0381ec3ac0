"""How `test_workspaces` calls each method of the record of retros."""

from collections.abc import Mapping

from sqlalchemy import select

from bot.database import Transaction
from bot.retros.model import Viewer
from bot.retros.record import store
from bot.retros.record.model import Wanted
from bot.retros.record.service import Records
from bot.retros.store import retros
from tests.samples import HERE
from tests.workspaces import Case, StoreCase, World, whose


def furnish(world: World) -> None:
    """Add nothing: the retros of both workspaces are there."""
    assert world.me.workspace != world.them.workspace


def _ids(tx: Transaction, workspace: str) -> list[int]:
    """Give the ids of a workspace's retros, without a word of the store that is on trial."""
    return list(tx.execute(select(retros.c.id).where(retros.c.workspace_id == workspace)).scalars())


def _records(world: World) -> Records:
    return Records(world.database, world.checklists.now)


RECORDS: Mapping[str, Case] = {
    "stats": lambda world, _: _records(world).stats(world.me.workspace, HERE).retros,
    "retros": lambda world, _: list(
        _records(world).retros(Wanted(), workspace=world.me.workspace, channel=HERE, user="UANA")
    ),
    "gaps": lambda world, _: _records(world).gaps(world.me.workspace, HERE),
    "took_part": lambda world, _: _records(world).took_part(world.me.workspace, HERE, "UANA"),
    "everything": lambda world, _: list(_records(world).everything(world.me.workspace)),
}
RECORD_STORE: Mapping[str, StoreCase] = {
    "noted": lambda _, tx, me, of: [
        (whose(of, one in _ids(tx, of.workspace)), noted)
        for one, noted in store.noted(tx, Viewer(me, HERE), after=0, most=50)
    ],
    "batch": lambda _, tx, me, of: [
        whose(of, one in _ids(tx, of.workspace))
        for one, _ in store.batch(tx, Viewer(me, HERE, user="UANA"), Wanted(), None, after=0, most=50)
    ],
}
READING = {"Records.retros", "Records.took_part", "Records.everything"}
CHANGING: set[str] = set()
WITHOUT_A_CASE: Mapping[str, str] = {}
