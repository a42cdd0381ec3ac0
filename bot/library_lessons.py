"""The tracks of weekly lessons: a folder per track, a file per lesson."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.errors import ContentError
from bot.library_files import Place, check_sources, listed, read, wrong
from bot.schema import Source
from bot.schema_lessons import About, Lesson, Track

_ABOUT = "track"


def load_tracks(folders: Sequence[Path], sources: Mapping[str, Source]) -> dict[str, Track]:
    """Read `lessons/<track>/` of every content folder, in the tracks' order; ids are unique over all of them."""
    tracks: dict[str, Track] = {}
    taken: dict[str, Path] = {}
    for folder in (one for parent in folders for one in _folders(parent / "lessons")):
        about = _about(folder)
        if about.id in tracks:
            raise ContentError(wrong(folder / "track.yaml", ("id",), f"{about.id!r} is taken already"))
        tracks[about.id] = Track(about, _lessons(folder, sources, taken))
    return {one.about.id: one for one in sorted(tracks.values(), key=lambda one: (one.about.order, one.about.id))}


def load_lesson(path: Path, sources: Mapping[str, Source]) -> Lesson:
    """Read one lesson, named like its file, with known sources of which one has a link."""
    lesson = read(path, Lesson)
    if lesson.id != path.stem:
        raise ContentError(wrong(path, ("id",), f"{lesson.id!r} is not the name of the file, {path.stem!r}"))
    check_sources(path, _references(lesson), sources)
    if not any(sources[reference.partition(" ")[0]].url for reference in lesson.sources):
        raise ContentError(wrong(path, ("sources",), "none of them has a link; the post ends with one to read next"))
    return lesson


def load_part(path: Path, sources: Mapping[str, Source]) -> Lesson | About:
    """Read one file of a track's folder: a lesson, or what the track says about itself."""
    return _about(path.parent) if path.stem == _ABOUT else load_lesson(path, sources)


def in_a_track(path: Path) -> bool:
    """Tell by its place, `lessons/<track>/`, whether a file belongs to a track."""
    return path.resolve().parent.parent.name == "lessons"


def _folders(folder: Path) -> list[Path]:
    stray = listed(folder, "*")
    if stray:
        raise ContentError(f"{stray[0]}: put it into the folder of its track, {folder / 'TRACK' / stray[0].name}")
    return sorted(one for one in folder.glob("*") if one.is_dir() and one.name[0] not in "._")


def _about(folder: Path) -> About:
    path = folder / f"{_ABOUT}.yaml"
    if not path.is_file():
        raise ContentError(f"{path}: there is no such file; it gives the track its id, title and summary")
    about = read(path, About)
    if about.id != (name := folder.resolve().name):
        raise ContentError(wrong(path, ("id",), f"{about.id!r} is not the name of the folder, {name!r}"))
    return about


def _lessons(folder: Path, sources: Mapping[str, Source], taken: dict[str, Path]) -> tuple[Lesson, ...]:
    found: list[tuple[Lesson, Path]] = []
    problems: list[str] = []
    for path in (one for one in listed(folder, "*") if one.stem != _ABOUT):
        try:
            lesson = load_lesson(path, sources)
        except ContentError as error:
            problems.append(str(error))
            continue
        if lesson.id in taken:
            problems.append(wrong(path, ("id",), f"{lesson.id!r} is taken already, by {taken[lesson.id]}"))
        taken.setdefault(lesson.id, path)
        found.append((lesson, path))
    if problems:
        raise ContentError("\n".join(problems))
    return _in_weeks(folder, found)


def _in_weeks(folder: Path, found: Sequence[tuple[Lesson, Path]]) -> tuple[Lesson, ...]:
    if not found:
        raise ContentError(f"{folder}: a track needs lessons; there is no file beside {_ABOUT}.yaml")
    ordered = sorted(found, key=lambda one: (one[0].week, one[1]))
    for due, (lesson, path) in enumerate(ordered, 1):
        if lesson.week < due:
            raise ContentError(wrong(path, ("week",), f"week {lesson.week} is taken already, by {ordered[due - 2][1]}"))
        if lesson.week > due:
            raise ContentError(wrong(path, ("week",), f"no lesson has week {due}; count 1, 2, 3 without a hole"))
    return tuple(lesson for lesson, _ in ordered)


def _references(lesson: Lesson) -> Iterator[tuple[Place, str]]:
    yield from ((("sources", number), reference) for number, reference in enumerate(lesson.sources))
    if lesson.fact:
        yield ("fact", "source"), lesson.fact.source
