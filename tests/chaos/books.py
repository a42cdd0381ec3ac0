"""What the database holds, read past the coach."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text

from tests.chaos.children import Bot

Json = dict[str, Any]
_UNSETTLED = (
    "SELECT count(*) FROM cards WHERE state IN ('ready', 'sending', 'unknown') OR (state = 'sent' AND undrawn <> 0)"
)


@dataclass(frozen=True)
class Card:
    """A card as the database has it."""

    delivery_id: str
    state: str
    ts: str | None
    asked_by: str
    channel: str


@dataclass(frozen=True)
class Books:
    """A database that a coach works on."""

    url: str

    async def settled(self, seconds: float) -> bool:
        """Wait until no card is behind or in doubt; False if that takes too long."""
        deadline = asyncio.get_running_loop().time() + seconds
        while await asyncio.to_thread(self._count, _UNSETTLED):
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    def cards(self) -> list[Card]:
        """List all cards."""
        with self._open() as connection:
            found = connection.execute(text("SELECT kind, subject_id, state, ts, asked_by, channel_id FROM cards"))
            return [Card(f"{row[0]}-{row[1]}", *row[2:]) for row in found]

    def newest_clicks(self) -> dict[str, int]:
        """Give for each item, as run-1/item, the time of the newest click that was saved."""
        with self._open() as connection:
            found = connection.execute(text("SELECT run_id, item_id, clicked FROM answers"))
            return {f"run-{row[0]}/{row[1]}": row[2] for row in found}

    def let_a_minute_pass(self) -> None:
        """Make every post that was begun a minute older, as if the machine had been off."""
        then = datetime.now(UTC) - timedelta(minutes=1)
        told = then.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if self.url.startswith("sqlite") else "+00:00")
        with self._open() as connection:
            connection.execute(text("UPDATE cards SET claimed_at = :then WHERE claimed_at IS NOT NULL"), {"then": told})

    def deliveries(self) -> dict[str, str]:
        """Give the state of every delivery, in the order of their slots."""
        with self._open() as connection:
            found = connection.execute(text("SELECT id, state FROM deliveries ORDER BY slot"))
            return {row[0]: row[1] for row in found}

    def let_minutes_pass(self) -> None:
        """Make every delivery that was begun four minutes older, and let every lease end."""
        then = datetime.now(UTC) - timedelta(minutes=4)
        told = {"then": then.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if self.url.startswith("sqlite") else "+00:00")}
        with self._open() as connection:
            connection.execute(text("UPDATE deliveries SET sending_at = :then WHERE sending_at IS NOT NULL"), told)
            connection.execute(text("UPDATE deliveries SET retry_at = :then WHERE retry_at IS NOT NULL"), told)
            connection.execute(text("UPDATE lanes SET lease_until = :then"), told)

    def _count(self, query: str) -> int:
        with self._open() as connection:
            return int(connection.execute(text(query)).scalar_one())

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            yield connection


def exported(bot: Bot) -> list[Json]:
    """Give every run as `aipm export` writes it."""
    with TemporaryDirectory() as folder:
        bot.run("export", "--format", "json", "--to", folder)
        return [json.loads(one.read_text("utf-8")) for one in sorted(Path(folder).glob("*.json"))]
