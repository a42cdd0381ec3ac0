"""Content files: read into frozen objects, or refused with file, line and field."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import library
from bot.app import build
from bot.errors import ContentError
from bot.settings import Settings

GOOD = """\
id: our-check
version: 3
title: Our check
summary: What we look at
intro: Work through it together.
last_reviewed: 2026-01-01
licence_note: Ours.
phases:
  - id: one
    title: Part one
    summary: The first part
    items:
      - id: O-1
        title: Look at the data
        hint: A sample of it
        check: Open a hundred rows.
        level: must
        sources: [OURS section 2]
      - id: O-2
        title: Ask somebody
        hint: Who knows it
        check: Ask.
        level: rec
"""
SOURCES = """\
sources:
  - key: OURS
    title: Our notes
    organisation: Us
    year: "2026"
    kind: own
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checklists").mkdir()
    (tmp_path / "sources.yaml").write_text(SOURCES, "utf-8")
    (tmp_path / "checklists" / "ours.yaml").write_text(GOOD, "utf-8")
    return tmp_path


def write(folder: Path, text: str, name: str = "ours.yaml") -> Path:
    path = folder / "checklists" / name
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path) -> str:
    with pytest.raises(ContentError) as caught:
        library.load(folder)
    return str(caught.value)


def test_a_teams_own_checklist_stands_beside_the_shipped_ones(folder: Path) -> None:
    shipped = library.load().checklists
    found = library.load(folder).checklists
    assert set(found) - set(shipped) == {"our-check"}
    assert (found["our-check"].version, found["our-check"].order, found["our-check"].rule) == (3, 500, "phases")


def test_checklists_stand_in_their_order_and_then_by_name(folder: Path) -> None:
    write(folder, GOOD.replace("our-check", "a-check"), "second.yaml")
    write(folder, GOOD.replace("our-check", "z-check\norder: 0"), "third.yaml")
    names = list(library.load(folder).checklists)
    assert names[0] == "z-check"
    assert names[-2:] == ["a-check", "our-check"]


def test_a_source_is_cited_with_its_place(folder: Path) -> None:
    found = library.load(folder)
    cited = found.cite("OURS section 2")
    assert cited
    assert (cited.source.title, cited.at) == ("Our notes", "section 2")
    assert found.cite("GONE") is None


def test_a_source_has_one_meaning(folder: Path) -> None:
    key = next(iter(library.load().sources))
    (folder / "sources.yaml").write_text(SOURCES + SOURCES.partition("\n")[2].replace("OURS", key))
    assert refusal(folder).endswith(f"sources.yaml:7: sources.1.key: {key!r} is taken already")


def test_what_was_read_cannot_be_changed(folder: Path) -> None:
    found = library.load(folder).checklists["our-check"]
    with pytest.raises(ValidationError, match="frozen"):
        found.phases[0].items[0].title = "Changed"  # type: ignore[misc]  # that it cannot be set is the point


def test_a_file_can_be_checked_alone(folder: Path) -> None:
    path = write(folder, GOOD.replace("        sources: [OURS section 2]\n", ""))
    assert library.load_file(path).id == "our-check"


# What is wrong: the line that goes, the line that comes, where it is told, and what is told

ITEM = "phases.0.items.0"
WRONG = {
    "unknown key": ("        level: must", "        level: must\n        colour: red", 18, f"{ITEM}.colour", "Extra"),
    "unknown key above": ("version: 3", "version: 3\nowner: me", 3, "owner", "Extra inputs are not permitted"),
    "title too long": ("Look at the data", "x" * 74, 14, f"{ITEM}.title", "at most 73 characters"),
    "hint too long": ("A sample of it", "x" * 76, 15, f"{ITEM}.hint", "at most 75 characters"),
    "no title": ("        title: Look at the data\n", "", 13, f"{ITEM}.title", "Field required"),
    "empty title": ("Look at the data", '" "', 14, f"{ITEM}.title", "at least 1 character"),
    "wrong level": ("level: must", "level: always", 17, f"{ITEM}.level", "'must' or 'rec'"),
    "wrong rule": ("version: 3", "version: 3\nrule: stars", 3, "rule", "'phases', 'bands' or 'response'"),
    "duplicate item": ("id: O-2", "id: O-1", 19, "phases.0.items.1.id", "duplicate item id: O-1"),
    "escaped title too long": (
        "Look at the data",
        f'"{"&" * 20}"',
        14,
        f"{ITEM}.title",
        "longer than 73 characters when",
    ),
    "reserved name": ("id: our-check", "id: help", 1, "id", "is a command of the coach"),
    "capital name": ("id: our-check", "id: Our-check", 1, "id", "not in lower case"),
    "no slug": ("id: our-check", "id: our check", 1, "id", "should match pattern"),
    "a list for words": ("summary: What we look at", "summary: [a]", 4, "summary", "valid string"),
    "wrong date": ("2026-01-01", "yesterday", 6, "last_reviewed", "date"),
    "unknown source": ("OURS section 2", "GONE section 2", 18, f"{ITEM}.sources.0", "source 'GONE' is not known"),
}


