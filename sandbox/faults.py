"""Switches for what goes wrong at Slack's end or on the way to the bot."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

API_KINDS = {
    "ratelimited": "Answer 429 with Retry-After",
    "timeout_after": "Do it, but never answer",
    "error_before": "Answer 500 and do nothing",
    "error_after": "Do it, then answer 500",
    "dropped_before": "Cut the connection and do nothing",
    "dropped_after": "Do it, then cut the connection",
    "slow": "Answer late",
    "not_in_channel": "Refuse: not_in_channel",
    "is_archived": "Refuse: is_archived",
    "invalid_auth": "Refuse: invalid_auth",
    "uninstalled": "Refuse: account_inactive",
    "missing_scope": "Refuse: missing_scope",
}
DELIVERY_KINDS = {
    "twice": "Deliver each request twice",
    "unreachable": "The bot cannot be reached",
}
KINDS = API_KINDS | DELIVERY_KINDS
"""Every fault there is, with the words that the switch shows."""


@dataclass
class Fault:
    """One switch: what happens, for which method ("*" for all), and how many times (None: until off)."""

    kind: str
    method: str = "*"
    count: int | None = None
    seconds: float = 30

    def hits(self, method: str, kinds: Iterable[str]) -> bool:
        """Say whether this fault strikes a call."""
        return self.kind in kinds and self.method in ("*", method) and self.count != 0


@dataclass
class Faults:
    """The switches that are on, in the order they were set."""

    on: list[Fault] = field(default_factory=list)

    def set(self, fault: Fault) -> None:
        """Switch a fault on; the same one again replaces it."""
        if fault.kind not in KINDS:
            raise ValueError(f"There is no fault {fault.kind}; there are {', '.join(KINDS)}.")
        self.clear(fault.kind, fault.method)
        self.on.append(fault)

    def clear(self, kind: str = "*", method: str = "*") -> None:
        """Switch off one fault, or all of them."""
        self.on = [one for one in self.on if (kind not in ("*", one.kind)) or (kind != "*" and method != one.method)]

    def next(self, method: str, kinds: Iterable[str] = tuple(API_KINDS)) -> Fault | None:
        """Give the fault that strikes this call, and count it."""
        for fault in self.on:
            if fault.hits(method, kinds):
                if fault.count is not None:
                    fault.count -= 1
                self.on = [one for one in self.on if one.count != 0]
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        """List the switches as JSON."""
        return [asdict(fault) for fault in self.on]
