"""Pictures of numbers: a Vega-Lite specification becomes a PNG.

The library brings a JavaScript engine of some 80 MB, so that each picture is drawn by a process of its own, which ends.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

AT_ONCE = 2
"""Pictures that are drawn at once, some 80 MB each; the others wait in line."""

SECONDS = 30
_COMMAND = (sys.executable, "-m", "bot.charts")
_SHARPNESS = 2


@dataclass(frozen=True)
class Chart:
    """A picture: its file name, what it shows in words, and its specification."""

    name: str
    alt: str
    spec: Mapping[str, Any]


class NotDrawn(Exception):
    """The picture could not be drawn."""


@dataclass(frozen=True)
class Easels:
    """Where pictures are drawn: who waits for an easel keeps no thread that others need."""

    command: Sequence[str] = _COMMAND
    seconds: float = SECONDS
    _line: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="picture"), repr=False
    )

    def draw(self, chart: Chart) -> Future[bytes]:
        """Draw a picture when an easel is free; its PNG, or NotDrawn, comes in the future."""
        return self._line.submit(png, chart, self.command, self.seconds)


def png(chart: Chart, command: Sequence[str] = _COMMAND, seconds: float = SECONDS) -> bytes:
    """Draw a picture; raise NotDrawn. Blocks for about a second."""
    try:
        drawn = subprocess.run(  # noqa: S603 - our own module, without a shell
            command, input=json.dumps(chart.spec).encode(), capture_output=True, check=True, timeout=seconds
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotDrawn(type(error).__name__) from None
    return drawn.stdout


def _main() -> None:
    import vl_convert  # noqa: PLC0415 - only this process pays for it

    sys.stdout.buffer.write(vl_convert.vegalite_to_png(json.load(sys.stdin), scale=_SHARPNESS))


if __name__ == "__main__":
    _main()
