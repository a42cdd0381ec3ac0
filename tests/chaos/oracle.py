"""What must be true in the end, from what people did alone; it imports nothing of the coach's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.clients import Click

Json = dict[str, Any]


@dataclass
class Ledger:
    """Every click by item: those that Slack saw taken, and those of which it never heard.

    The newest click by its own time is what the item must show. A click that was never answered may have come
    through or not, so a newer one of these leaves both open.
    """

    taken: dict[str, list[Click]] = field(default_factory=dict)
    unsure: dict[str, list[Click]] = field(default_factory=dict)

    def note(self, click: Click, *, taken: bool) -> None:
        """Write down a click and whether Slack saw it taken."""
        (self.taken if taken else self.unsure).setdefault(click.item, []).append(click)

    def doubt(self, click: Click) -> None:
        """Take a click for one that may have come through or not: its person was told so."""
        self.taken[click.item].remove(click)
        self.note(click, taken=False)

    def told(self) -> str:
        """Say how many clicks were taken."""
        taken, unsure = (sum(map(len, one.values())) for one in (self.taken, self.unsure))
        return f"{taken} of {taken + unsure}"

    def newest(self, item: str) -> Click | None:
        """Give the newest click that was taken."""
        return max(self.taken.get(item, ()), key=lambda one: one.at, default=None)

    def items(self) -> set[str]:
        """Name every item that was clicked."""
        return set(self.taken) | set(self.unsure)

    def allowed(self, item: str) -> set[bool]:
        """Say how the item may end."""
        last = self.newest(item)
        since, shown = (last.at, last.ticked) if last else (0, False)
        return {shown} | {one.ticked for one in self.unsure.get(item, ()) if one.at > since}

    def wrong(self, where: str, found: Mapping[str, bool]) -> Iterator[str]:
        """List the items that do not show what was wanted last."""
        for item in sorted(self.items()):
            if found.get(item) not in self.allowed(item):
                wanted = " or ".join("ticked" if one else "open" for one in sorted(self.allowed(item)))
                yield f"{where}: {item} is {_word(found.get(item))}, but {wanted} was wanted ({self.newest(item)})"


def differences(where: str, truth: Mapping[str, bool], found: Mapping[str, bool]) -> Iterator[str]:
    """List where a card or a screen does not show the state."""
    for item in sorted(truth.keys() | found.keys()):
        if truth.get(item) != found.get(item):
            yield f"{where}: {item} is {_word(truth.get(item))}, but shows as {_word(found.get(item))}"


def states(exported: Json) -> dict[str, bool]:
    """Read from an export which items are done."""
    items = (item for phase in exported["phases"] for item in phase["items"])
    return {item["id"]: item["state"] == "done" for item in items}


def _word(ticked: bool | None) -> str:  # noqa: FBT001 - a box has no other states
    return {True: "ticked", False: "open", None: "missing"}[ticked]
