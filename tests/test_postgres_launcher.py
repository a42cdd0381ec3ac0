"""The tests' own PostgreSQL starts, serves, clones, survives a crash, and never outlives the tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import PREFIX, PostgresMissing, PostgresServer, binaries, copy_installation, skip_reason

ROOT = Path(__file__).parent.parent
MISSING = skip_reason()
needs_postgres = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has /proc, and tells a process that its parent has died"
)
HOLD = """
import time
from tests.postgres import PostgresServer
with PostgresServer.start() as server:
    print(server.process.pid, server.folder, flush=True)
    time.sleep(600)
"""


def ask(server: PostgresServer, dbname: str, query: str) -> object:
    with psycopg.connect(server.url(dbname).replace("+psycopg", ""), autocommit=True) as connection:
        found = connection.execute(query.encode())
        return found.fetchall() if found.description else None


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer.start() as running:
        yield running


@needs_postgres
def test_a_database_is_made_filled_cloned_and_dropped(server: PostgresServer) -> None:
    server.create_database("model-1")
    ask(server, "model-1", "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept ✓')")
    server.create_database("copy", template="model-1")
    assert ask(server, "copy", "SELECT text FROM note") == [("kept ✓",)]
    ask(server, "copy", "DELETE FROM note")
    assert ask(server, "model-1", "SELECT count(*) FROM note") == [(1,)]
    server.drop_database("copy")
    server.drop_database("model-1")
    with pytest.raises(psycopg.OperationalError):
        ask(server, "copy", "SELECT 1")


@needs_postgres
def test_a_database_is_dropped_under_an_open_connection(server: PostgresServer) -> None:
    server.create_database("busy")
    with psycopg.connect(server.url("busy").replace("+psycopg", "")) as open_one:
        server.drop_database("busy")
        with pytest.raises(psycopg.OperationalError):
            open_one.execute("SELECT 1")


@needs_postgres
def test_nothing_listens_outside_this_machine_and_letters_fold_as_in_production(server: PostgresServer) -> None:
    assert ask(server, "postgres", "SHOW listen_addresses") == [("127.0.0.1",)]
    assert ask(server, "postgres", "SELECT lower('ÄRGER')") == [("ärger",)]


@needs_postgres
def test_fsync_is_off_unless_asked_for_and_a_crash_keeps_what_was_committed(server: PostgresServer) -> None:
    assert ask(server, "postgres", "SHOW fsync") == [("off",)]
    with PostgresServer.start(fsync=True) as durable:
        assert ask(durable, "postgres", "SHOW fsync") == [("on",)]
        ask(durable, "postgres", "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept')")
        durable.crash()
        with pytest.raises(psycopg.OperationalError):
            ask(durable, "postgres", "SELECT 1")
        durable.resume()
        assert ask(durable, "postgres", "SELECT text FROM note") == [("kept",)]


@needs_postgres
@on_linux
def test_a_crashed_server_that_nobody_resumed_leaves_nothing_either() -> None:
    with PostgresServer.start() as crashed:
        processes = family(crashed)
        crashed.crash()
    assert not crashed.folder.exists()
    wait_until_none_is_alive(processes)


@needs_postgres
@on_linux
def test_nothing_is_left_when_the_tests_end() -> None:
    with PostgresServer.start() as short:
        processes = family(short)
        assert len(processes) > 3
    assert not short.folder.exists()
    assert not [pid for pid in processes if alive(pid)]


@needs_postgres
@on_linux
def test_killing_the_tests_ends_the_server_and_the_next_run_clears_its_folder() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    with holder.stdout:
        pid, folder = holder.stdout.readline().split()
    processes = [int(pid), *children(int(pid))]
    assert all(alive(one) for one in processes)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    wait_until_none_is_alive(processes)
    # Folders younger than a minute are let be: another run may be about to lock its own.
    hour_ago = time.time() - 3600
    os.utime(folder, (hour_ago, hour_ago))
    with PostgresServer.start():
        assert not Path(folder).exists()


@needs_postgres
@pytest.mark.skipif(os.geteuid() != 0, reason="only root hides an installation from the server's user")
def test_an_installation_that_the_server_may_not_read_is_copied_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    monkeypatch.setenv("PGBIN", str(copy_installation(binaries(), hidden)))
    hidden.chmod(0o700)
    with PostgresServer.start() as server:
        assert server.bin.is_relative_to(server.folder)
        assert ask(server, "postgres", "SELECT 1") == [(1,)]
    assert hidden.stat().st_mode & 0o777 == 0o700


@needs_postgres
def test_a_folder_in_use_is_not_cleared_by_another_run(server: PostgresServer) -> None:
    hour_ago = time.time() - 3600
    os.utime(server.folder, (hour_ago, hour_ago))
    with PostgresServer.start() as other:
        assert other.folder != server.folder
        assert other.folder.name.startswith(PREFIX)
    assert ask(server, "postgres", "SELECT 1") == [(1,)]


def test_a_missing_server_is_a_reason_to_skip_and_in_ci_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert "PostgreSQL NOT TESTED" in (skip_reason(places=[]) or "")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(PostgresMissing, match="PGBIN"):
        skip_reason(places=[])


def family(server: PostgresServer) -> list[int]:
    assert server.process
    return [server.process.pid, *children(server.process.pid)]


def children(pid: int) -> list[int]:
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [one for one in numbers if state_and_parent(one)[1] == pid]


def alive(pid: int) -> bool:
    return state_and_parent(pid)[0] not in {"gone", "Z"}  # a zombie only waits to be counted


def state_and_parent(pid: int) -> tuple[str, int]:
    try:
        after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "gone", 0
    return after_the_name[0], int(after_the_name[1])


def wait_until_none_is_alive(processes: list[int]) -> None:
    deadline = time.monotonic() + 15
    while left := [one for one in processes if alive(one)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.05)
