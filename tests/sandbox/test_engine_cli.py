import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.child import environment
from sandbox.cli import run
from sandbox.client import SandboxClient
from tests.sandbox import engine

ROOT = Path(__file__).resolve().parents[2]
RUN = "import sys; from sandbox.cli import run; sys.exit(run(sys.argv[1:]))"


@contextmanager
def started(folder: Path, *options: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Start a sandbox process and read its SANDBOX_READY line."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "--json", "--port", "0", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        lines = iter(process.stdout.readline, "")
        ready = next((line for line in lines if line.startswith("SANDBOX_READY ")), None)
        assert ready, "the sandbox ended before it was ready"
        yield process, json.loads(ready.removeprefix("SANDBOX_READY "))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(15)
        process.stdout.close()


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(one) for one in listed.split()]


def alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and that nobody has collected yet (Z) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_production_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AIPM_ENV", "production")
    assert run(["--port", "0"]) == 2
    assert "does not run where AIPM_ENV is production" in capsys.readouterr().err


def test_a_taken_port_is_named(world: engine.World, capsys: pytest.CaptureFixture[str]) -> None:
    port = world.ws.base_url.rpartition(":")[2]
    assert run(["--port", port]) == 2
    assert f"port {port} is taken" in capsys.readouterr().err


def test_the_bot_gets_nothing_that_is_meant_for_a_real_slack(tmp_path: Path) -> None:
    outside = {
        "SLACK_BOT_TOKEN": "xoxb-real",
        "SLACK_APP_TOKEN": "xapp-real",
        "AIPM_ENV": "production",
        "DATABASE_URL": "postgresql://real",
        "PORT": "1",
        "PATH": "/bin",
        "AIPM_CONTENT_DIR": str(tmp_path / "own" / ".." / "own"),
    }
    env = environment(outside, {"PORT": "2"})
    assert "real" not in json.dumps(env)
    assert "AIPM_ENV" not in env
    assert (env["PATH"], env["PORT"]) == ("/bin", "2")
    assert env["AIPM_CONTENT_DIR"] == str(tmp_path / "own")


def test_the_slack_side_alone_starts_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(engine.manifest().data), "utf-8")
    options = ("--no-bot", "--token", engine.TOKEN, "--manifest", str(path))
    with started(tmp_path, *options) as (process, ready):
        assert ready["token"] == engine.TOKEN
        assert SandboxClient(ready["url"]).state()["limits"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not (tmp_path / "var").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_bot_runs_as_a_child_comes_back_when_it_dies_and_ends_with_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_APP_TOKEN=xapp-real\nSLACK_BOT_TOKEN=xoxb-real\n", "utf-8")
    with started(tmp_path, "--database", "sqlite:///own.db") as (process, ready):
        client = SandboxClient(ready["url"])
        assert client.person("anna").command("fraud-team", "/aipm help")["failed"] is None
        (bot,) = children(process.pid)
        os.kill(bot, signal.SIGKILL)
        client.until(lambda: client.state()["notice"])
        client.until(lambda: client.state()["notice"] is None, timeout=20)
        (again,) = children(process.pid)
        assert again != bot
        assert client.person("anna").command("fraud-team", "/aipm help")["failed"] is None
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    assert not alive(again)
    assert (tmp_path / "own.db").exists()
    assert not (tmp_path / "var" / "sandbox.db").exists()


def test_the_database_of_an_earlier_run_is_gone_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "sandbox.db").write_bytes(b"not even a database")
    with started(tmp_path) as (_process, ready):
        anna = SandboxClient(ready["url"]).person("anna")
        assert anna.command("fraud-team", "/aipm help")["failed"] is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_no_bot_is_left_behind_by_a_killed_sandbox(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _ready):
        (bot,) = children(process.pid)
        process.kill()
        process.wait(5)
        deadline = time.monotonic() + 15
        while alive(bot) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive(bot)
