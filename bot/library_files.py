"""One content file: found, read through its model, or refused with file, line and field."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.errors import ContentError
from bot.schema import Source, WrongAt

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Model = TypeVar("_Model", bound=BaseModel)

Place = tuple[str | int, ...]
"""The way to a field from the top of its file: names of keys, numbers in lists."""


def listed(folder: Path, stem: str) -> list[Path]:
    """List the YAML files of a folder by name; the stem may be a pattern."""
    return sorted([*folder.glob(f"{stem}.yaml"), *folder.glob(f"{stem}.yml")])


def read(path: Path, model: type[_Model]) -> _Model:
    """Read one file; raise ContentError that names file, line and field of every problem."""
    try:
        data = yaml.load(path.read_text("utf-8"), _LOADER)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ContentError(f"{where}: not YAML: {getattr(error, 'problem', error)}") from None
    except UnicodeDecodeError:
        raise ContentError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise ContentError(f"{path}: {error.strerror}") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ContentError("\n".join(_problems(path, error))) from None


def wrong(path: Path, where: Place, told: str) -> str:
    """Say what is wrong with a field, after its file, line and name."""
    return f"{path}:{_line_of(path, where)}: {'.'.join(map(str, where)) or 'file'}: {told}"


def check_sources(path: Path, named: Iterable[tuple[Place, str]], sources: Mapping[str, Source]) -> None:
    """Refuse a file that names a source which no register holds."""
    unknown = [
        wrong(path, where, f"source {reference.split(' ')[0]!r} is not known")
        for where, reference in named
        if reference.partition(" ")[0] not in sources
    ]
    if unknown:
        raise ContentError("\n".join(unknown))


def _problems(path: Path, error: ValidationError) -> Iterator[str]:
    found = [
        ((*one["loc"], *_place(one.get("ctx", {}).get("error"))), one["type"], one["msg"]) for one in error.errors()
    ]
    for where, kind, told in found:
        # A list whose members were all refused is told to be short as well; its members say what to mend.
        if kind == "too_short" and any(other != where and other[: len(where)] == where for other, _, _ in found):
            continue
        yield wrong(path, where, told.removeprefix("Value error, "))


def _place(error: object) -> Place:
    return error.at if isinstance(error, WrongAt) else ()


def _line_of(path: Path, where: Place) -> int:
    """Walk the parsed tree to the field; stop at the deepest part that the file really has."""
    node = yaml.compose(path.read_text("utf-8"), _LOADER)
    for part in where:
        child = _child(node, part)
        if child is None:
            break
        node = child
    return int(node.start_mark.line) + 1 if node else 1


def _child(node: Any, part: str | int) -> Any:  # noqa: ANN401 - PyYAML's nodes have no common typed shape
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    return None
