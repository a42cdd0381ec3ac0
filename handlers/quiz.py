"""Questions that come back: whether and when a person wants them, and their answers."""

from datetime import time

from bot.app import Coach
from bot.blocks import Modal
from bot.delivery.model import Key
from bot.errors import FieldErrors
from bot.learning.reviews import views
from bot.learning.reviews.model import Wanted
from bot.learning.reviews.service import key
from bot.schedule import is_zone, zones
from handlers import help as helping
from handlers.requests import Reply, Request, opened
from handlers.routes import routes


@routes.command("quiz", "quiz", "Questions that come back to you, one at a time, if you like", helping.LEARNING)
def quiz(request: Request, coach: Coach) -> Reply:
    """Show the person how their questions stand."""
    return _standing(request, coach, request.channel)


def _standing(request: Request, coach: Coach, channel: str, said: str = "") -> Reply:
    found = coach.reviews.standing(request.workspace, request.user)
    return Reply(say=views.standing(found, said=said), channel=channel, meet=frozenset({request.user}))


@routes.action(views.SCHEDULE)
def open_form(request: Request, coach: Coach) -> Reply:
    """Ask when and how many, filled in with what is known, or learned of somebody whom we have not met."""
    found = coach.reviews.find(request.workspace, request.user)
    change = found is not None and found.state == "active"

    def drawn() -> Modal:
        person = coach.installs.person(request.workspace, request.user)
        own = person.zone if person and is_zone(person.zone) else ""
        return views.schedule(found.rhythm if found else None, own, channel=request.channel, change=change)

    stranger = found is None and coach.installs.person(request.workspace, request.user) is None
    return Reply(modal=drawn(), again=drawn if stranger else None, meet=frozenset({request.user}))


@routes.submission(views.SCHEDULING)
def save(request: Request, coach: Coach) -> Reply:
    """Start the questions or change when they come, as the form says."""
    view = opened(request)
    other = view.text("other_zone")
    at = view.text("time")
    zone = zones().get(other.casefold(), other) or view.text("zone")
    wanted = Wanted(time.fromisoformat(at) if at else None, zone, int(view.text("most") or 0))
    wrong = wanted.mistakes()
    if wrong:
        raise FieldErrors({"other_zone" if name == "zone" and other else name: told for name, told in wrong.items()})
    coach.reviews.enrol(wanted, by=request.by)
    return _standing(request, coach, str(view.meta["channel"]), "✓ Saved.")


@routes.action(views.NOW)
def now(request: Request, coach: Coach) -> Reply:
    """Ask the next question at once."""
    coach.reviews.give_now(by=request.by)
    return Reply(say=views.on_its_way(), channel=request.channel, deliver=True)


@routes.action(views.STOP)
def stop(request: Request, coach: Coach) -> Reply:
    """Stop the questions."""
    coach.reviews.stop(by=request.by)
    return _standing(request, coach, request.channel, "✓ Stopped. What you know is kept.")


@routes.action(views.ANSWER)
def answer(request: Request, coach: Coach) -> Reply:
    """Keep the answer, and show what is right and why."""
    _seen(request, coach)
    place = request.action.value.partition(":")[0]
    choice = int(place) if place.isdecimal() else 0
    coach.reviews.answer(request.number, choice, by=request.by, channel=request.channel)
    return Reply(draw=_card(request))


@routes.action(views.EASY)
def too_easy(request: Request, coach: Coach) -> Reply:
    """Have the question come back much later."""
    coach.reviews.too_easy(request.number, by=request.by, channel=request.channel)
    return Reply(draw=_card(request))


def _card(request: Request) -> tuple[Key, ...]:
    return (key(request.workspace, request.number),)


def _seen(request: Request, coach: Coach) -> None:
    """Take the click as proof that a question arrived whose posting Slack never confirmed."""
    coach.outbox.seen(request.workspace, "review", request.number, request.message_ts)
