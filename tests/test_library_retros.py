"""The questions of a retro: shipped, replaced by a team's own, or refused with file, line and field."""

from pathlib import Path

import pytest

from bot import library
from bot.errors import ContentError
from bot.library import SHIPPED
from bot.schema_retros import PLACES, SHOWN, Question

SHIPPED_FILE = SHIPPED / "retros" / "three-questions.yaml"
OWN = """\
id: three-questions
last_reviewed: 2026-01-01
licence_note: Ours.
blameless: We look at the work.
questions:
  - {id: expected, heading: What, text: What?, prompts: [A?, B?, C?]}
  - {id: why, heading: So what, text: So what?, prompts: [A?, B?, C?]}
  - {id: keep, heading: Now what, text: Now what?, prompts: [A?, B?, C?]}
"""


def write(folder: Path, text: str = OWN, name: str = "three-questions.yaml") -> Path:
    (folder / "retros").mkdir(exist_ok=True)
    path = folder / "retros" / name
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_questions_have_prompts_enough() -> None:
    asked = library.load().questions.questions
    assert tuple(one.id for one in asked) == PLACES
    assert all(len(one.prompts) >= 2 * SHOWN for one in asked)
    assert all(prompt.endswith("?") for one in asked for prompt in one.prompts)


def test_prompts_take_turns_until_all_were_shown() -> None:
    for one in library.load().questions.questions:
        turns = [one.shown(turn) for turn in range(len(one.prompts))]
        assert all(len(set(shown)) == SHOWN for shown in turns)
        assert {prompt for shown in turns[:3] for prompt in shown} == set(one.prompts)
        assert turns[0] != turns[1]


def test_a_teams_own_questions_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    path = write(tmp_path)
    found = library.load(tmp_path)
    assert [one.text for one in found.questions.questions] == ["What?", "So what?", "Now what?"]
    assert found.checklists
    assert library.load_file(path) == found.questions


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: why", "id: keep", ":7: questions.1.id: expected 'why' here"),
        ("id: why", "id: how", ":7: questions.1.id: Input should be"),
        ("prompts: [A?, B?, C?]}\n  - {id: why", "prompts: [A?, B?]}\n  - {id: why", ":6: questions.0.prompts: Tuple"),
        ("[A?, B?, C?]}\n  - {id: why", "[A?, B?, A?]}\n  - {id: why", ":6: questions.0.prompts.2: this prompt"),
        ("What?", "x" * 151, ":6: questions.0.text: String should have at most 150 characters"),
        ("id: three-questions", "id: four-questions", ":1: id: 'four-questions' is not the name of the file"),
        (
            "licence_note: Ours.",
            "licence_note: Ours.\nsources: [NOBODY]",
            ":4: sources.0: source 'NOBODY' is not known",
        ),
        ("licence_note: Ours.", "licence_note: Ours.\ncolour: red", ":4: colour: Extra inputs are not permitted"),
        ("  - {id: keep, heading: Now what, text: Now what?, prompts: [A?, B?, C?]}\n", "", ":6: questions: Tuple"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = write(tmp_path, OWN.replace(old, new, 1))
    for read in (lambda: library.load(tmp_path), lambda: library.load_file(path)):
        with pytest.raises(ContentError) as caught:
            read()
        assert str(caught.value).startswith(f"{path}{told}")


def test_another_file_beside_it_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, name="borton.yaml")
    with pytest.raises(ContentError, match=r"holds three-questions\.yaml and nothing else"):
        library.load(tmp_path)
    assert path.exists()


def test_the_shipped_file_can_be_checked_alone() -> None:
    assert isinstance(library.load().questions.questions[0], Question)
    assert library.load_file(SHIPPED_FILE) == library.load().questions
