"""`aipm sandbox`: starts the pretend Slack and, as its child, the bot."""

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from sandbox.app import create_app
from sandbox.child import Child, ChildError, aipm, environment
from sandbox.manifest import Manifest
from sandbox.state import Workspace, app_token, new_workspace
from sandbox.wire import DroppableProtocol

PORT = 8700
EVENTS_PATH = "/slack/events"


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the sandbox ends the streams and the bot first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def run(argv: Sequence[str]) -> int:
    """Run the sandbox until Ctrl+C; give the exit code."""
    options = _options(argv)
    if os.environ.get("AIPM_ENV") == "production":
        sys.stderr.write("aipm: the sandbox does not run where AIPM_ENV is production.\n")
        return 2
    try:
        listener = listen(options.port)
    except OSError as error:
        sys.stderr.write(f"aipm: port {options.port} is taken ({error}). Choose another with --port.\n")
        return 2
    return asyncio.run(_main(options, listener))


def listen(port: int) -> socket.socket:
    """Open a socket on loopback; there is no option for any other address."""
    return socket.create_server(("127.0.0.1", port), backlog=1024)


def server_for(app: Starlette) -> Server:
    """Make the HTTP server for a sandbox app."""
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return Server(config)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aipm sandbox", description="A pretend Slack in your browser.")
    parser.add_argument("--port", type=int, default=PORT, help=f"0 for any free one (default {PORT})")
    parser.add_argument("--database", help="another database URL; kept between runs (default: a fresh file)")
    parser.add_argument("--socket", action="store_true", help="connect the bot over Socket Mode")
    parser.add_argument("--json", action="store_true", help="print a SANDBOX_READY line for programs")
    alone = parser.add_argument_group("without a bot of its own")
    alone.add_argument("--no-bot", action="store_true", help="start the Slack side only")
    alone.add_argument("--bot-url", default="http://127.0.0.1:3000", help="where that bot listens")
    alone.add_argument("--token", help="the bot token (default: a random one)")
    alone.add_argument("--signing-secret", help="the signing secret (default: a random one)")
    alone.add_argument("--manifest", type=Path, help="a manifest file (default: what `aipm manifest` prints)")
    return parser.parse_args(argv)


async def _main(options: argparse.Namespace, listener: socket.socket) -> int:
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    bot_url = options.bot_url.rstrip("/") if options.no_bot else f"http://127.0.0.1:{_free_port()}"
    token = options.token or f"xoxb-sandbox-{secrets.token_hex(16)}"
    secret = options.signing_secret or secrets.token_hex(16)
    place = _place(options, base_url, bot_url, token, secret)
    try:
        ws = new_workspace(base_url, token, secret, await _prepared(options, place))
    except ChildError as error:
        sys.stderr.write(f"aipm: {error}\n")
        return 1
    child = None if options.no_bot else Child(ws, bot_url, *place)
    ws.tick = child.tick if child else None
    return await _serve(options, listener, ws, bot_url, child)


def _place(
    options: argparse.Namespace, base_url: str, bot_url: str, token: str, secret: str
) -> tuple[dict[str, str], Path]:
    """Give the bot's environment and its folder, which is not ours: a .env file there is for a real Slack."""
    if options.no_bot:
        return environment(os.environ, {}), Path(tempfile.gettempdir())
    folder = Path("var").resolve() / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "SLACK_BOT_TOKEN": token,
        "SLACK_SIGNING_SECRET": secret,
        "SLACK_API_URL": f"{base_url}/api/",
        "HOST": "127.0.0.1",
        "PORT": bot_url.rpartition(":")[2],
        "DATABASE_URL": _absolute(options.database) if options.database else _fresh_database(),
    }
    return environment(os.environ, settings | ({"SLACK_APP_TOKEN": app_token(token)} if options.socket else {})), folder


async def _prepared(options: argparse.Namespace, place: tuple[dict[str, str], Path]) -> Manifest:
    """Read the manifest and, at the same time, bring the bot's database up to date."""
    asked = ["manifest", *(["--socket"] if options.socket else [])]
    work = [aipm(*place, *asked)] if options.manifest is None else []
    work += [] if options.no_bot else [aipm(*place, "db", "upgrade")]
    printed = await asyncio.gather(*work)
    return Manifest(json.loads(options.manifest.read_text("utf-8") if options.manifest else printed[0]))


async def _serve(
    options: argparse.Namespace, listener: socket.socket, ws: Workspace, bot_url: str, child: Child | None
) -> int:
    server = server_for(create_app(ws, bot_url + EVENTS_PATH))
    leaving = _on_signals(ws, child)
    tasks = [asyncio.create_task(one) for one in (server.serve(sockets=[listener]), _left(leaving))]
    ended = tuple(tasks)
    try:
        if child:
            await child.start()
            tasks.append(asyncio.create_task(child.supervise()))
        _greet(options, ws, bot_url)
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
    except ChildError as error:
        if not child or not child.stopping:
            sys.stderr.write(f"aipm: {error}\n")
        return 1
    finally:
        await _end(server, child, tasks)
    return 0


def _absolute(url: str) -> str:
    """Read a relative SQLite path from here, not from the bot's folder."""
    scheme, mark, path = url.partition(":///")
    return f"{scheme}{mark}{Path(path).resolve()}" if scheme.startswith("sqlite") and path else url


def _fresh_database() -> str:
    """Delete the file of an earlier run: its cards would point at messages that are gone."""
    path = Path("var").resolve() / "sandbox.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return f"sqlite:///{path}"


async def _end(server: Server, child: Child | None, tasks: list[asyncio.Task[None]]) -> None:
    if child:
        await child.stop()  # first: it finishes its calls to us
    server.should_exit = True
    await asyncio.wait(tasks[:1], timeout=5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _left(leaving: asyncio.Event) -> None:
    await leaving.wait()


def _on_signals(ws: Workspace, child: Child | None) -> asyncio.Event:
    """Give what is set when somebody ends the program."""
    leaving = asyncio.Event()

    def leave() -> None:
        leaving.set()
        if child:
            child.stopping = True
        ws.close()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows ends the program by KeyboardInterrupt instead
            loop.add_signal_handler(name, leave)
    return leaving


def _greet(options: argparse.Namespace, ws: Workspace, bot_url: str) -> None:
    sys.stdout.write(f"The sandbox is ready: open {ws.base_url}/ in your browser. Ctrl+C ends it.\n")
    if options.json:
        ready = {
            "url": ws.base_url,
            "api_url": f"{ws.base_url}/api/",
            "bot_url": bot_url,
            "token": ws.token,
            "signing_secret": ws.signing_secret,
            "app_token": ws.app_token,
        }
        sys.stdout.write(f"SANDBOX_READY {json.dumps(ready)}\n")
    sys.stdout.flush()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
