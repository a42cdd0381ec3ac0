"""Records as files."""

from collections.abc import Iterator, Mapping

from bot.learning.model import Prompt, Record, TeamRecord
from bot.schema_lessons import Lesson

Lessons = Mapping[str, Lesson]


def record(of: Record, lessons: Lessons) -> str:
    """Write what a person did, as Markdown."""
    did = (f"- {_day(one)}{_title(one.lesson, lessons)} (week {one.week} of {one.of}, {one.track})" for one in of.did)
    quizzes = (
        f"- {one.at:%Y-%m-%d} {_title(one.lesson, lessons)}: {one.right} of {one.of} right" for one in of.quizzes
    )
    rest = {heading: (f"- {one}" for one in rows) for heading, rows in of.elsewhere.items()}
    return _page("What I did", {"Lessons": did, "Quizzes": quizzes} | rest)


def team_record(of: TeamRecord, lessons: Lessons) -> str:
    """Write what a channel was given and how many did it, as Markdown; people are named by Slack's ids."""
    posted = [one for one in of.given if one.posted_at]
    given = (
        f"- {_day(one)}{_title(one.lesson, lessons)}: {len(one.done)} did it"
        + (", put aside" if one.state == "ended" else "")
        for one in posted
    )
    people = (f"- {user}: {count}" for user, count in of.people.items())
    return _page("What this channel learned", {"Lessons": given, "Who did how many": people})


def _page(title: str, parts: Mapping[str, Iterator[str]]) -> str:
    lines = [f"# {title}", ""]
    for heading, rows in parts.items():
        lines += [f"## {heading}", "", *(list(rows) or ["None yet."]), ""]
    return "\n".join(lines)


def _day(prompt: Prompt) -> str:
    return f"{prompt.posted_at:%Y-%m-%d} " if prompt.posted_at else ""


def _title(lesson: str, lessons: Lessons) -> str:
    found = lessons.get(lesson)
    return " ".join(found.title.split()) if found else lesson
