"""content/ and a team's own folder, read into validated frozen objects; the only reader of content files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.errors import ContentError
from bot.schema import Checklist, Cited, Item, Source, SourceRegister, WrongAt

SHIPPED = Path(str(files("content")))
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Library:
    """All content that the coach speaks from."""

    checklists: Mapping[str, Checklist]
    sources: Mapping[str, Source]

    def cite(self, reference: str) -> Cited | None:
        """Resolve `KEY` or `KEY place`; None where a later edit has dropped the key."""
        key, _, place = reference.partition(" ")
        source = self.sources.get(key)
        return Cited(source=source, at=place) if source else None


def load(own: Path | None = None) -> Library:
    """Read the shipped content and a team's own; raise ContentError that names file, line and field."""
    folders = [SHIPPED] + ([_usable(own)] if own else [])
    sources: dict[str, Source] = {}
    checklists: dict[str, Checklist] = {}
    for folder in folders:
        for path in _yaml(folder, "sources"):
            _register(path, sources)
    for folder in folders:
        for path in _yaml(folder / "checklists", "*"):
            checklist = read(path, Checklist)
            if checklist.id in checklists:
                raise ContentError(f"{path}:{_line_of(path, ('id',))}: id: {checklist.id!r} is taken already")
            _check_references(path, checklist, sources)
            checklists[checklist.id] = checklist
    ordered = sorted(checklists.values(), key=lambda one: (one.order, one.id))
    return Library({one.id: one for one in ordered}, sources)


def load_file(path: Path) -> Checklist:
    """Read one checklist file, with the shipped sources; raise ContentError with what to mend."""
    checklist = read(path, Checklist)
    sources = dict(load().sources)
    for register in _yaml(path.parent.parent, "sources") if path.parent.parent != SHIPPED else []:
        _register(register, sources)
    _check_references(path, checklist, sources)
    return checklist


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


def _usable(folder: Path) -> Path:
    if not folder.is_dir():
        raise ContentError(f"{folder}: there is no such folder (named on the command line or by AIPM_CONTENT_DIR)")
    if not (folder / "checklists").is_dir() and set(_yaml(folder, "*")) - set(_yaml(folder, "sources")):
        raise ContentError(f"{folder}: put checklists into {folder / 'checklists'}; files beside it are not read")
    return folder


def _register(path: Path, sources: dict[str, Source]) -> None:
    for number, source in enumerate(read(path, SourceRegister).sources):
        if source.key in sources:
            line = _line_of(path, ("sources", number, "key"))
            raise ContentError(f"{path}:{line}: sources.{number}.key: {source.key!r} is taken already")
        sources[source.key] = source


def _yaml(folder: Path, stem: str) -> list[Path]:
    return sorted([*folder.glob(f"{stem}.yaml"), *folder.glob(f"{stem}.yml")])


def _check_references(path: Path, checklist: Checklist, sources: Mapping[str, Source]) -> None:
    unknown = [
        f"{path}:{_line_of(path, where)}: {'.'.join(map(str, where))}: source {reference.split(' ')[0]!r} is not known"
        for where, reference in _references(checklist)
        if reference.partition(" ")[0] not in sources
    ]
    if unknown:
        raise ContentError("\n".join(unknown))


def _references(checklist: Checklist) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for p, phase in enumerate(checklist.phases):
        for i, item in enumerate(phase.items):
            for field, reference in _named_by(item):
                yield ("phases", p, "items", i, *field), reference


def _named_by(item: Item) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from ((("sources", s), reference) for s, reference in enumerate(item.sources))
    if item.case:
        yield ("case", "source"), item.case.source
    if item.fact:
        yield ("fact", "source"), item.fact.source


def _problems(path: Path, error: ValidationError) -> Iterator[str]:
    found = [
        ((*one["loc"], *_place(one.get("ctx", {}).get("error"))), one["type"], one["msg"]) for one in error.errors()
    ]
    for where, kind, told in found:
        # A list whose members were all refused is told to be short as well; its members say what to mend.
        if kind == "too_short" and any(other != where and other[: len(where)] == where for other, _, _ in found):
            continue
        field = ".".join(str(part) for part in where) or "file"
        yield f"{path}:{_line_of(path, where)}: {field}: {told.removeprefix('Value error, ')}"


def _place(error: object) -> tuple[str | int, ...]:
    return error.at if isinstance(error, WrongAt) else ()


def _line_of(path: Path, where: tuple[str | int, ...]) -> int:
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
