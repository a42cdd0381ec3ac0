"""How `test_workspaces` calls each method of the record of retros."""

from collections.abc import Mapping

from bot.retros.record.model import Wanted
from bot.retros.record.service import Records
from tests.samples import HERE
from tests.workspaces import Case, World


def furnish(world: World) -> None:
    """Add nothing: the retros of both workspaces are there."""
    assert world.me.workspace != world.them.workspace


def _records(world: World) -> Records:
    return Records(world.database, world.checklists.now)


RECORDS: Mapping[str, Case] = {
    "stats": lambda world, _: _records(world).stats(world.me.workspace, HERE).retros,
    "retros": lambda world, _: _records(world).retros(
        Wanted(), workspace=world.me.workspace, channel=HERE, user="UANA"
    ),
    "gaps": lambda world, _: _records(world).gaps(world.me.workspace, HERE),
    "took_part": lambda world, _: _records(world).took_part(world.me.workspace, HERE, "UANA"),
    "everything": lambda world, _: _records(world).everything(world.me.workspace),
}
READING = {"Records.retros", "Records.took_part", "Records.everything"}
CHANGING: set[str] = set()
WITHOUT_A_CASE: Mapping[str, str] = {}
