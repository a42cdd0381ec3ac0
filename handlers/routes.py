"""What is registered: commands, controls, forms and shortcuts, each with its handler."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.app import Coach
from handlers.requests import Reply, Request

Handler = Callable[[Request, Coach], Reply]


@dataclass(frozen=True)
class Command:
    """A sub-command, as help shows it."""

    name: str
    usage: str
    summary: str
    group: str
    handler: Handler


@dataclass
class Routes:
    """What is registered by decorator; a second registration of a name is a mistake and is refused."""

    commands: dict[str, Command] = field(default_factory=dict)
    words: dict[str, Command] = field(default_factory=dict)
    actions: dict[str, Handler] = field(default_factory=dict)
    submissions: dict[str, Handler] = field(default_factory=dict)
    shortcuts: dict[str, Handler] = field(default_factory=dict)
    home: Handler | None = None
    anything: Handler | None = None

    def command(self, name: str, usage: str, summary: str, group: str) -> Callable[[Handler], Handler]:
        """Register a sub-command."""

        def register(handler: Handler) -> Handler:
            _add(self.commands, name, Command(name, usage, summary, group, handler))
            return handler

        return register

    def word(self, name: str, usage: str, summary: str, group: str) -> Callable[[Handler], Handler]:
        """Register the second word of a sub-command, as "learn pause"; its first word's handler looks it up here."""

        def register(handler: Handler) -> Handler:
            _add(self.words, name, Command(name, usage, summary, group, handler))
            return handler

        return register

    def action(self, *ids: str) -> Callable[[Handler], Handler]:
        """Register the handler of one or more controls."""
        return self._into(self.actions, ids)

    def submission(self, *ids: str) -> Callable[[Handler], Handler]:
        """Register the handler of a submitted modal."""
        return self._into(self.submissions, ids)

    def shortcut(self, *ids: str) -> Callable[[Handler], Handler]:
        """Register the handler of a message shortcut."""
        return self._into(self.shortcuts, ids)

    def _into(self, table: dict[str, Handler], ids: tuple[str, ...]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for one in ids:
                _add(table, one, handler)
            return handler

        return register


def _add(table: dict[str, Any], name: str, value: object) -> None:
    if name in table:
        raise ValueError(f"{name!r} is registered twice")
    table[name] = value


routes = Routes()
