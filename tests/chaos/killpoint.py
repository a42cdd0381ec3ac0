"""Runs `aipm serve`, or the command that is given, and dies, or freezes, at one point between two instructions.

    python -m tests.chaos.killpoint before|committed|asks|answered PATTERN KILL|STOP [COMMAND ...]

The point is a statement that matches PATTERN, before it is executed or right after the commit that contains it; or a
call of the Web API whose address matches, before it is made or when its answer is there. It counts once there is a
file named `armed`, so that what is caught up with at the start passes. It is found from outside, in SQLAlchemy and in
the HTTP client: the coach has no code for it.
"""

import os
import re
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partialmethod
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

ARMED = Path("armed")
ANSWER_LEAVES = 0.3
"""Seconds in which an answer that was given leaves the process; only the thread of the point waits."""

CALLS = {"asks": "on_request_start", "answered": "on_request_end"}
WHENS = ("before", "committed", *CALLS)


def arm(when: str, pattern: str, how: signal.Signals) -> None:
    """Wait for the point; it is reached once."""
    wanted = re.compile(pattern)

    def end() -> None:
        if not ARMED.exists():
            return
        ARMED.unlink()
        time.sleep(ANSWER_LEAVES if when == "before" else 0)
        os.kill(os.getpid(), how)

    if when in CALLS:
        _watch_calls(CALLS[when], wanted, end)
    else:
        _watch_statements(when, wanted, end)


def _watch_statements(when: str, wanted: re.Pattern[str], end: Callable[[], None]) -> None:
    mine = threading.local()
    commit = DefaultDialect.do_commit

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if wanted.search(statement) and ARMED.exists():
            mine.reached = True
            if when == "before":
                end()

    def do_commit(dialect: Any, connection: Any) -> None:  # noqa: ANN401 - a DBAPI connection has no type
        commit(dialect, connection)  # type: ignore[no-untyped-call]
        if getattr(mine, "reached", False):
            end()

    event.listen(Engine, "before_cursor_execute", look)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _watch_calls(moment: str, wanted: re.Pattern[str], end: Callable[[], None]) -> None:
    async def look(_session: object, _context: object, call: Any) -> None:  # noqa: ANN401 - aiohttp has one per moment
        if wanted.search(str(call.url)):
            end()

    trace = aiohttp.TraceConfig()
    getattr(trace, moment).append(look)
    watched = partialmethod(aiohttp.ClientSession.__init__, trace_configs=[trace])
    aiohttp.ClientSession.__init__ = watched  # type: ignore[method-assign,assignment]


def main(arguments: Sequence[str]) -> None:
    """Run the coach up to the point."""
    when, pattern, how, *command = arguments
    arm(when, pattern, signal.Signals[f"SIG{how}"])
    sys.argv = ["aipm", *(command or ["serve"])]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
