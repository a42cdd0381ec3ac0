"""A clock that runs with the real one and can be moved ahead."""

import asyncio
import time


class Clock:
    """Real time plus an offset; what expires or is retried follows it, so that a test need not wait."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Give the time in Unix seconds."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock ahead and wake everyone who waits for a moment."""
        if seconds < 0:
            raise ValueError("The clock only moves forward.")
        self.offset += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait_until(self, moment: float) -> None:
        """Wait until the clock shows this moment."""
        while (left := moment - self.now()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                continue
