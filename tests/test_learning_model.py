"""When the next prompt is due, which lesson it is, and what people may type to have it so; no database is needed."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import NotUnderstood, Refused
from bot.learning.days_off import is_country, is_day_off
from bot.learning.model import Gap, Given, PromptState, TeamRecord, Wish, choose, is_zone, slot_of, this_round
from bot.learning.wish import DAYS, parse_wish
from bot.schedule import Schedule, zones
from bot.schema_lessons import Track
from tests.catalogue_learning import lesson, prompt, track
from tests.samples import HOSTILE

# When

SAMPLE = (
    *("America/Los_Angeles", "America/Havana", "America/Santiago", "America/Nuuk", "Atlantic/Azores", "Europe/Berlin"),
    *("Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kolkata"),
)
STEADY = {"Asia/Kolkata"}
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
TIMES = ("00:00", "00:15", "00:30", "00:59", "01:30", "02:00", "02:15", "02:30", "03:00", "10:00", "23:30")
MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)


@cache
def transitions(zone: str) -> tuple[datetime, ...]:
    """Give the minutes at which a zone's clocks change, 2026 to 2028."""
    hours = [FIRST + timedelta(hours=number) for number in range((LAST - FIRST) // timedelta(hours=1))]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    return tuple(hours[number] for number in range(1, len(hours)) if offsets[number] != offsets[number - 1])


def series(schedule: Schedule) -> Iterator[datetime]:
    due = schedule.after(FIRST)
    while due < LAST:
        yield due
        due = schedule.after(due)


@cache
def reached(zone: str, local: datetime) -> datetime:
    """Find, minute by minute, when the clocks of a zone first show a local time or a later one."""
    minute = local.replace(tzinfo=UTC) - timedelta(hours=15)
    while minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < local:
        minute += MINUTE
    return minute


def wanted(schedule: Schedule, due: datetime) -> datetime:
    """Give the local time that the week of a slot was meant to have."""
    year, week, _ = due.astimezone(ZoneInfo(schedule.zone)).isocalendar()
    return datetime.combine(date.fromisocalendar(year, week, schedule.weekday + 1), schedule.at)


def near_a_change(zone: str, due: datetime) -> bool:
    return any(abs(due - change) < timedelta(days=2) for change in transitions(zone))


@pytest.mark.parametrize("zone", SAMPLE)
def test_the_sample_has_clocks_that_change(zone: str) -> None:
    assert (len(transitions(zone)) == 0) == (zone in STEADY)
    assert len(transitions(zone)) in {0, 6}


@pytest.mark.parametrize("zone", SAMPLE)
def test_every_week_has_one_slot_whatever_the_clocks_do(zone: str) -> None:
    days = {change.astimezone(ZoneInfo(zone)).weekday() for change in transitions(zone)}
    for weekday in sorted({1, *days, *((day - 1) % 7 for day in days)}):
        for at in TIMES:
            schedule = Schedule(weekday, time.fromisoformat(at), zone)
            slots = list(series(schedule))
            weeks = [slot_of(due, zone) for due in slots]
            mondays = [wanted(schedule, due).date() for due in slots]
            assert len(set(weeks)) == len(weeks) >= 156, (weekday, at)
            assert {later - earlier for earlier, later in pairwise(mondays)} == {WEEK}


@pytest.mark.parametrize("zone", SAMPLE)
def test_a_slot_is_where_a_clock_on_the_wall_first_shows_it(zone: str) -> None:
    local_zone = ZoneInfo(zone)
    days = {change.astimezone(local_zone).weekday() for change in transitions(zone)}
    for weekday in sorted({1, *days, *((day - 1) % 7 for day in days)}):
        for at in TIMES:
            schedule = Schedule(weekday, time.fromisoformat(at), zone)
            for due in series(schedule):
                meant = wanted(schedule, due)
                if near_a_change(zone, due):
                    assert due == reached(zone, meant), (meant, due)
                else:
                    assert due.astimezone(local_zone).replace(tzinfo=None) == meant


@pytest.mark.parametrize(
    ("zone", "weekday", "at", "before", "local"),
    [
        ("Europe/Berlin", 6, "02:30", "2027-03-27", "2027-03-28T03:00+02:00"),
        ("Europe/Berlin", 6, "02:30", "2027-10-30", "2027-10-31T02:30+02:00"),
        ("America/Los_Angeles", 6, "02:30", "2027-03-13", "2027-03-14T03:00-07:00"),
        ("America/Los_Angeles", 6, "01:30", "2027-11-06", "2027-11-07T01:30-07:00"),
        ("America/Havana", 6, "00:30", "2027-03-13", "2027-03-14T01:00-04:00"),
        ("America/Santiago", 6, "00:00", "2027-09-04", "2027-09-05T01:00-03:00"),
        ("Asia/Beirut", 6, "00:00", "2027-03-27", "2027-03-28T01:00+03:00"),
        ("Africa/Cairo", 4, "00:30", "2027-04-29", "2027-04-30T01:00+03:00"),
        ("Australia/Lord_Howe", 6, "02:15", "2027-10-02", "2027-10-03T02:30+11:00"),
        ("Pacific/Chatham", 6, "03:00", "2027-09-25", "2027-09-26T03:45+13:45"),
        ("America/Nuuk", 5, "23:30", "2027-03-27", "2027-03-28T00:00-01:00"),
        ("Asia/Kolkata", 6, "02:30", "2027-03-27", "2027-03-28T02:30+05:30"),
    ],
)
def test_these_are_the_hard_ones(zone: str, weekday: int, at: str, before: str, local: str) -> None:
    schedule = Schedule(weekday, time.fromisoformat(at), zone)
    noon = datetime.combine(date.fromisoformat(before), time(3), ZoneInfo(zone))
    assert schedule.after(noon).astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") == local


@given(
    zone=st.sampled_from(sorted(zones().values())),
    weekday=st.integers(0, 6),
    at=st.times().map(lambda one: time(one.hour, one.minute)),
    moment=st.timedeltas(timedelta(days=-700), timedelta(days=4000)).map(lambda span: FIRST + span),
)
def test_in_every_zone_after_and_latest_are_neighbours(zone: str, weekday: int, at: time, moment: datetime) -> None:
    schedule = Schedule(weekday, at, zone)
    before, after = schedule.latest(moment), schedule.after(moment)
    assert before <= moment < after
    assert schedule.after(before) == after
    assert timedelta(days=6) < after - before < timedelta(days=8)
    assert schedule.after(after - timedelta(microseconds=1)) == after


def test_a_slot_is_named_by_the_week_on_the_spot() -> None:
    sunday_night = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert slot_of(sunday_night, "Europe/Berlin") == "2026-W48"
    assert slot_of(sunday_night, "America/New_York") == "2026-W47"
    assert slot_of(datetime(2027, 1, 1, 12, tzinfo=UTC), "UTC") == "2026-W53"
    assert slot_of(datetime(2027, 1, 4, 12, tzinfo=UTC), "UTC") == "2027-W01"


@pytest.mark.parametrize(
    ("code", "day", "off"),
    [
        ("DE", date(2026, 12, 25), True),
        ("DE", date(2026, 12, 24), False),
        ("DE", date(2027, 1, 6), False),
        ("DE-BY", date(2027, 1, 6), True),
        ("US", date(2026, 11, 26), True),
        ("", date(2026, 12, 25), False),
        ("XX", date(2026, 12, 25), False),
    ],
)
def test_public_holidays_are_known_by_country_and_by_part(code: str, day: date, *, off: bool) -> None:
    assert is_day_off(code, day) is off


def test_which_countries_are_known() -> None:
    assert all(is_country(code) for code in ("DE", "US", "US-CA", "IN", "BR", "JP"))
    assert not any(is_country(code) for code in ("", "XX", "de", "DE-", "DE-XX", "Germany", "-"))


# Which

ONE, TWO, THREE = (
    lesson(name, week, topics=[topic]) for name, week, topic in [("a", 1, "x"), ("b", 2, "y"), ("c", 3, "y")]
)
YEAR = track("core", ONE, TWO, THREE, after="again")
SHORT = track("short", ONE, TWO, THREE)
ABOUT_Y = [Gap("nobody", "no lesson has it"), Gap("y", "labels were at risk")]


def had(text: str, of: str = "core") -> list[Given]:
    """Read `a b! c-`: lessons that were given, for a gap (!), or dropped (-)."""
    states: dict[str, PromptState] = {"-": "dropped"}
    return [Given(of, one[0], "why" if "!" in one else "", states.get(one[-1], "posted")) for one in text.split()]


@pytest.mark.parametrize(
    ("given_before", "next_one"),
    [
        ("", "a"),
        ("a", "b"),
        ("a b", "c"),
        ("a-", "a"),
        ("a b- a-", "b"),
        ("b", "a"),
        ("c a", "b"),
        ("a b c", "a"),
        ("a b c a", "b"),
        ("a b c c a", "b"),
        ("a b c a b c", "a"),
        ("gone a", "b"),
        ("a b c a- ", "a"),
    ],
)
def test_the_track_decides_the_order(given_before: str, next_one: str) -> None:
    chosen = choose(YEAR, had(given_before), [])
    assert chosen
    assert (chosen[0].id, chosen[1]) == (next_one, "")


def test_planned_and_ended_lessons_have_had_their_turn() -> None:
    for state in ("planned", "posted", "ended"):
        assert choose(YEAR, [Given("core", "a", "", state)], []) == (TWO, "")


def test_a_short_track_ends() -> None:
    assert choose(SHORT, had("a b", "short"), []) == (THREE, "")
    assert choose(SHORT, had("a b c", "short"), ABOUT_Y) is None
    assert choose(track("empty", after="again"), [], []) is None


def test_a_lesson_that_is_new_among_the_content_comes_once() -> None:
    longer = track("core", ONE, TWO, THREE, lesson("d", 4), after="again")
    chosen = choose(longer, had("a b c a"), [])
    assert chosen
    assert chosen[0] is TWO
    assert choose(longer, had("a b c a b c"), []) == (longer.lessons[3], "")
    assert choose(longer, had("a b c a b c d"), []) == (ONE, "")


def test_other_tracks_do_not_count() -> None:
    assert choose(YEAR, had("a b", "short"), []) == (ONE, "")


@pytest.mark.parametrize(
    ("given_before", "next_one", "why"),
    [
        ("", "b", "labels were at risk"),
        ("b!", "a", ""),
        ("b! a", "c", ""),  # it would be next anyway
        ("b! b-", "a", ""),
        ("a", "b", ""),
        ("a b", "c", ""),
        ("a b c", "b", "labels were at risk"),
        ("a b c b!", "a", ""),
        ("a b c b! a", "c", ""),
    ],
)
def test_a_gap_chooses_every_second_lesson_at_most(given_before: str, next_one: str, why: str) -> None:
    chosen = choose(YEAR, had(given_before), ABOUT_Y)
    assert chosen
    assert (chosen[0].id, chosen[1]) == (next_one, why)


def test_a_gap_in_one_track_rests_after_a_switch_to_another() -> None:
    assert choose(YEAR, had("b!", "short"), ABOUT_Y) == (ONE, "")


names = st.lists(st.sampled_from(["a", "b", "c", "a-", "b-", "gone"]), max_size=20)


@given(names, st.sampled_from([YEAR, SHORT]), st.sampled_from([[], ABOUT_Y]))
def test_no_lesson_comes_twice_in_a_round(before: Sequence[str], of: Track, gaps: Sequence[Gap]) -> None:
    past = had(" ".join(before), of.about.id)
    seen: list[str] = []
    while chosen := choose(of, past, gaps):
        if len(this_round(of, past)) == len(of):
            break
        assert chosen[0].id not in this_round(of, past)
        seen.append(chosen[0].id)
        past.append(Given(of.about.id, chosen[0].id, chosen[1], "posted"))
    assert len(set(seen)) == len(seen)
    assert this_round(of, past) == {"a", "b", "c"}


def test_a_team_record_counts_people_and_says_nothing_of_quizzes() -> None:
    of = TeamRecord("C1", (prompt(ONE, done=("UBEN", "UANA")), prompt(TWO, done=("UANA",)), prompt(THREE)))
    assert list(of.people.items()) == [("UANA", 2), ("UBEN", 1)]
    assert set(vars(of)) == {"channel", "given"}


# What people type

TRACKS = {"core": YEAR, "short": SHORT, "AI-plus": YEAR}
NINE_THIRTY = time(9, 30)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", Wish("", None, None, "")),
        ("core tuesday 10:00 Europe/Berlin", Wish("core", 1, time(10), "Europe/Berlin")),
        ("Europe/Berlin 10:00 TUESDAY Core", Wish("core", 1, time(10), "Europe/Berlin")),
        ("  short   every Thu at 9:30,  europe/berlin ", Wish("short", 3, NINE_THIRTY, "Europe/Berlin")),
        ("ai-PLUS", Wish("AI-plus", None, None, "")),
        ("mo 9.30", Wish("", 0, NINE_THIRTY, "")),
        ("fridays 9h30", Wish("", 4, NINE_THIRTY, "")),
        ("tues 9am", Wish("", 1, time(9), "")),
        ("wednesday 12am", Wish("", 2, time(0), "")),
        ("sun 12:15 PM", Wish("", 6, time(12, 15), "")),
        ("sat 11 p.m. utc", Wish("", 5, time(23), "UTC")),
        ("00:00", Wish("", None, time(0), "")),
        ("17", Wish("", None, time(17), "")),
        ("new_york", Wish("", None, None, "America/New_York")),
        ("Kathmandu tue tuesday", Wish("", 1, None, "Asia/Kathmandu")),
    ],
)
def test_words_are_read_in_any_order(typed: str, read: Wish) -> None:
    assert parse_wish(typed, TRACKS) == read


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("core wotsday", "`wotsday`. Did you mean `tuesday`?"),
        ("cor", "`cor`. Did you mean `core`?"),
        ("Europe/Berln", "Did you mean `Europe/Berlin`?"),
        ("xyzzy", "I do not know `xyzzy`. Name"),
        ("25:00", "`25:00` is no time of day"),
        ("9:60", "`9:60` is no time of day"),
        ("13pm", "`13pm` is no time of day"),
        ("0am", "`0am` is no time of day"),
        ("mon fri", "more than one day"),
        ("core short", "more than one track"),
        ("9:00 10:00", "more than one time. "),
        ("berlin paris", "more than one time zone"),
        ("buenos_aires", "I do not know `buenos_aires`"),
        ("localtime", "I do not know `localtime`"),
        ("t", "I do not know `t`"),
        ("<!channel>", "I do not know `&lt;!channel&gt;`"),
        ("`x`y`", "I do not know `xy`"),
        ("x" * 3000, "I do not know `xxx"),
    ],
)
def test_a_word_that_makes_no_sense_is_named_beside_an_example(typed: str, told: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_wish(typed, TRACKS)
    assert told in refused.value.text
    assert "`/aipm learn subscribe core tuesday 10:00 Europe/Berlin`" in refused.value.text
    assert len(refused.value.text) < 400


pieces = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [*DAYS, *TRACKS, *HOSTILE.values(), "9", ":", ".", "am", "pm", "Europe/", "/", "١٢:٣٠", "9:3\u0966"]
    ),
    st.from_regex(re.compile(r"[0-9]{1,4}[:.h]?[0-9]{0,3} ?(am|pm)?", re.ASCII)),
)


