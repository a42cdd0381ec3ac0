"""When questions come: the days of a week, and how far a question moves away with each answer."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.learning.reviews.model import MOST, Rhythm, Wanted
from bot.learning.reviews.spacing import Grade, fresh, graded
from tests.samples import NOW

BERLIN = ZoneInfo("Europe/Berlin")
# NOW is Monday, 2 March 2026, 9:30 in UTC: 10:30 in Berlin.
SOON, DAY = timedelta(minutes=10), timedelta(days=1)


def rhythm(most: int) -> Rhythm:
    return Rhythm(time(9), "Europe/Berlin", most)


@pytest.mark.parametrize("most", MOST)
def test_a_week_has_as_many_slots_as_were_chosen_each_at_the_local_time(most: int) -> None:
    slots = [NOW - timedelta(hours=10, minutes=30)]
    while len(slots) <= most:
        slots.append(rhythm(most).after(slots[-1]))
    week = [one.astimezone(BERLIN) for one in slots[1:]]
    assert {one.time() for one in week} == {time(9)}
    assert {one.isocalendar().week for one in week} == {NOW.isocalendar().week}
    assert len({one.date() for one in week}) == most
    assert rhythm(most).after(slots[-1]).isocalendar().week == NOW.isocalendar().week + 1


def test_the_latest_slot_is_the_last_one_that_came() -> None:
    assert rhythm(3).latest(NOW) == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert rhythm(1).latest(NOW) == datetime(2026, 2, 25, 8, tzinfo=UTC)
    assert rhythm(1).latest(datetime(2026, 3, 4, 8, tzinfo=UTC)) == datetime(2026, 3, 4, 8, tzinfo=UTC)


def test_days_and_weeks_are_local() -> None:
    late = Rhythm(time(23, 30), "America/Los_Angeles", 7)
    due = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)  # still Sunday there
    assert late.slot(due) == "2026-03-01"
    assert late.week(due) == ("2026-02-23", "2026-03-01")


def test_what_is_wrong_is_said_of_its_field() -> None:
    assert Wanted(time(9), "Europe/Berlin", 3).mistakes() == {}
    assert set(Wanted(None, "Mars/Olympus", 0).mistakes()) == {"time", "zone", "most"}
    assert set(Wanted(time(9), "Europe/Berlin", 8).mistakes()) == {"most"}


def test_a_wrong_answer_comes_back_soon_and_each_right_one_later_than_the_last() -> None:
    card, due = graded(fresh(NOW), Grade.WRONG, NOW)
    assert due == NOW + SOON
    gaps, at = [], NOW + DAY
    for _ in range(5):
        card, due = graded(card, Grade.RIGHT, at)
        gaps.append(due - at)
        at = due
    assert gaps == sorted(set(gaps))
    assert gaps[0] >= DAY
    assert gaps[-1] > 7 * DAY
    forgotten, due = graded(card, Grade.WRONG, at)
    assert due == at + SOON
    _, due = graded(forgotten, Grade.RIGHT, at + DAY)
    assert due - (at + DAY) < gaps[-1]


def test_easy_moves_further_than_right_and_nothing_further_than_a_year() -> None:
    _, right = graded(fresh(NOW), Grade.RIGHT, NOW)
    card, easy = graded(fresh(NOW), Grade.EASY, NOW)
    assert NOW + DAY < right < easy
    for _ in range(12):
        at = easy
        card, easy = graded(card, Grade.EASY, at)
    assert easy - at == 365 * DAY
