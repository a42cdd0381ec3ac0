"""Tracks of lessons: a team's own stand beside the shipped ones, or are refused with file, line and field."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import library
from bot.__main__ import main
from bot.errors import ContentError
from bot.schema_lessons import About, Lesson

TRACK = """\
id: ours
title: Our track
summary: What we learn
"""
LESSON = f"""\
id: first
week: 1
title: The first lesson
minutes: 10
topics: [baseline]
opening: Stop here.
idea: >-
  {"word " * 150}
activity:
  - Look at it alone.
  - Talk about it.
thread: Reply with one line.
question: What would you do?
term:
  word: Baseline
  meaning: What must be beaten.
sources: [OURS page 2]
quiz:
  - text: Which one?
    options:
      - This
      - That
    answer: 2
    why: Because of that.
"""
SOURCES = """\
sources:
  - key: OURS
    title: Our notes
    organisation: Us
    year: "2026"
    kind: own
    url: https://example.com/notes
  - key: PAPER
    title: On paper only
    organisation: Us
    year: "2026"
    kind: own
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").write_text(SOURCES, "utf-8")
    write(tmp_path, "ours/track.yaml", TRACK)
    write(tmp_path, "ours/first.yaml", LESSON)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "lessons" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def lesson(name: str, week: int) -> str:
    return LESSON.replace("id: first", f"id: {name}").replace("week: 1", f"week: {week}")


def refusal(folder: Path) -> str:
    with pytest.raises(ContentError) as caught:
        library.load(folder)
    return str(caught.value)


def test_a_teams_own_track_stands_beside_the_shipped_ones(folder: Path) -> None:
    write(folder, "ours/another.yml", lesson("another", 2))
    shipped, found = library.load(), library.load(folder)
    assert set(found.tracks) - set(shipped.tracks) == {"ours"}
    assert set(found.lessons) - set(shipped.lessons) == {"first", "another"}
    ours = found.tracks["ours"]
    assert (len(ours), [one.id for one in ours]) == (2, ["first", "another"])
    assert (ours.about.order, ours.about.after) == (500, "stop")
    assert found.lessons["first"] is ours.lessons[0]


def test_tracks_stand_in_their_order_and_then_by_name(folder: Path) -> None:
    for name, order in (("b-track", 500), ("a-track", 500), ("z-track", 0)):
        write(folder, f"{name}/track.yaml", f"{TRACK.replace('ours', name)}order: {order}\n")
        write(folder, f"{name}/in-{name}.yaml", lesson(f"in-{name}", 1))
    tracks = list(library.load(folder).tracks)
    assert tracks[0] == "z-track"
    assert tracks[-3:] == ["a-track", "b-track", "ours"]


def test_a_folder_may_hold_lessons_and_no_checklist(folder: Path) -> None:
    (folder / "notes.yaml").write_text("just: notes\n")
    assert "ours" in library.load(folder).tracks
    (folder / "lessons").rename(folder / "lesson")
    assert f"lessons into {folder / 'lessons' / 'TRACK'}" in refusal(folder)


def test_hidden_folders_and_other_files_are_left_alone(folder: Path) -> None:
    write(folder, ".git/config.yaml", "a: b")
    write(folder, "__pycache__/x.yaml", "a: b")
    write(folder, "ours/notes.txt", "hello")
    assert [one.id for one in library.load(folder).tracks["ours"]] == ["first"]


# What is wrong with a lesson: the words that go, the words that come, line, field, and what is told

WRONG = {
    "not the file name": ("id: first", "id: fist", 1, "id", "'fist' is not the name of the file, 'first'"),
    "week 0": ("week: 1", "week: 0", 2, "week", "greater than or equal to 1"),
    "a hole": ("week: 1", "week: 2", 2, "week", "no lesson has week 1"),
    "title too long": ("The first lesson", "x" * 61, 3, "title", "at most 60 characters"),
    "too long for a meeting": ("minutes: 10", "minutes: 31", 4, "minutes", "less than or equal to 30"),
    "no topic": ("[baseline]", "[]", 5, "topics", "at least 1 item"),
    "one step": ("  - Talk about it.\n", "", 10, "activity", "at least 2 items"),
    "too few words": ("word " * 120, "", 7, "idea", "words in the post; write 150 to 280"),
    "too many words": ("word " * 20, "word " * 200, 7, "idea", "words in the post; write 150 to 280"),
    "unknown key": ("question: What", "colour: red\nquestion: What", 13, "colour", "Extra inputs"),
    "unknown source": ("OURS page 2", "GONE page 2", 17, "sources.0", "source 'GONE' is not known"),
    "no link": ("OURS page 2", "PAPER page 2", 17, "sources", "none of them has a link"),
    "unknown source of a fact": (
        "quiz:\n",
        "fact:\n  text: So it is.\n  source: GONE\n  last_checked: 2026-01-01\nquiz:\n",
        20,
        "fact.source",
        "source 'GONE' is not known",
    ),
    "no such option": ("answer: 2", "answer: 3", 23, "quiz.0.answer", "there is no option 3"),
    "option too long": ("      - That", f"      - {'x' * 76}", 22, "quiz.0.options.1", "at most 75 characters"),
    "twice the same option": ("      - That", "      - This", 21, "quiz.0.options", "two options are the same"),
}


