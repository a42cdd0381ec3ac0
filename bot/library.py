"""content/ and a team's own folder, read into validated frozen objects; the only way to content files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from bot.errors import ContentError
from bot.library_files import Place, check_sources, listed, read, wrong
from bot.library_lessons import in_a_track, load_part, load_tracks
from bot.schema import Checklist, Cited, Item, Source, SourceRegister
from bot.schema_causes import CauseItem, CauseItems
from bot.schema_lessons import About, Lesson, Track
from bot.schema_retros import Questions

__all__ = ["SHIPPED", "Library", "load", "load_file", "read"]

SHIPPED = Path(str(files("content")))
_QUESTIONS = "three-questions"


@dataclass(frozen=True)
class Library:
    """All content that the coach speaks from; checklists and tracks stand in their order."""

    checklists: Mapping[str, Checklist]
    sources: Mapping[str, Source]
    tracks: Mapping[str, Track] = field(default_factory=dict)
    lessons: Mapping[str, Lesson] = field(default_factory=dict)
    questions: Questions = field(default_factory=lambda: _questions([SHIPPED], _sources([SHIPPED])))
    causes: Mapping[str, CauseItem] = field(default_factory=dict)

    def cite(self, reference: str) -> Cited | None:
        """Resolve `KEY` or `KEY place`; None where a later edit has dropped the key."""
        key, _, place = reference.partition(" ")
        source = self.sources.get(key)
        return Cited(source=source, at=place) if source else None


def load(own: Path | None = None) -> Library:
    """Read the shipped content and a team's own; raise ContentError that names file, line and field."""
    folders = [SHIPPED] + ([_usable(own)] if own else [])
    sources = _sources(folders)
    tracks = load_tracks(folders, sources)
    lessons = {lesson.id: lesson for track in tracks.values() for lesson in track}
    checklists = _checklists(folders, sources)
    questions = _questions(folders, sources)
    return Library(checklists, sources, tracks, lessons, questions, _causes(checklists))


def load_file(path: Path) -> Checklist | Lesson | About | Questions:
    """Read one checklist, one file of `lessons/<track>/` or of `retros/`, with the sources of its content folder."""
    folder = path.resolve().parent.parent
    of_track = in_a_track(path)
    folder = folder.parent if of_track else folder
    sources = _sources([SHIPPED] if folder == SHIPPED.resolve() else [SHIPPED, folder])
    if path.resolve().parent.name == "retros":
        return _questions_of(path, sources)
    return load_part(path, sources) if of_track else _checklist(path, sources)


def _usable(folder: Path) -> Path:
    if not folder.is_dir():
        raise ContentError(f"{folder}: there is no such folder (named on the command line or by AIPM_CONTENT_DIR)")
    known = any((folder / name).is_dir() for name in ("checklists", "lessons", "retros"))
    if not known and set(listed(folder, "*")) - set(listed(folder, "sources")):
        told = f"put checklists into {folder / 'checklists'} and lessons into {folder / 'lessons' / 'TRACK'}"
        raise ContentError(f"{folder}: {told}; files beside them are not read")
    return folder


def _sources(folders: Sequence[Path]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for path in (one for folder in folders for one in listed(folder, "sources")):
        for number, source in enumerate(read(path, SourceRegister).sources):
            if source.key in sources:
                raise ContentError(wrong(path, ("sources", number, "key"), f"{source.key!r} is taken already"))
            sources[source.key] = source
    return sources


def _causes(checklists: Mapping[str, Checklist]) -> dict[str, CauseItem]:
    """Read the items for causes that come back; each names a phase that is there."""
    causes: dict[str, CauseItem] = {}
    for path in listed(SHIPPED, "causes"):
        for number, one in enumerate(read(path, CauseItems).causes):
            where = ("causes", number)
            phases = {phase.id for phase in checklists[one.checklist].phases} if one.checklist in checklists else set()
            if one.phase not in phases:
                raise ContentError(wrong(path, (*where, "phase"), f"no {one.phase!r} in {one.checklist!r}"))
            if one.cause in causes:
                raise ContentError(wrong(path, (*where, "cause"), f"{one.cause!r} is taken already"))
            causes[one.cause] = one
    return causes


def _checklists(folders: Sequence[Path], sources: Mapping[str, Source]) -> dict[str, Checklist]:
    checklists: dict[str, Checklist] = {}
    for path in (one for folder in folders for one in listed(folder / "checklists", "*")):
        checklist = _checklist(path, sources)
        if checklist.id in checklists:
            raise ContentError(wrong(path, ("id",), f"{checklist.id!r} is taken already"))
        checklists[checklist.id] = checklist
    return {one.id: one for one in sorted(checklists.values(), key=lambda one: (one.order, one.id))}


def _questions(folders: Sequence[Path], sources: Mapping[str, Source]) -> Questions:
    """Read the questions of a retro; a team's own take the place of the shipped ones."""
    found = [path for folder in folders for path in listed(folder / "retros", "*")]
    for path in found:
        if path.stem != _QUESTIONS:
            raise ContentError(f"{path}: a folder of retros holds {_QUESTIONS}.yaml and nothing else")
    return _questions_of(found[-1], sources)


def _questions_of(path: Path, sources: Mapping[str, Source]) -> Questions:
    questions = read(path, Questions)
    if questions.id != path.stem:
        raise ContentError(wrong(path, ("id",), f"{questions.id!r} is not the name of the file, {path.stem!r}"))
    check_sources(path, ((("sources", number), one) for number, one in enumerate(questions.sources)), sources)
    return questions


def _checklist(path: Path, sources: Mapping[str, Source]) -> Checklist:
    checklist = read(path, Checklist)
    check_sources(path, _references(checklist), sources)
    return checklist


def _references(checklist: Checklist) -> Iterator[tuple[Place, str]]:
    for p, phase in enumerate(checklist.phases):
        for i, item in enumerate(phase.items):
            for where, reference in _named_by(item):
                yield ("phases", p, "items", i, *where), reference


def _named_by(item: Item) -> Iterator[tuple[Place, str]]:
    yield from ((("sources", s), reference) for s, reference in enumerate(item.sources))
    if item.case:
        yield ("case", "source"), item.case.source
    if item.fact:
        yield ("fact", "source"), item.fact.source
