"""Lists of actions, each as one person may see it in one place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.database import Transaction
from bot.installs import store as installs
from bot.retros import store as retros
from bot.retros.actions import store
from bot.retros.actions.model import ALL, RECENT, Listed, Listing, Place, in_order
from bot.retros.model import Action, Viewer
from bot.schedule import is_zone
from bot.systems import store as systems
from bot.systems.model import Named


@dataclass(frozen=True)
class Lists:
    """Puts lists together, in the caller's transaction."""

    now: Callable[[], datetime]

    def today(self, tx: Transaction, workspace: str, user: str) -> date:
        """Give the day where a person is, or in UTC while that is not known."""
        return self.now().astimezone(ZoneInfo(zone_of(tx, workspace, user))).date()

    def at(self, tx: Transaction, viewer: Viewer, place: Place) -> Listing:
        """Give the list of a place."""
        if place.kind == "retro":
            return self.of_retro(tx, viewer, place.id)
        named = self._named(tx, viewer, place)
        found = self.of_system(tx, viewer, named, place.page) if named else None
        if found is None or not (found.mine or found.others or self._knows(tx, viewer, named)):
            return self.everything(tx, viewer, place.page)
        return found

    def _knows(self, tx: Transaction, viewer: Viewer, named: Named | None) -> bool:
        """Say whether a viewer may read of a system: a control carries its id, and nobody typed its name."""
        versions = [one.id for one in systems.named_like(tx, viewer.workspace, named)] if named else []
        return bool(retros.visible(tx, viewer, 1, system_id=versions))

    def _named(self, tx: Transaction, viewer: Viewer, place: Place) -> Named | None:
        found = systems.by_id(tx, viewer.workspace, [place.id]) if place.kind in {"version", "name"} else {}
        system = found.get(place.id)
        if system is None:
            return None
        return system.named if place.kind == "version" else Named(system.named.name)

    def everything(self, tx: Transaction, viewer: Viewer, page: int = 0) -> Listing:
        """Give what is the viewer's in all channels, and what others have to do in this one."""
        mine = store.of_owner(tx, viewer, self.now() - RECENT)
        return self._listing(tx, viewer, mine, store.of_channel(tx, viewer), Place(ALL.kind, 0, page))

    def of_system(self, tx: Transaction, viewer: Viewer, named: Named, page: int = 0) -> Listing:
        """Give the same of one system, in all places where the viewer may read of it."""
        versions = [one.id for one in systems.named_like(tx, viewer.workspace, named)]
        place = Place("version" if named.version else "name", versions[0] if versions else 0, page)
        mine = store.of_owner(tx, viewer, self.now() - RECENT, versions)
        return self._listing(tx, viewer, mine, store.of_systems(tx, viewer, versions), place, str(named))

    def earlier(self, tx: Transaction, viewer: Viewer, named: Named, *, but: int, for_all: bool) -> Listing:
        """Give what is open of a system in any version, but for one retro; `for_all`: what all here may read."""
        if not retros.any_logged(tx, viewer.workspace):
            return Listing(self.today(tx, viewer.workspace, viewer.user))
        versions = [one.id for one in systems.named_like(tx, viewer.workspace, Named(named.name))]
        found = store.of_systems(tx, viewer, versions, viewer.everyone if for_all else viewer)
        every = [one for one in found if one.action.retro != but]
        mine = [one for one in every if one.action.owner == viewer.user]
        place = Place("name" if viewer.user else "card", versions[0] if versions else 0)
        return self._listing(tx, viewer, mine, every, place, named.name)

    def to_carry(self, tx: Transaction, viewer: Viewer, named: Named, but: int) -> list[Action]:
        """Give what of a system a viewer may carry over into a retro of their channel: what all there may read."""
        found = self.earlier(tx, viewer, named, but=but, for_all=True)
        return [one.action for one in (*found.mine, *found.others) if one.may or one.action.channel == viewer.channel]

    def of_retro(self, tx: Transaction, viewer: Viewer, retro: int) -> Listing:
        """Give the actions of one retro, if the viewer may read it."""
        found = retros.get(tx, viewer.workspace, retros.visible(tx, viewer, 1, id=retro))
        every = store.of_retro(tx, viewer, retro) if found else []
        mine = [one for one in every if one.action.owner == viewer.user]
        return self._listing(tx, viewer, mine, every, Place("retro", retro), found[0].title if found else "")

    def _listing(
        self,
        tx: Transaction,
        viewer: Viewer,
        mine: Sequence[Listed],
        every: Sequence[Listed],
        place: Place,
        about: str = "",
    ) -> Listing:
        today = self.today(tx, viewer.workspace, viewer.user)
        had = {one.action.id for one in mine}
        others = [one for one in every if one.action.id not in had]
        return Listing(today, place, about, in_order(mine, today), in_order(others, today))


def zone_of(tx: Transaction, workspace: str, user: str) -> str:
    """Give the time zone of a person, as far as it is known."""
    known = installs.person(tx, workspace, user) if user else None
    return known.zone if known and is_zone(known.zone) else "UTC"
