"""Transactions, turns, repeated requests and UTC times, on both databases."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from bot import database as module
from bot.database import SCHEMA, Actor, Database, metadata, seen
from bot.errors import AlreadyDone, Busy, SetupError
from bot.systems import store as systems
from bot.systems.model import Named
from tests.samples import NOW

ASKED = Actor("T1", "UANA", "c:1")


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    opened = Database(postgresql_url)
    yield opened
    opened.close()


def requests_in(database: Database) -> int:
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(seen)).scalar_one()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_what_is_written_is_read(database: Database) -> None:
    with database.write() as tx:
        systems.ensure(database, tx, "T1", Named("Fraud"))
    with database.read() as tx:
        assert [one.named.name for one in systems.named_like(tx, "T1", Named("Fraud"))] == ["Fraud"]


def test_an_error_takes_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.write(ASKED, NOW) as tx:
            systems.ensure(database, tx, "T1", Named("Fraud"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.read() as tx:
        assert systems.named_like(tx, "T1", Named("Fraud")) == []
    assert requests_in(database) == 0


def test_a_request_acts_once(database: Database) -> None:
    with database.write(ASKED, NOW):
        pass
    with pytest.raises(AlreadyDone), database.write(ASKED, NOW):
        raise AssertionError("it ran twice")
    assert requests_in(database) == 1


def test_a_request_delivered_to_two_threads_at_once_acts_once(database: Database) -> None:
    together = threading.Barrier(2)

    def act(_: int) -> bool:
        together.wait()
        try:
            with database.write(ASKED, NOW) as tx:
                tx.execute(text("SELECT 1"))
                time.sleep(0.02)
        except AlreadyDone:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, range(2))) == [False, True]


def test_a_request_that_was_taken_back_may_come_again(database: Database) -> None:
    with pytest.raises(LookupError), database.write(ASKED, NOW):
        raise LookupError
    with database.write(ASKED, NOW):
        pass


def test_an_actor_without_a_request_may_repeat(database: Database) -> None:
    for _ in range(2):
        with database.write(Actor("T1", "UANA"), NOW):
            pass
    assert requests_in(database) == 0


def test_another_workspace_may_have_the_same_request_id(database: Database) -> None:
    for workspace in ("T1", "T2"):
        with database.write(Actor(workspace, "UANA", "c:1"), NOW):
            pass
    assert requests_in(database) == 2


def test_old_requests_are_forgotten_and_young_ones_are_not(database: Database) -> None:
    for request, age in (("old", timedelta(days=2, seconds=1)), ("young", timedelta(days=1, hours=23))):
        with database.write(Actor("T1", "UANA", request), NOW - age):
            pass
    database.forget_requests(NOW)
    with database.read() as tx:
        assert tx.execute(select(seen.c.request)).scalars().all() == ["young"]


def test_a_reader_cannot_write_on_sqlite(sqlite: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"), sqlite.read() as tx:
        sqlite.add(tx, seen, {"workspace_id": "T1", "request": "r", "at": NOW})


def test_a_reader_is_not_kept_waiting_by_a_writer(database: Database) -> None:
    with database.write() as tx:
        systems.ensure(database, tx, "T1", Named("Fraud"))
        with database.read() as other:
            assert systems.named_like(other, "T1", Named("Fraud")) == []


def test_foreign_keys_hold(database: Database) -> None:
    orphan = "INSERT INTO responses (run_id, workspace_id) VALUES (4711, 'T1')"
    with pytest.raises(IntegrityError), database.write() as tx:
        tx.execute(text(orphan))


@pytest.mark.usefixtures("patience")
def test_fifty_writers_at_once_all_get_their_turn(database: Database) -> None:
    def write(number: int) -> None:
        with database.write(Actor("T1", "UANA", f"c:{number}"), NOW):
            pass

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(write, range(50)))
    assert requests_in(database) == 50


def test_waiting_writers_are_served_in_the_order_in_which_they_came(sqlite: Database) -> None:
    served: list[int] = []

    def write(number: int) -> None:
        with sqlite.write():
            served.append(number)

    with sqlite.write():
        threads = []
        for number in range(8):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            wait_until(lambda: len(sqlite._turns._waiting) == len(threads))  # noqa: SLF001 - who waits is no one else's business
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def test_a_writer_that_waits_too_long_is_told_so_and_leaves_the_queue(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)

    def too_late() -> None:
        with pytest.raises(Busy), sqlite.write():
            raise AssertionError("it got a turn")

    with sqlite.write(), ThreadPoolExecutor(1) as pool:
        pool.submit(too_late).result()
    with sqlite.write():
        pass


def test_a_row_that_stays_locked_is_told_so(postgresql: Database) -> None:
    with postgresql.write() as tx:
        systems.ensure(postgresql, tx, "T1", Named("Fraud"))
    lock = text("SELECT id FROM systems FOR UPDATE")
    with postgresql.write() as tx:
        tx.execute(lock)
        with pytest.raises(Busy), postgresql.write() as other:
            other.execute(lock)


def test_a_second_process_that_holds_the_file_is_told_so(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)
    other = Database(sqlite.url.render_as_string(hide_password=False), checkpoints=False)
    try:
        with sqlite.write(), pytest.raises(Busy), other.write():
            raise AssertionError("two wrote at once")
    finally:
        other.close()


def test_other_database_errors_are_not_called_busy(database: Database) -> None:
    with pytest.raises(Exception, match=r"no such table|does not exist") as caught, database.write() as tx:
        tx.execute(text("SELECT * FROM nothing_of_ours"))
    assert not isinstance(caught.value, Busy)


def test_times_come_back_in_utc(database: Database) -> None:
    berlin = timezone(timedelta(hours=2))
    with database.write() as tx:
        database.add(tx, seen, {"workspace_id": "T1", "request": "r", "at": NOW.astimezone(berlin)})
    with database.read() as tx:
        back: datetime = tx.execute(select(seen.c.at)).scalar_one()
    assert back == NOW
    assert back.utcoffset() == timedelta(0)


def test_times_come_back_in_utc_from_a_server_in_another_zone(postgresql: Database) -> None:
    with postgresql.write() as tx:
        postgresql.add(tx, seen, {"workspace_id": "T1", "request": "r", "at": NOW})
    with postgresql.read() as tx:
        tx.execute(text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
        back: datetime = tx.execute(select(seen.c.at)).scalar_one()
    assert back == NOW
    assert back.isoformat() == "2026-03-02T09:30:00+00:00"


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="without a zone"), database.write() as tx:
        database.add(tx, seen, {"workspace_id": "T1", "request": "r", "at": naive})


def test_add_gives_nothing_for_a_second_row_and_put_replaces_it(database: Database) -> None:
    row = {"workspace_id": "T1", "request": "r", "at": NOW}
    later = NOW + timedelta(hours=1)
    with database.write() as tx:
        assert database.add(tx, seen, row) == "T1"
        assert database.add(tx, seen, row | {"at": later}) is None
        assert tx.execute(select(seen.c.at)).scalar_one() == NOW
        database.put(tx, seen, row | {"at": later})
        assert tx.execute(select(seen.c.at)).scalar_one() == later


def test_a_migrated_database_is_taken(database: Database) -> None:
    assert database.revision() == SCHEMA
    database.require_schema()


def test_an_empty_database_is_refused_with_what_to_do(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        assert database.revision() is None
        with pytest.raises(SetupError, match="Run: aipm db upgrade"):
            database.require_schema()
    finally:
        database.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_address_may_be_written_in_three_ways(scheme: str) -> None:
    database = Database(f"{scheme}://user@localhost/aipm")
    assert database.url.drivername == "postgresql+psycopg"
    database.close()


def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'aipm.db'}")
    with database.write():
        pass
    database.close()
    assert (tmp_path / "a" / "b" / "aipm.db").is_file()


def test_sqlite_is_as_safe_as_it_can_be(sqlite: Database) -> None:
    def told(pragma: str, *, writes: bool) -> object:
        with sqlite.write() if writes else sqlite.read() as tx:
            return tx.execute(text(f"PRAGMA {pragma}")).scalar_one()

    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert {name: told(name, writes=True) for name in wanted} == wanted
    assert told("query_only", writes=False) == 1
    assert told("wal_autocheckpoint", writes=True) == 1000
    assert told("wal_autocheckpoint", writes=False) == 0


def test_only_a_process_that_serves_checkpoints(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'aipm.db'}", checkpoints=False)
    with database.write() as tx:
        assert tx.execute(text("PRAGMA wal_autocheckpoint")).scalar_one() == 0
    database.close()


def test_every_table_names_its_workspace() -> None:
    without = [table.name for table in metadata.sorted_tables if "workspace_id" not in table.columns]
    assert without == []
    assert all(not table.columns["workspace_id"].nullable for table in metadata.sorted_tables)