@given(st.lists(pieces, max_size=6), st.sampled_from(["", " ", "  "]))
@example(["١٢:٣٠"], " ")
@example(["İ", "ß", "ŉ"], " ")
def test_whatever_is_typed_is_read_or_refused(typed: list[str], between: str) -> None:
    with suppress(Refused):
        wish = parse_wish(between.join(typed), TRACKS)
        assert wish.track in {"", *TRACKS}
        assert wish.weekday in {None, *range(7)}
        assert wish.zone == "" or is_zone(wish.zone)


@given(st.permutations(["core", "tuesday", "10:00", "Europe/Berlin"]))
def test_the_order_of_words_does_not_matter(words: list[str]) -> None:
    assert parse_wish(" ".join(words), TRACKS) == Wish("core", 1, time(10), "Europe/Berlin")


WHOLE = Wish("core", 1, time(10), "Europe/Berlin", "DE")


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (WHOLE, set()),
        (Wish("", None, None, ""), {"track", "weekday", "time", "zone"}),
        (Wish("nope", 7, time(10), "europe/berlin", "Germany"), {"track", "weekday", "zone", "country"}),
        (Wish("core", -1, time(10), "Mars/Olympus", "de"), {"weekday", "zone", "country"}),
    ],
)
def test_what_is_missing_or_wrong_is_named_by_its_field(wish: Wish, fields: set[str]) -> None:
    assert set(wish.mistakes(TRACKS)) == fields
