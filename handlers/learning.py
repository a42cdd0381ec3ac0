"""Weekly prompts: a channel's subscription, and the buttons of a post."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from difflib import get_close_matches
from functools import partial

from bot.app import Coach
from bot.blocks import Modal, esc
from bot.delivery.model import Key
from bot.errors import FieldErrors, LessonGone, Refused
from bot.learning import export, modals, views
from bot.learning.model import Prompt, Record, Wish, is_zone
from bot.learning.service import key
from bot.learning.wish import parse_wish
from bot.schedule import zones
from bot.schema_lessons import Lesson
from handlers import admins
from handlers import help as helping
from handlers.mishaps import sentence
from handlers.requests import Reply, Request, number, opened
from handlers.routes import routes


@routes.command("learn", "learn", "This channel's weekly prompts: what comes next, and when", helping.LEARNING)
def learn(request: Request, coach: Coach) -> Reply:
    """Show how the channel's prompts stand, or do what the next word says."""
    rest = request.rest()
    word = rest.text.partition(" ")[0].casefold()
    if not word:
        return _outline(request, coach)
    found = routes.words.get(f"learn {word}")
    return found.handler(rest, coach) if found else _unknown(request, word)


def _unknown(request: Request, word: str) -> Reply:
    known = [name.removeprefix("learn ") for name in routes.words if name.startswith("learn ")]
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    guess = f" Did you mean `/aipm learn {close[0]}`?" if close else f" After `learn` I know: {', '.join(known)}."
    return _say(f"I do not know `learn {esc(word.replace('`', ''), 60)}`.{guess}", request)


def _say(text: str, request: Request, *, deliver: bool = False) -> Reply:
    return Reply(say=sentence(text), channel=request.channel, meet=frozenset({request.user}), deliver=deliver)


def _outline(request: Request, coach: Coach, said: str = "") -> Reply:
    found = coach.learning.outline(request.workspace, request.channel)
    message = views.outline(found, coach.library.tracks, said=said)
    return Reply(say=message, channel=request.channel, meet=frozenset({request.user}))


def _change(request: Request, coach: Coach, deed: Callable[..., object], said: str) -> Reply:
    """Do with this channel what only the owner and admins may do, and show how things stand then."""

    def done() -> Reply:
        deed(channel=request.channel, by=request.by)
        return _outline(request, coach, said)

    return admins.only(request, coach, done)


# Subscribing


@routes.word(
    "learn subscribe",
    "learn subscribe [track] [weekday] [HH:MM] [zone]",
    "Start them or change them; a form asks for what you leave out",
    helping.LEARNING,
)
def subscribe(request: Request, coach: Coach) -> Reply:
    """Subscribe this channel: at once if all is said or known, through a form if not."""
    words = request.rest().text
    wish = _filled(parse_wish(words, coach.library.tracks), request, coach)
    if words and not wish.mistakes(coach.library.tracks):
        return _subscribe(wish, request, coach)
    if request.trigger:
        return _form(wish, request, coach)
    return Reply(say=views.ask_for_form(words), channel=request.channel, meet=frozenset({request.user}))


def _filled(wish: Wish, request: Request, coach: Coach) -> Wish:
    """Fill in what was left out: as it stands in this channel, else the person's own time zone."""
    found = coach.learning.find(request.workspace, request.channel)
    if found:
        when = found.schedule
        return Wish(
            track=wish.track or found.track,
            weekday=when.weekday if wish.weekday is None else wish.weekday,
            at=wish.at or when.at,
            zone=wish.zone or when.zone,
            country=found.country,
            by_gaps=found.by_gaps,
        )
    person = coach.installs.person(request.workspace, request.user)
    own = person.zone if person and is_zone(person.zone) else ""
    track = wish.track or next(iter(coach.library.tracks), "")
    return replace(wish, track=track, zone=wish.zone or own)


def _form(wish: Wish, request: Request, coach: Coach) -> Reply:
    """Open the form; the zone of somebody whom we have not met is filled in when it is drawn again."""

    def drawn() -> Modal:
        filled, change = _filled(wish, request, coach), _running(request, coach)
        return modals.subscribe(coach.library.tracks, filled, channel=request.channel, change=change)

    stranger = not wish.zone and coach.installs.person(request.workspace, request.user) is None
    return Reply(modal=drawn(), again=drawn if stranger else None, meet=frozenset({request.user}))


