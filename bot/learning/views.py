"""What people see of the weekly prompts: the post, how a channel's prompts stand, what was given, the record."""

from collections.abc import Callable, Mapping, Sequence

from bot.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    clip,
    confirm,
    context,
    esc,
    header,
    link,
    moment,
    paragraphs,
    person,
    section,
)
from bot.learning.model import Outline, Prompt, Quizzed, Record, Schedule, Subscription, TeamRecord
from bot.schema import Cited
from bot.schema_lessons import Lesson, Track

DID = "learn.did"
DISCUSS = "learn.discuss"
QUIZ = "learn.quiz"
ASIDE = "learn.aside"
SUBSCRIBE = "learn.subscribe"
NOW = "learn.now"
SKIP = "learn.skip"
PAUSE = "learn.pause"
RESUME = "learn.resume"
STOP = "learn.stop"
HISTORY = "learn.history"
RECORD_FILE = "learn.record_file"
MINE, TEAM = "mine", "team"

Cite = Callable[[str], Cited | None]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EXAMPLE = "/aipm learn subscribe core tuesday 10:00 Europe/Berlin"

_NAMED = 12
_SHOWN = 60
_SOURCES = 2000
_LINK = 1400
_TROUBLE = {
    "not_in_channel": "I am not in this channel. Type `/invite @aipm`, then press *Resume*.",
    "channel_not_found": "I am not in this channel. Type `/invite @aipm`, then press *Resume*.",
    "is_archived": "This channel was archived. Unarchive it, then press *Resume*.",
    "restricted_action": "This channel does not let me post. Ask its managers, then press *Resume*.",
}


# The post


def post(prompt: Prompt, lesson: Lesson, cite: Cite, track: str = "") -> Message:
    """Show a lesson as everyone in the channel sees it; `track` is the title of its track."""
    heading = f"Week {prompt.week} of {prompt.of} · {_flat(lesson.title)}"
    if prompt.state == "ended":
        return _put_aside(prompt, heading)
    text = f"{esc(heading)}. {esc(_flat(lesson.opening))} Think about: {esc(_flat(lesson.question))}"
    about = f"{lesson.minutes} minutes · {esc(track or prompt.track)}"
    blocks = [
        header(heading),
        context(about),
        *_why(prompt),
        section(f"_{esc(_flat(lesson.opening))}_"),
        section(esc(lesson.idea)),
        *_fact(lesson, cite),
        *paragraphs(_together(lesson)),
        *_closing(lesson, cite),
        *_notes(prompt),
        actions(*_buttons(prompt), block_id=f"lesson~{prompt.id}"),
    ]
    return Message(text, blocks)


def _put_aside(prompt: Prompt, heading: str) -> Message:
    who = f" by {person(prompt.ended_by)}" if prompt.ended_by else ""
    text = f"*{esc(heading)}*\nPut aside{who}. It stays away until it comes round again; the next one comes as planned."
    return Message(f"{esc(heading)}. Put aside.", [section(text)])


def _fact(lesson: Lesson, cite: Cite) -> list[Block]:
    fact = lesson.fact
    if fact is None:
        return []
    cited = cite(fact.source)
    source = f" {_cited(cited)}." if cited else ""
    return [section(f"*Good to know*\n{esc(fact.text)}{source} _Checked {fact.last_checked:%d %b %Y}._")]


def _together(lesson: Lesson) -> list[str]:
    steps = [f"{number}. {esc(_flat(step))}" for number, step in enumerate(lesson.activity, 1)]
    return ["*Try it together*", *steps, f"_No meeting? {esc(_flat(lesson.thread))}_"]


def _closing(lesson: Lesson, cite: Cite) -> list[Block]:
    term = lesson.term
    sources = [_cited(one) for one in map(cite, lesson.sources) if one]
    lines = [
        f"*Think about:* {esc(_flat(lesson.question))}",
        f"*Word of the week:* _{esc(_flat(term.word))}_: {esc(_flat(term.meaning))}",
        *([f"*Read next:* {sources[0]}"] if sources else []),
    ]
    return [*paragraphs(lines), *_more_sources(sources[1:])]


def _more_sources(sources: Sequence[str]) -> list[Block]:
    """Name as many as fit: half a link is none."""
    told: list[str] = []
    for one in sources:
        if len("; ".join([*told, one])) <= _SOURCES:
            told.append(one)
    return [context("Also: " + "; ".join(told))] if told else []


def _cited(one: Cited) -> str:
    source = one.source
    name = clip(_flat(source.title), 200)
    linked = link(source.url, name) if source.url else ""
    title = linked if 0 < len(linked) <= _LINK else esc(name)
    place = f", {esc(_flat(one.at), 100)}" if one.at else ""
    return f"{title}{place} ({esc(_flat(source.organisation), 200)}, {esc(source.year)})"


