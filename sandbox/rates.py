"""Slack's rate limits: a bucket for each method, and one for each channel that is posted to."""

import math
from dataclasses import dataclass, field

BURST_PER_CHANNEL = 5
POSTS_PER_MINUTE = 300
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""Slack's tiers; a method may use its whole minute at once."""


@dataclass
class Bucket:
    """Tokens that come back steadily."""

    size: float
    per_second: float
    left: float
    seen: float

    def take(self, now: float) -> float:
        """Take one token and give 0, or give the seconds until there is one."""
        self.left = min(self.size, self.left + (now - self.seen) * self.per_second)
        self.seen = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.per_second


@dataclass
class Rates:
    """All buckets of the workspace; switched off, nothing is counted."""

    enabled: bool = True
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def wait(self, method: str, tier: int, now: float) -> int:
        """Count one call of a method; give the whole seconds to wait, 0 if it may go ahead."""
        allowed = PER_MINUTE[tier]
        return self._take(method, allowed, allowed / 60, now)

    def wait_to_post(self, channel: str, now: float) -> int:
        """Count one message: about one a second in a channel, several hundred a minute in the workspace."""
        wait = self._take(f"post:{channel}", BURST_PER_CHANNEL, 1.0, now)
        return wait or self._take("post", POSTS_PER_MINUTE, POSTS_PER_MINUTE / 60, now)

    def _take(self, key: str, size: float, per_second: float, now: float) -> int:
        if not self.enabled:
            return 0
        bucket = self._buckets.setdefault(key, Bucket(size, per_second, size, now))
        return math.ceil(bucket.take(now))
