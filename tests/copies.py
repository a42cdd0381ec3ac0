"""Databases that are furnished once and copied for each test: to fill one costs much more than to copy it."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from bot.migrate import upgrade
from tests.postgres import PostgresServer

_What = TypeVar("_What")
Furnish = Callable[[str], _What]
"""Fills the migrated, empty database at an address, leaves no connection to it, and says what is in it."""


@dataclass
class Copies(ABC):
    """Originals of one kind of database, by who furnished them; nobody opens one again."""

    kept: dict[Furnish[Any], tuple[str, Any]] = field(default_factory=dict, kw_only=True)

    @contextmanager
    def of(self, furnish: Furnish[_What]) -> Iterator[tuple[str, _What]]:
        """Give the address of a fresh copy, and what is in it."""
        if furnish not in self.kept:
            original = self.made()
            self.kept[furnish] = original, furnish(self.url(original))
        original, what = self.kept[furnish]
        copy = self.copied(original)
        yield self.url(copy), what
        self.dropped(copy)

    @abstractmethod
    def made(self) -> str:
        """Make a migrated, empty database and name it."""

    @abstractmethod
    def copied(self, original: str) -> str:
        """Copy a database and name the copy."""

    @abstractmethod
    def dropped(self, copy: str) -> None:
        """Throw a copy away."""

    @abstractmethod
    def url(self, name: str) -> str:
        """Give the address of a database."""


@dataclass
class SqliteCopies(Copies):
    """Copies of files; whoever closes a database last has its log written into its file."""

    migrated: Path
    folder: Path

    def made(self) -> str:
        return self.copied(str(self.migrated))

    def copied(self, original: str) -> str:
        return str(shutil.copy(original, self.folder / f"{uuid4().hex}.db"))

    def dropped(self, copy: str) -> None:
        for one in self.folder.glob(f"{Path(copy).name}*"):
            one.unlink()

    def url(self, name: str) -> str:
        return f"sqlite:///{name}"


@dataclass
class PostgresCopies(Copies):
    """Copies by the server itself, of databases to which nobody is connected."""

    server: PostgresServer

    def made(self) -> str:
        name = f"original_{uuid4().hex}"
        self.server.create_database(name)
        upgrade(self.url(name))
        return name

    def copied(self, original: str) -> str:
        name = f"copy_{uuid4().hex}"
        self.server.create_database(name, template=original)
        return name

    def dropped(self, copy: str) -> None:
        self.server.drop_database(copy)

    def url(self, name: str) -> str:
        return self.server.url(name)