def _running(request: Request, coach: Coach) -> bool:
    found = coach.learning.find(request.workspace, request.channel)
    return found is not None and found.state != "stopped"


def _subscribe(wish: Wish, request: Request, coach: Coach) -> Reply:
    said = (
        "✓ Changed."
        if _running(request, coach)
        else "✓ Started. If I am not in this channel yet, type `/invite @aipm`."
    )
    return _change(request, coach, partial(coach.learning.subscribe, wish), said)


@routes.action(views.SUBSCRIBE)
def open_form(request: Request, coach: Coach) -> Reply:
    """Open the form, filled in with the words that were typed before and with what is known."""
    wish = parse_wish(request.action.value, coach.library.tracks)
    return _form(_filled(wish, request, coach), request, coach)


@routes.submission(modals.SUBSCRIBING)
def save(request: Request, coach: Coach) -> Reply:
    """Subscribe the channel as the form says."""
    view = opened(request)
    other = view.text("other_zone")
    wish = Wish(
        track=view.text("track"),
        weekday=int(view.text("weekday")),
        at=time.fromisoformat(view.text("time")),
        zone=zones().get(other.casefold(), other) or view.text("zone"),
        country=view.text("country").upper(),
        by_gaps=modals.BY_GAPS in (view.values.get(modals.BY_GAPS) or []),
    )
    wrong = wish.mistakes(coach.library.tracks)
    if wrong:
        raise FieldErrors({"other_zone" if name == "zone" and other else name: told for name, told in wrong.items()})
    return _subscribe(wish, replace(request, channel=str(view.meta["channel"])), coach)


# What the owner does


@routes.word("learn now", "learn now", "Post the next lesson at once", helping.LEARNING)
@routes.action(views.NOW)
def now(request: Request, coach: Coach) -> Reply:
    """Post the next lesson outside the schedule."""
    coach.learning.give_now(request.channel, by=request.by)
    return _say("The next lesson is on its way to this channel.", request, deliver=True)


@routes.word("learn skip", "learn skip", "Pass over the next slot; the lesson keeps its turn", helping.LEARNING)
@routes.action(views.SKIP)
def skip(request: Request, coach: Coach) -> Reply:
    """Pass over the next slot."""
    return _change(request, coach, coach.learning.skip, "✓ One week skipped. Its lesson comes the week after.")


@routes.word("learn pause", "learn pause [until DATE]", "Pause them, for a while or for good", helping.LEARNING)
@routes.action(views.PAUSE)
def pause(request: Request, coach: Coach) -> Reply:
    """Pause, until a day if one is named."""
    until = _day(request.rest().text, coach)
    said = "✓ Done." if until else f"✓ Done. With a date they come back by themselves: {_with_a_day(coach)}"
    return _change(request, coach, partial(coach.learning.pause, until=until), said)


def _day(text: str, coach: Coach) -> date | None:
    words = text.casefold().removeprefix("until").strip()
    try:
        return date.fromisoformat(words) if words else None
    except ValueError:
        told = esc(words.replace("`", ""), 60)
        raise Refused(f"I cannot read `{told}` as a day. Write it like this: {_with_a_day(coach)}") from None


def _with_a_day(coach: Coach) -> str:
    return f"`/aipm learn pause until {coach.learning.now().date() + timedelta(weeks=3)}`"


@routes.word("learn resume", "learn resume", "Go on after a pause", helping.LEARNING)
@routes.action(views.RESUME)
def resume(request: Request, coach: Coach) -> Reply:
    """Go on after a pause."""
    return _change(request, coach, coach.learning.resume, "✓ They go on.")


@routes.word("learn stop", "learn stop", "Stop them; a new start goes on from there", helping.LEARNING)
@routes.action(views.STOP)
def stop(request: Request, coach: Coach) -> Reply:
    """Stop the prompts of this channel."""
    return _change(request, coach, coach.learning.stop, "✓ Stopped.")


@routes.word("learn history", "learn history", "What this channel was given", helping.LEARNING)
@routes.action(views.HISTORY)
def history(request: Request, coach: Coach) -> Reply:
    """List what the channel was given."""
    given = coach.learning.history(request.workspace, request.channel)
    return Reply(say=views.history(given, coach.library.lessons), channel=request.channel)


