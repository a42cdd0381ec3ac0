"""Pictures of numbers: a Vega-Lite specification becomes a PNG.

The library brings a JavaScript engine of some 80 MB, so that each picture is drawn by a process of its own, which ends.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = 30
_SHARPNESS = 2


@dataclass(frozen=True)
class Chart:
    """A picture: its file name, what it shows in words, and its specification."""

    name: str
    alt: str
    spec: Mapping[str, Any]


class NotDrawn(Exception):
    """The picture could not be drawn."""


def png(chart: Chart) -> bytes:
    """Draw a picture; raise NotDrawn. Blocks for about a second."""
    command = [sys.executable, "-m", "bot.charts"]
    try:
        drawn = subprocess.run(  # noqa: S603 - our own module, without a shell
            command, input=json.dumps(chart.spec).encode(), capture_output=True, check=True, timeout=SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotDrawn(type(error).__name__) from None
    return drawn.stdout


def _main() -> None:
    import vl_convert  # noqa: PLC0415 - only this process pays for it

    sys.stdout.buffer.write(vl_convert.vegalite_to_png(json.load(sys.stdin), scale=_SHARPNESS))


if __name__ == "__main__":
    _main()