def _why(prompt: Prompt) -> list[Block]:
    return [context(_chosen(prompt.why))] if prompt.why else []


def _chosen(why: str) -> str:
    return f"🎯 *Chosen for this team:* {esc(_flat(why), 600)}."


def _notes(prompt: Prompt) -> list[Block]:
    lines = []
    if prompt.done:
        lines.append(f"✅ *{len(prompt.done)} did it:* {_people(prompt.done)}")
    if prompt.discussed:
        lines.append("💬 The question is in the thread.")
    return [context(one) for one in lines]


def _people(users: Sequence[str]) -> str:
    rest = len(users) - _NAMED
    shown = ", ".join(person(one) for one in users[:_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _buttons(prompt: Prompt) -> list[Element]:
    value = str(prompt.id)
    sure = confirm(
        "Put it aside?", "It goes for the whole channel. The next prompt comes at its usual time.", "Put it aside"
    )
    discuss = [] if prompt.discussed else [button("Discuss", DISCUSS, value)]
    return [
        button("We did it", DID, value, style="primary"),
        *discuss,
        button("Quiz me", QUIZ, value),
        button("Not this week", ASIDE, value, confirm=sure),
    ]


def discussion(lesson: Lesson) -> Message:
    """Ask the question of a lesson in its thread."""
    question = esc(_flat(lesson.question))
    text = f"*{question}*\nOne sentence is plenty. Disagree with the one above yours if you do."
    return Message(f"{question} One sentence is plenty.", [section(text)])


# How a channel's prompts stand


def outline(of: Outline, tracks: Mapping[str, Track], *, said: str = "") -> Message:
    """Show how the channel's prompts stand, and what can be done; `said` is what was done just now."""
    found = of.subscription
    if found is None or found.state == "stopped":
        return _nothing_yet(of, tracks, said)
    title = of.track.about.title if of.track else found.track
    head = f"*{esc(title)}*, {schedule(found.schedule)}"
    what = [said, head, _standing(found), *_upcoming(of)]
    about = [f"{of.given} of {len(of.track)} given"] if of.track else []
    blocks = [
        *paragraphs(one for one in what if one),
        context(" · ".join([*about, *_choices(found), f"looked after by {person(found.owner)}"])),
        actions(*_controls(found)),
    ]
    return Message(f"{said} {head}".strip(), blocks)


def schedule(one: Schedule) -> str:
    """Say when, in the channel's own time."""
    return f"every {WEEKDAYS[one.weekday]} at {one.at:%H:%M} ({esc(one.zone)})"


def _standing(found: Subscription) -> str:
    if found.trouble:
        other = f"Slack did not take my last post ({esc(found.trouble)}). Press *Resume* to try again."
        return f"⚠️ Paused. {_TROUBLE.get(found.trouble, other)}"
    next_one = f"Next: {moment(found.next_due)}" if found.next_due else ""
    if found.state == "paused":
        until = f"{found.until:%A} {found.until.day} {found.until:%B %Y}" if found.until else "you resume"
        return f"⏸ Paused until {until}. {next_one}".rstrip()
    return next_one


def _upcoming(of: Outline) -> list[str]:
    if of.track is None:
        return ["This track is no longer among mine. Press *Change* to choose another."]
    if of.upcoming is None:
        return ["That was the last one: you have been through the whole track. Press *Change* to choose another."]
    why = f"\n{_chosen(of.upcoming_why)}" if of.upcoming_why else ""
    return [f"Up next: _{esc(_flat(of.upcoming.title))}_, {of.upcoming.minutes} minutes{why}"]


def _choices(found: Subscription) -> list[str]:
    days = [f"skips public holidays ({esc(found.country)})"] if found.country else []
    return [*days, "may pick what your checklists point to" if found.by_gaps else "keeps to the order of the track"]


def _controls(found: Subscription) -> list[Element]:
    sure = confirm("Stop the prompts?", "Nothing is lost: start again, and it goes on where you left off.", "Stop")
    on = found.state == "active"
    running = [button("Skip the next", SKIP), button("Pause", PAUSE)]
    return [
        *(running if on else [button("Resume", RESUME, style="primary")]),
        button("Post one now", NOW),
        button("Change", SUBSCRIBE),
        button("History", HISTORY),
        button("Stop", STOP, style="danger", confirm=sure),
    ]


def _nothing_yet(of: Outline, tracks: Mapping[str, Track], said: str) -> Message:
    text = "This channel has no weekly prompts at the moment." if of.subscription else "No weekly prompts here yet."
    text = said or text
    offer = (
        "Once a week I post one idea worth ten minutes: a worked example, something to try together, a question. "
        "It works without a meeting."
    )
    left = f" A new start goes on where you left off, after {of.given} given." if of.subscription and of.given else ""
    listed = [f"• *{esc(one.about.title)}* · {esc(one.about.summary)} · {_weeks(one)}" for one in tracks.values()]
    blocks = [
        *paragraphs([f"*{text}*{left}", offer]),
        *paragraphs(["*Choose a track*", *listed]),
        actions(button("Choose track and time", SUBSCRIBE, style="primary")),
        context(f"Or type it: `{EXAMPLE}`"),
    ]
    return Message(f"{text} {offer}", blocks)


def _weeks(track: Track) -> str:
    return _count(len(track), "week")


def ask_for_form(words: str) -> Message:
    """Ask for a click where Slack gives no trigger for a form (a mention, a direct message)."""
    text = "Which track, which day, what time? Choose them here."
    return Message(text, [section(text), actions(button("Choose track and time", SUBSCRIBE, clip(words, 200)))])


# What was given


def history(given: Sequence[Prompt], lessons: Mapping[str, Lesson]) -> Message:
    """List what a channel was given, newest first."""
    newest = sorted(given, key=lambda one: one.id, reverse=True)
    rows = [_row(one, lessons) for one in newest[:_SHOWN]]
    if not rows:
        text = "Nothing was given here yet. `/aipm learn now` posts the first one at once."
        return Message(text, [section(text)])
    more = [f"… and {len(newest) - _SHOWN} before these"] if len(newest) > _SHOWN else []
    text = f"{len(newest)} given in this channel so far."
    return Message(text, paragraphs(["*Given in this channel, newest first*", *rows, *more]))


def _row(prompt: Prompt, lessons: Mapping[str, Lesson], *more: str) -> str:
    when = moment(prompt.posted_at) if prompt.posted_at else "on its way" if prompt.state == "planned" else "not posted"
    marks = [f"✅ {len(prompt.done)} did it"] if prompt.done else []
    marks += ["put aside"] if prompt.state == "ended" else []
    return " · ".join([_titled(prompt.lesson, lessons), when, *marks, *more])


def _titled(lesson: str, lessons: Mapping[str, Lesson]) -> str:
    found = lessons.get(lesson)
    return f"• *{esc(_flat(found.title) if found else lesson)}*"


def record(of: Record, lessons: Mapping[str, Lesson]) -> Message:
    """Show a person what they did."""
    if not of.did and not of.quizzes and not any(of.elsewhere.values()):
        text = "Nothing yet. Press *We did it* or *Quiz me* on a weekly post, and it shows up here."
        return Message(text, [section(text)])
    text = f"You did {_count(len(of.did), 'lesson')} and answered {_count(len(of.quizzes), 'quiz', 'quizzes')}."
    did = [_row(one, lessons, f"<#{one.channel}>") for one in of.did[::-1][:_SHOWN]]
    quizzes = [_quizzed(one, lessons) for one in of.quizzes[:_SHOWN]]
    return Message(
        text,
        [
            section(f"*{text}* Only you see this."),
            *paragraphs(["*Lessons*", *did] if did else []),
            *paragraphs(["*Quizzes, as you answered last*", *quizzes] if quizzes else []),
            *_elsewhere(of),
            _as_a_file(MINE),
        ],
    )


def _elsewhere(of: Record) -> list[Block]:
    parts = [
        [f"*{esc(heading)}*", *(f"• {esc(one)}" for one in lines)] for heading, lines in of.elsewhere.items() if lines
    ]
    return [block for lines in parts for block in paragraphs(lines)]


def _quizzed(one: Quizzed, lessons: Mapping[str, Lesson]) -> str:
    return f"{_titled(one.lesson, lessons)} · {one.right} of {one.of} right · {moment(one.at)}"


def team_record(of: TeamRecord, lessons: Mapping[str, Lesson]) -> Message:
    """Show its owner what a channel did; quizzes stay with each person."""
    posted = [one for one in of.given if one.posted_at]
    text = (
        f"{_count(len(posted), 'lesson')} given here, {sum(bool(one.done) for one in posted)} of them done by somebody."
    )
    rows = [_row(one, lessons) for one in posted[::-1][:_SHOWN]]
    people = [f"• {person(user)} did {count}" for user, count in list(of.people.items())[:_SHOWN]]
    return Message(
        text,
        [
            section(f"*{text}*"),
            *paragraphs(["*Lessons, newest first*", *rows] if rows else []),
            *paragraphs(["*Who did how many*", *people] if people else []),
            context("Answers to quizzes are each person's own and not in here."),
            _as_a_file(TEAM),
        ],
    )


def _as_a_file(which: str) -> Block:
    return actions(button("Send it to me as a file", RECORD_FILE, which))


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _flat(text: str) -> str:
    """Keep it on one line: emphasis does not cross lines, and a second line could pass for something else."""
    return " ".join(text.split())
