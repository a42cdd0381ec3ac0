"""Runs `aipm serve`, or the command that is given, and dies, or freezes, at one point between two instructions.

    python -m tests.chaos.killpoint before|committed PATTERN KILL|STOP [COMMAND ...]

The point is a statement that matches PATTERN: before it is executed, or right after the commit that contains it. It
counts once there is a file named `armed`, so that what is caught up with at the start passes. It is found from
outside, in SQLAlchemy: the coach has no code for it.
"""

import os
import re
import runpy
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

ARMED = Path("armed")
ANSWER_LEAVES = 0.3
"""Seconds in which an answer that was given leaves the process; only the thread of the point waits."""


def arm(when: str, pattern: str, how: signal.Signals) -> None:
    """Wait for the point; it is reached once."""
    wanted, mine = re.compile(pattern), threading.local()
    commit = DefaultDialect.do_commit

    def end() -> None:
        ARMED.unlink()
        time.sleep(ANSWER_LEAVES if when == "before" else 0)
        os.kill(os.getpid(), how)

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if wanted.search(statement) and ARMED.exists():
            mine.reached = True
            if when == "before":
                end()

    def do_commit(dialect: Any, connection: Any) -> None:  # noqa: ANN401 - a DBAPI connection has no type
        commit(dialect, connection)  # type: ignore[no-untyped-call]
        if getattr(mine, "reached", False) and ARMED.exists():
            end()

    event.listen(Engine, "before_cursor_execute", look)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


if __name__ == "__main__":
    arm(sys.argv[1], sys.argv[2], signal.Signals[f"SIG{sys.argv[3]}"])
    sys.argv = ["aipm", *(sys.argv[4:] or ["serve"])]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
