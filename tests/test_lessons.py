"""The shipped lessons: their words, their sources and their quizzes."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import library
from bot.schema_lessons import WORDS, Lesson, Question
from tests.test_content import CONTENT, PERCENT, authored_files

SHIPPED = library.load()
LESSONS = SHIPPED.lessons.values()
WEEKS = {"core": 52, "platform": 8, "native": 8, "plus": 8}
AFTER = {"core": "again", "platform": "stop", "native": "stop", "plus": "stop"}
LARGEST_SHARE = 0.6
"""Of a track's right answers, how many may stand at one place."""


def files() -> list[Path]:
    return sorted((CONTENT / "lessons").rglob("*.yaml"))


def post(lesson: Lesson) -> list[str]:
    """Give the parts that the channel sees."""
    term = (lesson.term.word, lesson.term.meaning)
    fact = [lesson.fact.text] if lesson.fact else []
    return [lesson.title, lesson.opening, lesson.idea, *lesson.activity, lesson.thread, lesson.question, *term, *fact]


def asked(question: Question) -> list[str]:
    return [question.text, *question.options, question.why]


def said(lesson: Lesson) -> list[str]:
    return post(lesson) + [part for question in lesson.quiz for part in asked(question)]


def twice(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def loose_percentages(lesson: Lesson) -> list[str]:
    """Find the percentages of a post that are neither invented, nor our simulation, nor research that it cites.

    The word of the week is left out: what a word means is no claim.
    """
    claims = lesson.opening, lesson.idea, *lesson.activity, lesson.thread, lesson.question
    text = " ".join(claims)
    cited = {found.source.kind for one in lesson.sources if (found := SHIPPED.cite(one))}
    carried = re.search(r"\binvented\b|\bour simulation\b", text) or cited & {"research", "case"} or lesson.fact
    return [] if carried else PERCENT.findall(text)


def unbalanced(text: str) -> list[str]:
    """Find lines whose bold or code Slack would leave open, and Markdown that is not Slack's."""
    lines = text.splitlines()
    return [one for one in lines if one.count("*") % 2 or one.count("`") % 2 or re.search(r"\*\*|^[-#] |\]\(", one)]


def test_the_tracks_have_their_weeks() -> None:
    assert {name: len(track) for name, track in SHIPPED.tracks.items()} == WEEKS
    assert list(SHIPPED.tracks) == list(WEEKS)
    assert {name: track.about.after for name, track in SHIPPED.tracks.items()} == AFTER


def test_every_file_is_a_lesson_or_a_track() -> None:
    assert {path.stem for path in files() if path.name != "track.yaml"} == set(SHIPPED.lessons)
    assert len(files()) == sum(WEEKS.values()) + len(WEEKS)


def test_no_lesson_is_named_in_code() -> None:
    folders = (CONTENT.parent / name for name in ("bot", "handlers"))
    code = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    assert code
    assert [one for one in SHIPPED.lessons if f'"{one}"' in code] == []


def test_the_words_of_lessons_are_held_against_the_banned_ones() -> None:
    assert set(files()) <= set(authored_files())


def test_titles_and_openings_are_not_used_twice() -> None:
    assert twice(one.title.lower() for one in LESSONS) == []
    assert twice(one.opening.lower() for one in LESSONS) == []


def test_topics_come_from_the_list_in_the_readme() -> None:
    listed = (CONTENT / "README.md").read_text("utf-8").partition("## Topics")[2]
    vocabulary = set(re.findall(r"^\| `([a-z-]+)` \|", listed, re.MULTILINE))
    assert vocabulary
    assert {topic for one in LESSONS for topic in one.topics} <= vocabulary
    assert [one.id for one in LESSONS if len(set(one.topics)) != len(one.topics)] == []


def test_every_must_have_of_a_checklist_has_a_lesson_in_the_core_track() -> None:
    taught = {topic for one in SHIPPED.tracks["core"] for topic in one.topics}
    phases = [phase for one in SHIPPED.checklists.values() for phase in one.phases]
    needed = [item for phase in phases for item in phase.items if item.level == "must" and item.topics]
    assert needed
    assert [item.id for item in needed if not taught & set(item.topics)] == []


def test_every_cause_of_a_retro_has_a_lesson_in_the_core_track() -> None:
    taught = {topic for one in SHIPPED.tracks["core"] for topic in one.topics}
    for cause in SHIPPED.causes.values():
        assert cause.topics, cause.cause
        assert set(cause.topics) <= taught, cause.cause


def test_a_lesson_fits_a_phone_and_half_an_hour() -> None:
    assert {one.id: one.words for one in LESSONS if one.words not in WORDS} == {}
    assert (WORDS[0], WORDS[-1]) == (150, 280)


def test_the_source_to_read_next_has_a_link() -> None:
    first = {one.id: SHIPPED.cite(one.sources[0]) for one in LESSONS}
    assert [name for name, cited in first.items() if not (cited and cited.source.url)] == []


@pytest.mark.parametrize("sign", ["!", "—", "–", "“", "”", "‘", "’"])  # noqa: RUF001 - these are what is looked for
def test_nobody_shouts_and_nothing_is_typeset(sign: str) -> None:
    assert [one.id for one in LESSONS if any(sign in part for part in said(one))] == []


def test_formatting_is_slacks_and_closed() -> None:
    assert {one.id: bad for one in LESSONS if (bad := [x for part in post(one) for x in unbalanced(part)])} == {}
    assert [one.id for one in LESSONS if re.search(r"[*_`]", one.opening)] == []
    assert unbalanced("fine *bold*\n*open\n**wrong**\n- a\n[a](b)") == ["*open", "**wrong**", "- a", "[a](b)"]


def test_steps_are_numbered_by_the_post() -> None:
    assert [one.id for one in LESSONS if any(re.match(r"[\d•(-]", step) for step in one.activity)] == []


def test_no_percentage_stands_without_a_word_on_where_it_is_from() -> None:
    assert {one.id: loose for one in LESSONS if (loose := loose_percentages(one))} == {}


def test_a_loose_percentage_would_be_found() -> None:
    plain = next(one for one in LESSONS if one.id == "do-we-need-ai")
    claim = plain.model_copy(update={"idea": "Nine in ten fail, or 90%."})
    assert loose_percentages(claim) == ["90%"]
    assert loose_percentages(plain.model_copy(update={"idea": "It finds 90% (invented)."})) == []


def test_the_readme_says_how_far_each_cited_source_was_read() -> None:
    cited = {found.source for one in LESSONS for name in one.sources if (found := SHIPPED.cite(name))}
    table = (CONTENT / "README.md").read_text("utf-8").partition("### How sources were checked")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    told = Counter(key for row in rows for key in re.findall(r"`([A-Z0-9-]+)`", row))
    assert told == Counter(source.key for source in cited if source.kind != "own")


def test_a_legal_fact_is_no_legal_advice() -> None:
    facts = {one.id: (one.fact, SHIPPED.cite(one.fact.source)) for one in LESSONS if one.fact}
    laws = {name: fact.text for name, (fact, cited) in facts.items() if cited and cited.source.kind == "law"}
    assert laws
    assert [name for name, text in laws.items() if not text.endswith("This is no legal advice.")] == []


def test_a_lesson_names_only_commands_that_exist() -> None:
    named = {name for one in LESSONS for part in said(one) for name in re.findall(r"/aipm ([\w-]+)", part)}
    assert named
    assert named <= set(SHIPPED.checklists)


@pytest.mark.parametrize("name", WEEKS)
def test_right_answers_stand_at_every_place(name: str) -> None:
    places = Counter(question.answer for one in SHIPPED.tracks[name] for question in one.quiz)
    assert set(places) >= {1, 2, 3}
    assert max(places.values()) / places.total() <= LARGEST_SHARE


def test_no_quiz_has_all_its_right_answers_at_one_place() -> None:
    several = [one for one in LESSONS if len(one.quiz) > 1]
    assert several
    assert [one.id for one in several if len({question.answer for question in one.quiz}) == 1] == []


def test_options_fit_after_escaping() -> None:
    options = [(one.id, option) for one in LESSONS for question in one.quiz for option in question.options]
    assert [name for name, option in options if len(html.escape(option, quote=False)) > 75] == []
