"""Runs the coach as `aipm serve` does, with shorter waits: no test sits through Slack's time-outs.

`redraws` shortens only the pause between two drawings of a card; `everything` the rest, too, so that a card that
was left behind is found at once.
"""

import sys
from datetime import timedelta
from functools import partial

from bot import __main__, slack
from bot.delivery import store
from bot.delivery.drawer import Drawer
from handlers import service

service.Drawer = partial(Drawer, spacing=0.1)  # type: ignore[assignment,attr-defined]  # it is only called
if sys.argv[1:] == ["everything"]:
    slack.TIMEOUT = 1
    store.GRACE = timedelta(seconds=1.3)  # type: ignore[attr-defined]  # imported there by name
    service.TICK = 0.3  # type: ignore[assignment]  # a number of seconds

if __name__ == "__main__":
    sys.exit(__main__.main(["serve"]))
