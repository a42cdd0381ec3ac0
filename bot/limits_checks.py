"""The vocabulary of Slack's limits: small checks that are put together into tables.

A check looks at one value and notes what Slack would refuse. It never raises, whatever the value is, and
never follows a value deeper than its own table goes.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]
EVERYWHERE: tuple[Surface, ...] = ("message", "modal", "home")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Slack would refuse: where, as a JSON pointer, and why."""

    pointer: str
    text: str


@dataclass(slots=True)
class Scan:
    """One walk through a payload: where it is shown, what was seen so far, what was refused."""

    surface: Surface
    found: list[Problem] = field(default_factory=list)
    block: str = ""
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    focused: bool = False
    spent: Counter[str] = field(default_factory=Counter)

    def refuse(self, at: str, text: str) -> None:
        """Note a problem."""
        self.found.append(Problem(at, text))

    def spend(self, at: str, what: str, amount: int, most: int) -> None:
        """Count towards a limit that all blocks of a payload share."""
        self.spent[what] += amount
        if self.spent[what] > most:
            self.refuse(at, f"no more than {most} {what} allowed in all")


Check = Callable[[Scan, str, object], None]
Rule = Callable[[Scan, str, dict[str, Any]], None]


def anything(_scan: Scan, _at: str, _value: object) -> None:
    """Accept what was checked already, or what Slack does not look at."""


def flag(scan: Scan, at: str, value: object) -> None:
    """Ask for true or false."""
    if not isinstance(value, bool):
        scan.refuse(at, "must provide a boolean")


def free_object(scan: Scan, at: str, value: object) -> None:
    """Ask for an object and leave its inside alone."""
    if not isinstance(value, dict):
        scan.refuse(at, "must provide an object")


def number(scan: Scan, at: str, value: object) -> None:
    """Ask for a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        scan.refuse(at, "must provide a number")


def string(most: int, least: int = 1) -> Check:
    """Ask for a string of `least` to `most` characters; only blanks count as empty."""

    def check(scan: Scan, at: str, value: object) -> None:
        if not isinstance(value, str):
            scan.refuse(at, "must provide a string")
        elif len(value) > most:
            scan.refuse(at, f"must be less than {most + 1} characters")
        elif least and not value.strip():
            scan.refuse(at, f"must be more than {least - 1} characters")

    return check


def matching(pattern: str, text: str, most: int = 255) -> Check:
    """Ask for a string of a given form; `text` says which."""
    form = re.compile(pattern)

    def check(scan: Scan, at: str, value: object) -> None:
        if not isinstance(value, str):
            scan.refuse(at, "must provide a string")
        elif len(value) > most:
            scan.refuse(at, f"must be less than {most + 1} characters")
        elif not form.fullmatch(value):
            scan.refuse(at, text)

    return check


def whole(least: int, most: int) -> Check:
    """Ask for a whole number from `least` to `most`."""

    def check(scan: Scan, at: str, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            scan.refuse(at, "must provide an integer")
        elif not least <= value <= most:
            scan.refuse(at, f"must be from {least} to {most}")

    return check


def one_of(*words: str) -> Check:
    """Ask for one of a few words."""

    def check(scan: Scan, at: str, value: object) -> None:
        if not isinstance(value, str) or value not in words:
            scan.refuse(at, f"must be a valid enum value: {', '.join(words)}")

    return check


def many(check: Check, least: int, most: int) -> Check:
    """Ask for a list of `least` to `most` items, each of which passes `check`."""

    def check_all(scan: Scan, at: str, value: object) -> None:
        if not isinstance(value, list | tuple):
            scan.refuse(at, "must provide an array")
            return
        if len(value) > most:
            scan.refuse(at, f"no more than {most} items allowed")
        elif len(value) < least:
            scan.refuse(at, f"no fewer than {least} items allowed")
        for index, item in enumerate(value):
            check(scan, f"{at}/{index}", item)

    return check_all


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with known fields; the rules across fields run once each field is sound."""

    fields: Mapping[str, Check]
    required: tuple[str, ...]
    rules: tuple[Rule, ...]

    def __call__(self, scan: Scan, at: str, value: object) -> None:
        """Check an object field by field."""
        if not isinstance(value, dict):
            scan.refuse(at, "must provide an object")
            return
        before = len(scan.found)
        for name in self.required:
            if name not in value:
                scan.refuse(at, f"missing required field: {name}")
        self._check_fields(scan, at, value)
        if len(scan.found) == before:
            for rule in self.rules:
                rule(scan, at, value)

    def _check_fields(self, scan: Scan, at: str, value: dict[str, Any]) -> None:
        for name, item in value.items():
            check = self.fields.get(name)
            if check:
                check(scan, f"{at}/{name}", item)
            else:
                scan.refuse(at, f"invalid additional property: {str(name)[:75]}")


def shape(required: str, /, *rules: Rule, **fields: Check) -> Shape:
    """Describe an object: the fields it must have, rules across fields, and every field it may have."""
    return Shape(fields, tuple(required.split()), rules)


def typed(table: Mapping[str, Check]) -> Check:
    """Ask for an object whose `type` is in the table, and check it as the table says."""

    def check(scan: Scan, at: str, value: object) -> None:
        if not isinstance(value, dict):
            scan.refuse(at, "must provide an object")
            return
        kind = value.get("type")
        known = table.get(kind) if isinstance(kind, str) else None
        if known:
            known(scan, at, value)
        elif isinstance(kind, str):
            scan.refuse(f"{at}/type", f"unsupported type: {kind:.75}")
        else:
            scan.refuse(at, "missing required field: type")

    return check


def shown_on(surfaces: tuple[Surface, ...], check: Check) -> Check:
    """Allow something on some surfaces only."""
    if surfaces == EVERYWHERE:
        return check

    def checked(scan: Scan, at: str, value: object) -> None:
        if scan.surface not in surfaces:
            scan.refuse(f"{at}/type", f"unsupported type on the surface {scan.surface}")
        check(scan, at, value)

    return checked


def at_least_one(*names: str) -> Rule:
    """Ask for one of several fields."""

    def rule(scan: Scan, at: str, value: dict[str, Any]) -> None:
        if not any(name in value for name in names):
            scan.refuse(at, f"must provide at least one of: {', '.join(names)}")

    return rule


def exactly_one(*names: str) -> Rule:
    """Ask for one of several fields and not for two."""

    def rule(scan: Scan, at: str, value: dict[str, Any]) -> None:
        if sum(name in value for name in names) != 1:
            scan.refuse(at, f"must provide exactly one of: {', '.join(names)}")

    return rule


def ordered(low: str, high: str) -> Rule:
    """Ask that one number is not above another."""

    def rule(scan: Scan, at: str, value: dict[str, Any]) -> None:
        if low in value and high in value and value[low] > value[high]:
            scan.refuse(f"{at}/{low}", f"must not be more than {high}")

    return rule
