"""Engine, transactions and UTC datetimes; the only place that knows the dialect."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    Row,
    String,
    Table,
    TypeDecorator,
    create_engine,
    delete,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from bot.errors import AlreadyDone, Busy, SetupError

Transaction = Connection
"""What `read()` and `write()` give, under a name that tells nothing of the library."""

SCHEMA = "0004"
"""The migration that this code needs; a test keeps it equal to the newest file in migrations/versions."""

CONNECTIONS = 8
"""Readers of one process, and as many worker threads in the router."""

WAIT = 2.0
"""Seconds that a write waits for its turn before the person is told to try again."""

SEEN_FOR = timedelta(days=2)
"""How long a handled request is remembered; Slack repeats an event for at most 24 hours."""

_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime; a naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse what has no zone."""
        if value is not None and value.tzinfo is None:
            raise TypeError("a datetime without a zone reached the database")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give SQLite's naive values their zone back; PostgreSQL answers in the zone of its server."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


seen = Table(
    "seen",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("request", String(200), primary_key=True),
    Column("at", Utc, nullable=False, index=True),
)


@dataclass(frozen=True)
class Actor:
    """Who asks, in which workspace, and under which request id (empty where a repeat is harmless)."""

    workspace: str
    user: str
    request: str = ""


class _Turns:
    """A lock that serves waiters in the order in which they came; threading.Lock promises no order."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def take(self, timeout: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if not turn.wait(timeout):
            self._give_up(turn)

    def _give_up(self, turn: threading.Event) -> None:
        with self._guard:
            if not turn.is_set():  # else the turn came in this very moment, and is ours
                self._waiting.remove(turn)
                raise Busy

    def give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class Database:
    """Transactions on one database: `read()` for looking, `write()` for changing.

    SQLite has one writing connection per process, taken in turn; readers have their own and cannot write.
    PostgreSQL has one pool for both. Only a process that serves checkpoints the SQLite log.
    """

    def __init__(self, url: str, *, checkpoints: bool = True) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError:
            raise SetupError("DATABASE_URL is no address of a database, such as sqlite:///var/aipm.db") from None
        if self.url.drivername in {"postgres", "postgresql"}:
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if not self.is_sqlite and self.url.get_backend_name() != "postgresql":
            raise SetupError(f"DATABASE_URL: {self.url.get_backend_name()} is not supported; use sqlite or postgresql")
        self._turns = _Turns()
        self._checkpoints = checkpoints
        if self.is_sqlite:
            _make_folder(self.url)
            self._writer = _sqlite(self.url, writes=True, checkpoints=checkpoints)
            self._reader = _sqlite(self.url, writes=False, checkpoints=False)
        else:
            self._writer = self._reader = _postgresql(self.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only looks."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self, actor: Actor | None = None, now: datetime | None = None) -> Iterator[Connection]:
        """Open a transaction that changes; a repeat of the actor's request raises AlreadyDone.

        Raises Busy when the turn does not come within WAIT seconds.
        """
        if self.is_sqlite:
            self._turns.take(WAIT)
        try:
            with self._changing() as connection:
                if actor and actor.request:
                    self._once(connection, actor, now or datetime.now(UTC))
                yield connection
        except OperationalError as error:
            if "locked" in str(error.orig) or "lock timeout" in str(error.orig):
                raise Busy from error
            raise
        finally:
            if self.is_sqlite:
                self._turns.give()

    def _changing(self) -> AbstractContextManager[Connection]:
        """Begin on PostgreSQL's pool, or on SQLite's one writing connection, which whoever has the turn uses alone."""
        return _begun(self._one) if self.is_sqlite else self._writer.begin()

    @cached_property
    def _one(self) -> Connection:
        return self._writer.connect()

    def _once(self, connection: Connection, actor: Actor, now: datetime) -> None:
        row = {"workspace_id": actor.workspace, "request": actor.request[:200], "at": now}
        if self.add(connection, seen, row) is None:
            raise AlreadyDone

    def add(self, connection: Connection, table: Table, row: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Insert a row and give its (first) key; None if one with the same unique key exists."""
        return connection.execute(_adding(table, sqlite=self.is_sqlite), dict(row)).scalar()

    def add_all(
        self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *given: Column[Any]
    ) -> Sequence[Row[Any]]:
        """Insert rows, but none whose unique key exists; give these columns of those that were inserted."""
        if not rows:
            return ()
        done = connection.execute(_adding_all(table, given, sqlite=self.is_sqlite), [dict(row) for row in rows])
        return done.all() if given else ()

    def put(self, connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
        """Insert a row with all its columns, or replace the one with the same primary key."""
        connection.execute(_putting(table, sqlite=self.is_sqlite), dict(row))

    def count_on(self, connection: Connection, table: Table, key: Mapping[str, Any], column: str) -> int:
        """Add one to a counter, which begins at 1, and give what it is then; others wait for this transaction."""
        row = {**key, column: 1}
        return int(connection.execute(_counting(table, column, sqlite=self.is_sqlite), row).scalar_one())

    def take_turn(self, connection: Connection, name: str) -> None:
        """Have those who do something by the same name wait for each other; SQLite's writers do so anyway."""
        if not self.is_sqlite:
            connection.execute(_TURN, {"name": name})

    def forget_requests(self, now: datetime) -> None:
        """Drop the requests that Slack no longer repeats."""
        with self.write() as connection:
            connection.execute(delete(seen).where(seen.c.at < now - SEEN_FOR))

    def empty_log(self) -> bool:
        """Empty SQLite's log, in which what was deleted can still be read; False as long as somebody needs it."""
        if not self.is_sqlite:
            return True
        if not self._checkpoints:
            return False
        self._turns.take(WAIT)
        try:
            # Waiting for a reader here would have everybody else wait for their turn to write.
            return _emptied(self._one.connection.dbapi_connection)
        finally:
            self._turns.give()

    def revision(self) -> str | None:
        """Give the migration that the database stands at, or None for an empty one."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def require_schema(self) -> None:
        """Raise SetupError unless the database answers and stands where this code needs it."""
        trouble = self.trouble()
        if trouble:
            raise SetupError(f"The database does not answer: {trouble}. Run: aipm doctor")
        found = self.revision()
        if found != SCHEMA:
            raise SetupError(f"The database is at {found or 'nothing'}, not {SCHEMA}. Run: aipm db upgrade")

    def trouble(self) -> str | None:
        """Say in a line why the database cannot be used; None if it can."""
        try:
            self.revision()
        except (SQLAlchemyError, OSError) as error:
            return str(error).splitlines()[0]
        return None

    def close(self) -> None:
        """Close all connections."""
        if "_one" in vars(self):
            self._one.close()
        self._writer.dispose()
        self._reader.dispose()


# Building a statement costs more than running it, so those of every request are built once.
@cache
def _adding(table: Table, *, sqlite: bool) -> Executable:
    insert = sqlite_insert(table) if sqlite else postgresql_insert(table)
    return insert.on_conflict_do_nothing().returning(next(iter(table.primary_key)))


@cache
def _adding_all(table: Table, given: tuple[Column[Any], ...], *, sqlite: bool) -> Executable:
    insert = (sqlite_insert(table) if sqlite else postgresql_insert(table)).on_conflict_do_nothing()
    return insert.returning(*given) if given else insert


@cache
def _putting(table: Table, *, sqlite: bool) -> Executable:
    insert = sqlite_insert(table) if sqlite else postgresql_insert(table)
    keys = [column.name for column in table.primary_key]
    changes = {column.name: insert.excluded[column.name] for column in table.c if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=changes)


@cache
def _counting(table: Table, column: str, *, sqlite: bool) -> Executable:
    insert = sqlite_insert(table) if sqlite else postgresql_insert(table)
    keys = [one.name for one in table.primary_key]
    one_more = {column: table.c[column] + 1}
    return insert.on_conflict_do_update(index_elements=keys, set_=one_more).returning(table.c[column])


@contextmanager
def _begun(connection: Connection) -> Iterator[Connection]:
    with connection.begin():
        yield connection


def _emptied(connection: Any) -> bool:  # noqa: ANN401 - a DBAPI connection has no type
    connection.execute("PRAGMA busy_timeout=0")
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute(f"PRAGMA busy_timeout={int(WAIT * 1000)}")
    return not busy


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _postgresql(url: URL) -> Engine:
    options = "-c statement_timeout=10000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=30000"
    pool = {"pool_size": CONNECTIONS, "max_overflow": 4, "pool_pre_ping": True}
    return create_engine(url, connect_args={"options": options}, hide_parameters=True, **pool)


def _sqlite(url: URL, *, writes: bool, checkpoints: bool) -> Engine:
    """Make an engine whose transactions are ours: `isolation_level=None` keeps the driver from adding its own.

    Its errors do not show parameters, which are what people wrote.
    """
    arguments = {"isolation_level": None, "check_same_thread": False, "timeout": WAIT}
    if writes:
        pool: dict[str, Any] = {"poolclass": StaticPool}
    else:
        pool = {"pool_size": CONNECTIONS, "max_overflow": 4}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)
    pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"]
    pragmas += [] if writes else ["query_only=ON"]
    pragmas += [] if checkpoints else ["wal_autocheckpoint=0"]
    _on_connect(engine, pragmas)
    _on_begin(engine, "BEGIN IMMEDIATE" if writes else "BEGIN")
    return engine


def _on_connect(engine: Engine, pragmas: list[str]) -> None:
    @event.listens_for(engine, "connect")
    def _set(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")


def _on_begin(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)