@pytest.mark.parametrize(("old", "new", "at", "field", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_in_a_lesson_is_told_with_file_line_and_field(
    folder: Path, old: str, new: str, at: int, field: str, told: str
) -> None:
    assert old in LESSON
    path = write(folder, "ours/first.yaml", LESSON.replace(old, new, 1))
    said = refusal(folder)
    assert said.startswith(f"{path}:{at}: {field}: "), said
    assert told in said


def test_mistakes_in_several_lessons_are_told_at_once(folder: Path) -> None:
    for name in ("a", "b"):
        write(folder, f"ours/{name}.yaml", lesson(name, 2).replace("minutes: 10", "minutes: 99"))
    assert [line.split(":")[0][-6:] for line in refusal(folder).splitlines()] == ["a.yaml", "b.yaml"]


def test_a_week_belongs_to_one_lesson(folder: Path) -> None:
    path = write(folder, "ours/second.yaml", lesson("second", 1))
    first = path.with_name("first.yaml")
    assert refusal(folder) == f"{path}:2: week: week 1 is taken already, by {first}"


@pytest.mark.parametrize("where", ["in the same track", "in another track", "in the shipped ones"])
def test_the_id_of_a_lesson_is_taken_once(folder: Path, where: str) -> None:
    names: Mapping[str, str] = {
        "in the same track": "ours/first.yml",
        "in another track": "theirs/first.yaml",
        "in the shipped ones": f"ours/{next(iter(library.load().lessons))}.yaml",
    }
    write(folder, "theirs/track.yaml", TRACK.replace("ours", "theirs"))
    write(folder, "theirs/other.yaml", lesson("other", 1))
    path = write(folder, names[where], "")
    path.write_text(lesson(path.stem, 2), "utf-8")
    assert refusal(folder).startswith(f"{path}:1: id: {path.stem!r} is taken already, by ")


TRACKS = {
    "not the folder's name": ("id: ours", "id: theirs", 1, "id", "'theirs' is not the name of the folder, 'ours'"),
    "no title": ("title: Our track\n", "", 1, "title", "Field required"),
    "unknown key": ("summary:", "colour: red\nsummary:", 3, "colour", "Extra inputs"),
    "another end": ("summary:", "after: never\nsummary:", 3, "after", "'stop' or 'again'"),
}


@pytest.mark.parametrize(("old", "new", "at", "field", "told"), TRACKS.values(), ids=TRACKS)
def test_a_mistake_in_a_track_is_told_with_file_line_and_field(
    folder: Path, old: str, new: str, at: int, field: str, told: str
) -> None:
    path = write(folder, "ours/track.yaml", TRACK.replace(old, new, 1))
    said = refusal(folder)
    assert said.startswith(f"{path}:{at}: {field}: "), said
    assert told in said


@pytest.mark.parametrize(
    "name", ["subscribe", "now", "pause", "resume", "skip", "history", "stop", "record", "monday", "fri", "Ours"]
)
def test_a_track_is_not_called_like_a_word_of_the_command(folder: Path, name: str) -> None:
    write(folder, f"{name}/in.yaml", lesson("in", 1))
    path = write(folder, f"{name}/track.yaml", TRACK.replace("ours", name))
    assert refusal(folder).startswith(f"{path}:1: id: {name!r} is a word of /aipm learn or not in lower case")


def test_a_track_that_is_shipped_cannot_be_replaced(folder: Path) -> None:
    shipped = next(iter(library.load().tracks))
    write(folder, f"{shipped}/mine.yaml", lesson("mine", 1))
    path = write(folder, f"{shipped}/track.yaml", TRACK.replace("ours", shipped))
    assert refusal(folder) == f"{path}:1: id: {shipped!r} is taken already"


def test_a_folder_is_a_track_only_with_its_file_and_lessons(folder: Path) -> None:
    path = write(folder, "empty/track.yaml", TRACK.replace("ours", "empty"))
    assert refusal(folder).startswith(f"{path.parent}: a track needs lessons")
    path.unlink()
    assert refusal(folder).startswith(f"{path}: there is no such file")


def test_a_lesson_outside_a_track_is_told_where_to_go(folder: Path) -> None:
    path = write(folder, "stray.yaml", LESSON)
    assert refusal(folder) == f"{path}: put it into the folder of its track, {path.parent / 'TRACK' / 'stray.yaml'}"


def test_a_lesson_and_a_track_can_be_checked_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = library.load_file(folder / "lessons" / "ours" / "first.yaml")
    assert isinstance(found, Lesson)
    monkeypatch.chdir(folder / "lessons" / "ours")
    assert isinstance(library.load_file(Path("first.yaml")), Lesson)
    assert isinstance(library.load_file(Path("track.yaml")), About)


def test_the_command_tells_what_it_found(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIPM_CONTENT_DIR", raising=False)
    monkeypatch.chdir(folder)
    path = folder / "lessons" / "ours" / "first.yaml"
    assert [main(["content", "lint", str(one)]) for one in (path, path.with_name("track.yaml"), folder)] == [0, 0, 0]
    shipped = library.load()
    found = capsys.readouterr().out.splitlines()
    assert found[0].startswith(f"{path}: fine. 1")
    assert found[0].endswith(" words, a quiz of 1.")
    assert found[1].endswith("track.yaml: fine. A track.")
    assert f", {len(shipped.tracks) + 1} tracks, {len(shipped.lessons) + 1} lessons, " in found[2]
    path.write_text(LESSON.replace("minutes: 10", "minutes: 99"), "utf-8")
    assert main(["content", "lint", str(path)]) == 2
    assert f"aipm: {path}:4: minutes: " in capsys.readouterr().err
