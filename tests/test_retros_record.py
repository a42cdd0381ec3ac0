"""The record of retros: what is counted, drawn and exported."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from bot.charts import Chart, Easels, NotDrawn, png
from bot.database import Database
from bot.exports import FORMATS
from bot.installs.service import Installs
from bot.retros import store
from bot.retros.actions.service import Actions
from bot.retros.model import Action, NewAction, Retro, Words
from bot.retros.record import export, gaps, views
from bot.retros.record.chart import in_words, picture
from bot.retros.record.model import Wanted, how_long
from bot.retros.record.service import Records
from bot.retros.service import Retros
from bot.schema_causes import CauseItem
from tests.catalogue_retros_record import counted
from tests.samples import ANA, FRAUD, HERE, HOSTILE, NOW, THERE, Clock

CAUSE = {"cause": "data", "checklist": "c", "phase": "p", "title": "T", "hint": "H", "check": "C"}
WORDS = Words(named=FRAUD, kind="incident", expected="More alarms.", causes=("data", "luck"))
MARCH = datetime(2026, 3, 10, tzinfo=UTC)


def action(text: str = "Do it", *, began: datetime = NOW, ended: datetime | None = None, state: str = "") -> Action:
    standing = state or ("done" if ended else "open")
    frame: dict[str, Any] = {"workspace": "T1", "retro": 1, "number": 1, "channel": HERE, "system": "Fraud model v3"}
    due = (began + timedelta(days=14)).date()
    return Action(
        1, **frame, text=text, owner="UANA", due=due, proof="", state=standing, created_at=began, done_at=ended
    )


def retro(number: int, at: datetime, words: Words = WORDS, *actions: Action) -> Retro:
    return Retro(number, "T1", number, HERE, words, "UANA", at, 1, actions=actions)


def test_each_month_counts_what_happened_in_it() -> None:
    january = datetime(2026, 1, 5, tzinfo=UTC)
    done = action(began=january, ended=january + timedelta(days=40))
    stats = counted([retro(1, january, WORDS, done), retro(2, MARCH, replace(WORDS, causes=("data",)))], MARCH)
    assert [(one.name, one.retros, one.opened, list(one.days)) for one in stats.months] == [
        ("2026-01", 1, 1, []),
        ("2026-02", 0, 0, [40]),
        ("2026-03", 1, 0, []),
    ]
    assert stats.causes == [("data", 2), ("luck", 1)]


def test_a_year_is_shown_at_most_and_what_was_carried_over_counts_once() -> None:
    old = retro(1, datetime(2024, 1, 5, tzinfo=UTC), WORDS, action(state="carried"), action(state="open"))
    stats = counted([old], MARCH)
    assert (len(stats.months), stats.months[0].name, stats.months[-1].name) == (12, "2025-04", "2026-03")
    assert stats.open == 1


def test_what_is_overdue_is_overdue_everywhere_on_earth() -> None:
    due = retro(1, MARCH, WORDS, action(began=MARCH - timedelta(days=14)))
    assert counted([due], MARCH + timedelta(days=1, hours=11)).overdue == 0
    assert counted([due], MARCH + timedelta(days=1, hours=12)).overdue == 1


def test_what_is_older_than_a_year_is_told_apart() -> None:
    old = retro(1, datetime(2024, 1, 5, tzinfo=UTC), WORDS, action(began=datetime(2024, 1, 5, tzinfo=UTC)))
    assert views.in_words(counted([old, retro(2, MARCH, WORDS, action(began=MARCH))], MARCH)) == (
        "*2 retros* in all. 2 actions open today, 1 overdue. The last 12 months: 1 retro, 1 action agreed, 0 done. "
        "Named most as a cause: data 1, luck 1."
    )


def test_picture_and_table_and_words_count_the_same() -> None:
    at = [MARCH - timedelta(days=days) for days in (500, 200, 90, 30, 0)]
    ended = at[4] - timedelta(days=1)
    listed = [
        retro(1, at[0], WORDS, action(began=at[0]), action(began=at[0], ended=ended)),
        retro(2, at[1], WORDS, action(began=at[1], state="carried")),
        retro(3, at[2], replace(WORDS, causes=("luck",)), action(began=at[2]), action(began=at[2], ended=at[3])),
        retro(4, at[4], replace(WORDS, causes=()), action(began=at[4])),
    ]
    stats = counted(listed, MARCH)
    rows = next(one for one in views.stats(stats).payload()["blocks"] if one["type"] == "table")["rows"][1:]
    table = [[cell["text"] for cell in row] for row in rows]
    causes, actions, days = picture(stats).spec["vconcat"]
    assert _sum(row[1] for row in table) == stats.lately == 3
    assert _drawn(actions, "times", what="opened") == _sum(row[3] for row in table) == stats.opened == 3
    assert _drawn(actions, "times", what="done") == _sum(row[4] for row in table) == len(stats.days) == 2
    assert {name: _drawn(causes, "times", cause=name) for name in ("Data", "Luck")} == {"Data": 1, "Luck": 2}
    assert [(one["month"], f"{one['days']:g}") for one in days["data"]["values"]] == [
        (row[0], row[5]) for row in table if row[5] != "-"
    ]
    assert "luck 2, data 1. Actions: 3 opened, 2 done." in in_words(stats)
    assert "The last 12 months: 3 retros, 3 actions agreed, 2 done." in views.in_words(stats)
    assert "3 actions open today" in views.in_words(stats)


def _sum(cells: Iterable[str]) -> int:
    return sum(int(one) for one in cells)


def _drawn(chart: Mapping[str, Any], value: str, **of: str) -> int:
    rows = chart["data"]["values"]
    return sum(int(row[value]) for row in rows if all(row[name] == wanted for name, wanted in of.items()))


def test_the_numbers_are_said_in_words_too() -> None:
    done = action(ended=NOW + timedelta(days=9))
    stats = counted([retro(1, NOW, WORDS, done, action())], MARCH)
    assert views.in_words(stats) == (
        "*1 retro* in all. 2 actions agreed, 1 done, 1 open. What is done took 9 days or less. "
        "Named most as a cause: data 1, luck 1."
    )
    assert in_words(stats) == (
        "Three charts, 2026-01 to 2026-03. Causes named in retros: data 1, luck 1. "
        "Actions: 2 opened, 1 done. What is done took 9 days or less."
    )


def test_a_chart_that_would_be_empty_is_left_out() -> None:
    chart = picture(counted([retro(1, NOW, WORDS, action())], MARCH))
    assert [one["title"] for one in chart.spec["vconcat"]] == ["Causes named in retros", "Actions"]
    assert chart.alt.startswith("Two charts, ")


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([], ""),
        ([0], "What is done took less than a day."),
        ([1, 1], "Half of what is done took one day or less."),
        ([2, 3], "Half of what is done took 2.5 days or less."),
    ],
)
def test_how_long_it_took_is_said_as_people_say_it(days: list[int], told: str) -> None:
    assert how_long(days) == told


def test_the_first_months_do_not_fill_the_picture() -> None:
    year = MARCH - timedelta(days=400)
    widths = [picture(counted([retro(1, at)], MARCH)).spec["vconcat"][0]["width"] for at in (MARCH, year)]
    assert widths == [330, 560]


@pytest.mark.parametrize("retros", [[], [retro(1, MARCH, Words(expected="x"))], [retro(1, MARCH, WORDS, action())]])
def test_a_picture_is_drawn_whatever_there_is(retros: list[Retro]) -> None:
    drawn = png(picture(counted(retros, MARCH)))
    assert drawn.startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_drawn_is_said_so() -> None:
    with pytest.raises(NotDrawn):
        png(Chart("x.png", "", {"mark": "nonsense", "data": 7}))


# Stands in for the engine, whose drawing takes a second and 80 MB: it notes when it begins and when it ends.
SLOW = """
import pathlib, sys, time
log = pathlib.Path(sys.argv[1])
with log.open("a") as file: file.write("+")
time.sleep(0.2)
with log.open("a") as file: file.write("-")
sys.stdout.write(sys.stdin.read())
"""


def test_two_pictures_are_drawn_at_once_and_the_others_wait(tmp_path: Path) -> None:
    log = tmp_path / "log"
    easels = Easels([sys.executable, "-c", SLOW, str(log)])
    drawn = [easels.draw(Chart("x.png", "", {"number": number})) for number in range(6)]
    assert [json.loads(one.result()) for one in drawn] == [{"number": number} for number in range(6)]
    at_once = list(accumulate(1 if one == "+" else -1 for one in log.read_text()))
    assert len(at_once) == 12
    assert max(at_once) <= 2


@pytest.mark.parametrize(
    ("command", "seconds", "name"),
    [
        ([sys.executable, "-c", "import time; time.sleep(60)"], 0.1, "TimeoutExpired"),
        ([sys.executable, "-c", "import sys; sys.exit(sys.stdin.read())"], 30, "CalledProcessError"),
        (["/nowhere/python"], 30, "FileNotFoundError"),
    ],
)
def test_a_picture_that_does_not_come_is_given_up_without_its_words(
    command: list[str], seconds: float, name: str
) -> None:
    easels = Easels(command, seconds)
    with pytest.raises(NotDrawn) as failed:
        easels.draw(Chart("x.png", "", {"title": "Fraud model"})).result()
    assert str(failed.value) == name


def test_a_sheet_runs_nothing_and_keeps_every_word() -> None:
    words = replace(WORDS, expected="=1+1", why="+2", keep="-3", caught="@SUM", source="\t4")
    listed = list(csv.DictReader(io.StringIO(export.write([retro(1, MARCH, words, action("=cmd()"))], "csv"))))
    first, second = listed
    assert [first[name] for name in ("expected", "why", "keep", "caught", "source")] == [
        "'=1+1",
        "'+2",
        "'-3",
        "'@SUM",
        "'\t4",
    ]
    assert (second["part"], second["action"], second["retro"]) == ("action", "'=cmd()", "1")
    assert not [cell for row in listed for cell in row.values() if cell[:1] in tuple("=+-@\t\r")]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    one = retro(1, MARCH, replace(WORDS, expected=text), action(text))
    assert json.loads(export.write([one], "json"))[0]["expected"] == text
    page = export.write([one], "md")
    assert "<!channel>" not in page
    assert not [line for line in page.splitlines() if line.startswith("*three")]


def test_causes_that_come_back_and_overdue_actions_are_gaps() -> None:
    causes = {"data": CauseItem.model_validate({**CAUSE, "topics": ["labels", "privacy"]})}
    late = [action(began=MARCH - timedelta(days=40)) for _ in range(3)]
    retros = [retro(3, MARCH, WORDS, *late), retro(2, MARCH), retro(1, MARCH)]
    assert gaps.find(retros, MARCH.date(), causes) == [
        ("labels", "“Data” was a cause in 3 of your last 3 retros"),
        ("privacy", "“Data” was a cause in 3 of your last 3 retros"),
        ("learning", "3 actions from your retros are overdue"),
    ]
    assert gaps.find(retros[1:], MARCH.date(), causes) == []


def test_a_record_is_of_those_who_took_part(database: Database, clock: Clock) -> None:
    retros, records = Retros(database, clock), Records(database, clock)
    retros.log(replace(WORDS, people=("UBEN",)), [], by=ANA, channel=HERE)
    assert [one.number for one in records.took_part("T1", HERE, "UBEN")] == [1]
    assert records.took_part("T1", THERE, "UBEN") == []
    assert records.took_part("T1", HERE, "UCAROL") == []
    assert records.gaps("T1", HERE) == []


def test_an_export_holds_what_the_person_may_see_and_wants(
    database: Database, installs: Installs, clock: Clock
) -> None:
    retros, records = Retros(database, clock), Records(database, clock)
    installs.note_channel("T1", HERE, public=True)
    installs.note_channel("T1", THERE, public=True)
    retros.log(
        replace(WORDS, visibility="workspace"), [NewAction("Do", "UBEN", date(2026, 3, 9))], by=ANA, channel=HERE
    )
    retros.log(replace(WORDS, kind="launch", causes=("model",)), [], by=ANA, channel=HERE)

    def seen(wanted: Wanted, channel: str = HERE, workspace: str = "T1") -> list[int]:
        found = records.retros(wanted, workspace=workspace, channel=channel, user="UCAROL")
        return [one.number for one in found]

    assert seen(Wanted()) == [1, 2]
    assert seen(Wanted(), THERE) == [1]
    assert seen(Wanted(), workspace="T2") == []
    assert seen(Wanted(kind="launch")) == [2]
    assert seen(Wanted(cause="data")) == [1]
    assert seen(Wanted(system="fraud MODEL")) == [1, 2]
    assert seen(Wanted(system="Another")) == []
    assert seen(Wanted(since=date(2026, 3, 3))) == []
    assert seen(Wanted(since=date(2026, 3, 2))) == [1, 2]
    assert [one.number for one in records.everything("T1")] == [1, 2]
    assert list(records.everything("T2")) == []


def test_an_export_of_many_batches_is_whole(database: Database, clock: Clock) -> None:
    retros, records = Retros(database, clock), Records(database, clock, batch=2)
    logged = [
        retros.log(replace(WORDS, causes=("model",) if number in {3, 4, 7} else ("data",)), [], by=ANA, channel=HERE)
        for number in range(1, 8)
    ]
    retros.delete(logged[1].id, by=ANA)

    def seen(wanted: Wanted) -> list[int]:
        return [one.number for one in records.retros(wanted, workspace="T1", channel=HERE, user="UANA")]

    assert seen(Wanted()) == [1, 3, 4, 5, 6, 7]
    assert seen(Wanted(cause="model")) == [3, 4, 7]
    assert seen(Wanted(cause="luck")) == []
    assert [one.number for one in records.everything()] == [1, 3, 4, 5, 6, 7]


def test_what_is_hidden_while_an_export_is_written_is_not_in_it(
    database: Database, installs: Installs, clock: Clock
) -> None:
    retros, records = Retros(database, clock), Records(database, clock, batch=1)
    installs.note_channel("T1", HERE, public=True)
    for _ in range(3):
        retros.log(replace(WORDS, visibility="workspace"), [], by=ANA, channel=HERE)
    found = records.retros(Wanted(), workspace="T1", channel=THERE, user="UCAROL")
    assert next(found).number == 1
    installs.note_channel("T1", HERE, public=False)
    assert list(found) == []


def test_several_files_are_written_in_one_reading() -> None:
    listed = [retro(1, MARCH, WORDS, action()), retro(2, MARCH, WORDS)]
    pieces: dict[str, list[str]] = {form: [] for form in FORMATS}
    assert export.fill({form: text.append for form, text in pieces.items()}, iter(listed)) == 2
    assert {form: "".join(text) for form, text in pieces.items()} == {
        form: export.write(listed, form) for form in FORMATS
    }
    assert pieces["json"][0] == "["
    whole = json.dumps([export.data(one) for one in listed], ensure_ascii=False, indent=2)
    assert export.write(listed, "json") == f"{whole}\n"


def test_each_form_tells_two_workspaces_apart() -> None:
    mine = retro(12, MARCH, WORDS, action())
    both = [mine, replace(mine, workspace="T2")]
    rows = csv.DictReader(io.StringIO(export.write(both, "csv")))
    assert [(one["part"], one["workspace"], one["retro"]) for one in rows] == [
        ("retro", "T1", "12"),
        ("action", "T1", "12"),
        ("retro", "T2", "12"),
        ("action", "T2", "12"),
    ]
    page = export.write(both, "md").splitlines()
    assert [line for line in page if "T1" in line or "T2" in line] == ["- Workspace: T1", "- Workspace: T2"]
    assert [one["workspace"] for one in json.loads(export.write(both, "json"))] == ["T1", "T2"]


@pytest.mark.parametrize(("form", "text"), [("md", "# Retrospectives\n\n"), ("json", "[\n]\n")])
def test_a_file_of_no_retro_can_still_be_read(form: str, text: str) -> None:
    assert export.write([], form) == text


def test_a_channels_numbers_are_its_own(database: Database, installs: Installs, clock: Clock) -> None:
    retros, records = Retros(database, clock), Records(database, clock)
    installs.note_channel("T1", HERE, public=True)
    logged = retros.log(replace(WORDS, visibility="workspace"), [], by=ANA, channel=HERE)
    assert records.stats("T1", HERE).retros == 1
    assert records.stats("T1", THERE).retros == 0
    assert records.stats("T2", HERE).retros == 0
    with database.write() as tx:
        assert store.ids_for_export(tx, None) == {"T1": [logged.id]}


def test_the_numbers_of_many_batches_are_whole(database: Database, clock: Clock) -> None:
    retros, records = Retros(database, clock), Records(database, clock, batch=2)
    doing = NewAction("Do", "UANA", date(2026, 3, 9))
    for _ in range(5):
        retros.log(WORDS, [doing, doing], by=ANA, channel=HERE)
    gone, first, second, third, last = records.everything("T1")
    retros.delete(gone.id, by=ANA)
    actions = Actions(database, clock)
    clock.forward(days=3)
    actions.done(first.actions[0].id, "Seen.", "", by=ANA)
    actions.done(second.actions[0].id, "Seen.", "", by=ANA)
    actions.reopen(second.actions[0].id, by=ANA)
    actions.carry_over([third.actions[0].id], last.id, by=ANA)
    stats = records.stats("T1", HERE)
    assert (stats.retros, stats.lately, stats.opened, list(stats.days), stats.open) == (4, 4, 8, [3], 7)
    assert stats.causes == [("data", 4), ("luck", 4)]