@pytest.mark.parametrize(("old", "new", "at", "field", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_with_file_line_and_field(
    folder: Path, old: str, new: str, at: int, field: str, told: str
) -> None:
    assert old in GOOD
    path = write(folder, GOOD.replace(old, new, 1))
    said = refusal(folder)
    assert said.startswith(f"{path}:{at}: {field}: "), said
    assert told in said


def test_every_mistake_of_a_file_is_told_at_once(folder: Path) -> None:
    path = write(folder, GOOD.replace("level: must", "level: always").replace("Ask somebody", "x" * 74))
    assert [line.split(": ")[:2] for line in refusal(folder).splitlines()] == [
        [f"{path}:17", "phases.0.items.0.level"],
        [f"{path}:20", "phases.0.items.1.title"],
    ]


def test_a_name_that_is_taken_is_refused(folder: Path) -> None:
    path = write(folder, GOOD, "twice.yaml")
    assert refusal(folder).startswith(f"{path}:1: id: 'our-check' is taken already")
    path.unlink()
    shipped = next(iter(library.load().checklists))
    write(folder, GOOD.replace("our-check", shipped))
    assert f"{shipped!r} is taken already" in refusal(folder)


def test_more_rows_than_a_card_has_are_refused(folder: Path) -> None:
    item = GOOD[GOOD.index("      - id: O-2") :]
    write(folder, GOOD + "".join(item.replace("O-2", f"X-{number}") for number in range(38)))
    assert "40 items in 1 phases; a card has 40 rows" in refusal(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("title: Part one", "title: Part two", ":24: phases.1.id: duplicate phase id: one"),
        ("id: one", "id: two", ":25: phases.1.title: duplicate phase title: Part one"),
    ],
)
def test_two_phases_of_one_id_or_title_are_refused(folder: Path, old: str, new: str, told: str) -> None:
    phase = GOOD[GOOD.index("  - id: one") :].replace("O-", "P-").replace(old, new)
    write(folder, GOOD + phase)
    assert told in refusal(folder)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"id: [", ":2: not YAML"),
        (b"id: our-check\n\ttitle: x", ":2: not YAML"),
        (b"just words", "file: Input should be a valid"),
        (b"", "file: Input should be a valid"),
        (b"- a\n- b", "file: Input should be a valid"),
        (b"id: \xff\xfe", "not UTF-8"),
        (b"!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_a_file_that_is_no_checklist_at_all_is_refused(folder: Path, raw: bytes, told: str) -> None:
    path = folder / "checklists" / "ours.yaml"
    path.write_bytes(raw)
    said = refusal(folder)
    assert said.startswith(str(path))
    assert told in said


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="nowhere"):
        library.load(tmp_path / "nowhere")


def test_other_files_in_the_folder_are_left_alone(folder: Path) -> None:
    (folder / "checklists" / "notes.txt").write_text("hello")
    (folder / "README.md").write_text("hello")
    assert "our-check" in library.load(folder).checklists


def test_the_coach_is_not_built_from_content_that_is_wrong(folder: Path) -> None:
    write(folder, GOOD.replace("level: must", "level: always"))
    settings = Settings(_env_file=None, aipm_content_dir=folder, database_url=f"sqlite:///{folder / 'aipm.db'}")
    with pytest.raises(ContentError, match=r"ours.yaml:17"):
        build(settings)
