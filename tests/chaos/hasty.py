"""Runs the coach with short waits, and by a clock that a test can set wrong.

    python -m tests.chaos.hasty [POINT PATTERN KILL|STOP] COMMAND ...

All waits keep their proportions: what is longer than another stays so. Seconds in a file `ahead-PORT` are how far
the clock of the process with that PORT is ahead.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType

from bot import __main__, app, slack
from bot.outbox import dispatcher, store
from handlers import service
from tests.chaos import killpoint
from tests.chaos.children import Bot

PROMPT = 1.0
LEASE = 3.0
GRACE = 4.0
LOOK_AGAIN = 0.5
WAITS: Mapping[ModuleType, Mapping[str, object]] = {
    slack: {"TIMEOUT": 1},
    store: {"LEASE": timedelta(seconds=LEASE)},
    dispatcher: {"PROMPT": PROMPT},
    service: {
        "TICK": 0.5,
        "Dispatcher": partial(
            dispatcher.Dispatcher, grace=timedelta(seconds=GRACE), look_again=timedelta(seconds=LOOK_AGAIN)
        ),
    },
}


def shorten() -> None:
    """Put the short waits and the clock in the place of the usual ones; a KeyError tells of one that has moved."""
    for module, waits in WAITS.items():
        places = vars(module)
        places.update({name: (places[name], value)[1] for name, value in waits.items()})
    (app.build.__kwdefaults__ or {}).update(now=_now)


def set_clock(bot: Bot, ahead: float) -> None:
    """Set a coach's clock wrong by so many seconds."""
    new = bot.folder / f"new-{bot.port}"
    new.write_text(str(ahead), "ascii")
    new.replace(bot.folder / f"ahead-{bot.port}")


def _now() -> datetime:
    ahead = Path(f"ahead-{os.environ['PORT']}")
    return datetime.now(UTC) + timedelta(seconds=float(ahead.read_text("ascii")) if ahead.exists() else 0)


if __name__ == "__main__":
    shorten()
    if sys.argv[1] in killpoint.WHENS:
        killpoint.main(sys.argv[1:])
    else:
        sys.exit(__main__.main(sys.argv[1:]))