@routes.word(
    "learn record",
    "learn record [team]",
    "What you did, as a page or a file; its owner sees the team too",
    helping.LEARNING,
)
def record(request: Request, coach: Coach) -> Reply:
    """Show what the person did, or to its owner what the channel did."""
    if request.rest().text.casefold() == views.TEAM:
        return admins.only(request, coach, lambda: _team_record(request, coach))
    return Reply(say=views.record(_record(request, coach), coach.library.lessons), channel=request.channel)


def _record(request: Request, coach: Coach) -> Record:
    """Join what a person did in other rooms, which do not know each other."""
    worked = coach.checklists.worked_on_by(request.workspace, request.user)
    checks = [f"{one.title} · {one.system} · {one.met} of {one.total}, {one.state}" for one in worked]
    part = coach.records.took_part(request.workspace, request.channel, request.user)
    retros = [f"{one.title} · {one.logged_at:%d %b %Y}" for one in part]
    elsewhere = {"Checklists": checks, "Retros": retros}
    return replace(coach.learning.record(request.workspace, request.user), elsewhere=elsewhere)


def _team_record(request: Request, coach: Coach) -> Reply:
    found = coach.learning.team_record(request.workspace, request.channel, by=request.by)
    return Reply(say=views.team_record(found, coach.library.lessons), channel=request.channel)


@routes.action(views.RECORD_FILE)
def give_record(request: Request, coach: Coach) -> Reply:
    """Send a record to the asker as a file."""
    lessons = coach.library.lessons
    if request.action.value == views.TEAM:
        found = coach.learning.team_record(request.workspace, request.channel, by=request.by)
        files = {"what-this-channel-learned.md": export.team_record(found, lessons)}
    else:
        files = {"what-i-did.md": export.record(_record(request, coach), lessons)}
    return Reply(files=files, comment="Your record of the weekly prompts.", direct=True)


# The buttons of a post


def _card(request: Request, coach: Coach) -> tuple[Key, ...]:
    """Name the clicked post; the click proves that it is there, should nobody have confirmed it."""
    coach.outbox.seen(request.workspace, "lesson", request.number, request.message_ts)
    return (key(request.workspace, request.number),)


@routes.action(views.DID)
def did(request: Request, coach: Coach) -> Reply:
    """Count the person among those who did it, or no longer."""
    coach.learning.did(request.number, by=request.by)
    return Reply(draw=_card(request, coach))


@routes.action(views.ASIDE)
def put_aside(request: Request, coach: Coach) -> Reply:
    """Put this lesson aside until it comes round again."""
    coach.learning.end(request.number, by=request.by)
    return Reply(draw=_card(request, coach))


@routes.action(views.DISCUSS)
def discuss(request: Request, coach: Coach) -> Reply:
    """Put the question into the thread."""
    if coach.learning.discuss(request.number, request.message_ts, by=request.by):
        return Reply(draw=_card(request, coach), deliver=True)
    return _say("The question is in the thread of this post already. Answer it there.", request)


@routes.action(views.QUIZ)
def ask(request: Request, coach: Coach) -> Reply:
    """Ask the questions of the lesson."""
    _, lesson = _lesson(request, coach, request.number)
    return Reply(modal=modals.quiz(lesson, request.number))


@routes.submission(modals.ANSWERING)
def mark(request: Request, coach: Coach) -> Reply:
    """Keep the answers, and show what was right and why."""
    view = opened(request)
    prompt, lesson = _lesson(request, coach, number(view.meta["prompt"]))
    chosen = {place: number(view.text(f"question~{place}")) for place in range(len(lesson.quiz))}
    given = coach.learning.answer(prompt.id, chosen, by=request.by)
    return Reply(modal=modals.answered(lesson, given), how="update")


def _lesson(request: Request, coach: Coach, prompt_id: int) -> tuple[Prompt, Lesson]:
    prompt = coach.learning.prompt(request.workspace, prompt_id)
    lesson = coach.library.lessons.get(prompt.lesson) if prompt else None
    if prompt is None or lesson is None:
        raise LessonGone
    return prompt, lesson
