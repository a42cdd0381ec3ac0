"""What went over the wire, as the traffic drawer shows it."""

import re
from dataclasses import dataclass
from typing import Any, Literal

_TOKENS = re.compile(r"(xox[a-z]|xapp)-[\w-]+")


@dataclass(frozen=True)
class Traffic:
    """One request and its answer; "in" is what the bot called, "out" what the bot was sent."""

    at: float
    direction: Literal["in", "out"]
    name: str
    request: Any
    answer: Any
    status: int
    took_ms: float


def redact(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Blank out tokens in a piece of JSON."""
    if isinstance(value, dict):
        return {key: "[redacted]" if key == "token" else redact(one) for key, one in value.items()}
    if isinstance(value, list):
        return [redact(one) for one in value]
    return _TOKENS.sub(r"\1-[redacted]", value) if isinstance(value, str) else value
