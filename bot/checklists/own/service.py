"""What people can do with the items that their workspace added; one public method is one transaction.

Those whose name ends in `_in` are part of somebody else's, so that what led to an item and the item stand together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.checklists.own import store
from bot.checklists.own.model import OwnItem, Use, extended
from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import ItemGone, NoRoom, NotAnAdmin, UnknownChecklist
from bot.installs import store as installs
from bot.library import Library
from bot.schema import Checklist, Item


@dataclass(frozen=True)
class OwnItems:
    """The items that all workspaces added to the checklists they were given."""

    database: Database
    library: Library
    now: Callable[[], datetime]

    def versions_in(self, tx: Transaction, workspace: str) -> list[Checklist]:
        """Give every checklist as the workspace has it."""
        return [extended(one, store.added(tx, workspace, one.id)) for one in self.library.checklists.values()]

    def adopt_in(self, tx: Transaction, card: Key, place: tuple[str, str], item: Item, by: str) -> None:
        """Add an item to a checklist's phase; raise NoRoom if its card is full. The card tells how it is used."""
        name, phase = place
        base = self.library.checklists.get(name)
        if base is None or phase not in {one.id for one in base.phases}:
            raise UnknownChecklist
        # Two that each count the room without the other would overfill the card, and the last item be left out.
        self.database.take_turn(tx, f"own:{card.workspace}:{name}")
        if extended(base, store.added(tx, card.workspace, name)).is_full:
            raise NoRoom
        store.add(tx, OwnItem(0, card, name, phase, item, by, self.now()))

    def use_in(self, tx: Transaction, workspace: str, place: tuple[str, str], channels: Iterable[str]) -> Use:
        """Say how an item of a checklist was used in runs of some channels."""
        return store.use(tx, workspace, *place, channels)

    def listing(self, workspace: str) -> list[OwnItem]:
        """Give what a workspace has added and not taken out."""
        with self.database.read() as tx:
            return store.every(tx, workspace)

    def take_out(self, own: int, *, by: Actor) -> OwnItem:
        """Have later runs do without an item; raise NotAnAdmin. Runs that show it keep it."""
        with self.database.write(by, self.now()) as tx:
            if not installs.is_admin(tx, by.workspace, by.user, self.now()):
                raise NotAnAdmin
            found = store.lock(tx, by.workspace, own)
            if found is None or found.dropped_at:
                raise ItemGone
            store.drop(tx, by.workspace, own, by.user, self.now())
            delivery.touch(tx, found.card)
        return found
