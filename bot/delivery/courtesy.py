"""Lets people who wait for an answer go before work that nobody waits for."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LULL = 0.02
"""Seconds without a request after which other work may go on."""

COURTESY = 0.4
TURN = 0.1
"""Seconds, in turn, that other work keeps back and then goes on however many requests come: nothing starves."""


def take_short_turns() -> None:
    """Have the loop and the threads of this process take short turns.

    At Python's 5 ms an ack waits for drawings, and a post for its neighbours' transactions.
    """
    sys.setswitchinterval(0.0005)


@dataclass
class RightOfWay:
    """Knows when requests are being answered; the process has one."""

    clock: Callable[[], float] = time.monotonic
    _answering: int = 0
    _last: float = float("-inf")

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request from its arrival to its answer."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1
            self._last = self.clock()

    @property
    def is_free(self) -> bool:
        """Say whether other work may begin now."""
        now = self.clock()
        lull = not self._answering and now - self._last >= LULL
        return lull or now % (COURTESY + TURN) >= COURTESY

    async def give(self) -> None:
        """Wait until other work may begin: at most COURTESY, and a LULL to notice."""
        if not self.is_free:
            await asyncio.sleep(LULL)
            await self.give()
