"""What an AI system is called, and how a person's words become a name and a version."""

import re
from dataclasses import dataclass

from bot.blocks import line
from bot.errors import NameTooLong

NAME_LIMIT = 200
VERSION_LIMIT = 40
# The last word is a version if it is `v` or nothing plus digits and dots, or a date.
_VERSION = re.compile(r"v?\d+(?:\.\d+)*|\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4}", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A system as a person names it; `version` is empty where none was given."""

    name: str
    version: str = ""

    def __post_init__(self) -> None:
        if len(self.name) > NAME_LIMIT or len(self.version) > VERSION_LIMIT:
            raise NameTooLong

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    @property
    def key(self) -> tuple[str, str]:
        """Give what makes two spellings the same system: `Fraud  Model V3` is `fraud model v3`."""
        return self.name.casefold(), self.version.casefold().removeprefix("v")


@dataclass(frozen=True)
class System:
    """A system of a workspace."""

    id: int
    workspace: str
    named: Named


def parse(text: str) -> Named | None:
    """Read `Fraud model v3`; None for an empty text. A single word is always the name."""
    words = line(text).split(" ")
    if not words[0]:
        return None
    if len(words) > 1 and _VERSION.fullmatch(words[-1]):
        return Named(" ".join(words[:-1]), words[-1])
    return Named(" ".join(words))
