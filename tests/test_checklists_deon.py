"""A deon checklist becomes one of ours, or a sentence says what to mend."""

from datetime import date
from pathlib import Path

import pytest

from bot import library
from bot.checklists import deon
from bot.errors import ContentError

TODAY = date(2026, 3, 2)
GOOD = """
title: Data Science Ethics Checklist
sections:
  - title: Data Collection
    section_id: A
    lines:
      - line_id: A.1
        line_summary: Informed consent
        line: If there are human subjects, have they given informed consent, and did they know what they agreed to?
      - line_id: A.2
        line_summary: Collection bias
        line: Have we considered sources of bias?
  - title: Data Storage & Care
    section_id: B
    lines:
      - line_id: B.1
        line_summary: Data security
        line: Do we have a plan to protect and secure data?
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "checklist.yml"
    path.write_text(GOOD, "utf-8")
    return path


def test_it_becomes_a_command_of_ours(source: Path, tmp_path: Path) -> None:
    path = deon.convert(source, tmp_path / "own", TODAY)
    assert path == tmp_path / "own" / "checklists" / "data-science-ethics-checklist.yaml"
    found = library.load(tmp_path / "own").checklists["data-science-ethics-checklist"]
    assert [phase.title for phase in found.phases] == ["Data Collection", "Data Storage & Care"]
    assert [item.id for phase in found.phases for item in phase.items] == ["A-1", "A-2", "B-1"]
    assert (found.version, found.last_reviewed) == (1, TODAY)


def test_its_words_are_kept_whole_where_there_is_room(source: Path, tmp_path: Path) -> None:
    found = library.load_file(deon.convert(source, tmp_path / "own", TODAY))
    first = found.phases[0].items[0]
    assert first.title == "Informed consent"
    assert first.check.startswith("If there are human subjects")
    assert first.check.endswith("what they agreed to?")
    assert first.hint.endswith("…")
    assert len(first.hint) <= 75
    assert {item.level for phase in found.phases for item in phase.items} == {"must"}


def test_another_name_may_be_given(source: Path, tmp_path: Path) -> None:
    assert deon.convert(source, tmp_path / "own", TODAY, "our-ethics").name == "our-ethics.yaml"


def test_a_file_that_is_there_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    path = deon.convert(source, tmp_path / "own", TODAY)
    path.write_text("ours", "utf-8")
    with pytest.raises(ContentError, match="--name"):
        deon.convert(source, tmp_path / "own", TODAY)
    assert path.read_text("utf-8") == "ours"


BROKEN = {
    "no section": ("sections:", "parts:", "sections"),
    "a line without words": ("        line: Have we considered sources of bias?\n", "", "line"),
    "two lines of one id": ("line_id: A.2", "line_id: A.1", "duplicate item id: A-1"),
    "an empty title": ("title: Data Science Ethics Checklist", "title: ''", "title"),
    "no id": ("line_id: A.2", "line_id: '...'", "id"),
    "not YAML": ("sections:", "sections: [", "not YAML"),
}


@pytest.mark.parametrize(("old", "new", "told"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_is_told_and_leaves_no_file(source: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    source.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ContentError, match=told):
        deon.convert(source, tmp_path / "own", TODAY)
    assert list((tmp_path / "own").rglob("*.yaml")) == []


@pytest.mark.parametrize(
    "name", ["help", "checklists", "retro", "Upper", "a b", "../outside", "x" * 50, "ethics-check"]
)
def test_a_name_that_is_taken_or_no_slug_is_refused(source: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentError):
        deon.convert(source, tmp_path / "own", TODAY, name)
    assert [path for path in tmp_path.rglob("*.yaml") if path != source] == []


@pytest.mark.parametrize("mark", ["&", "<", ">", "x", "&lt;", "ä"])
def test_long_words_are_shortened_to_what_slack_counts(source: Path, tmp_path: Path, mark: str) -> None:
    long = f"'{mark * 400}'"
    words = GOOD.replace("Informed consent", long).replace("Have we considered sources of bias?", long)
    words = words.replace("Data Storage & Care", long).replace("Data Science Ethics Checklist", "'Short'")
    source.write_text(words, "utf-8")
    found = library.load_file(deon.convert(source, tmp_path / "own", TODAY))
    assert found.phases[0].items[0].title.endswith("…")


def test_a_checklist_that_is_too_long_for_a_card_is_refused(source: Path, tmp_path: Path) -> None:
    line = "      - {line_id: X.%d, line_summary: More, line: More of it}\n"
    source.write_text(GOOD + "".join(line % number for number in range(40)), "utf-8")
    with pytest.raises(ContentError, match="a card has 40 rows"):
        deon.convert(source, tmp_path / "own", TODAY)
