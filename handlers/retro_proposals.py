"""Checklist items that retros propose: the form, the decision, and the list of what a workspace added."""

from collections.abc import Callable

from bot.app import Coach
from bot.blocks import line
from bot.checklists.own import views as own_views
from bot.delivery.model import Key
from bot.errors import FieldErrors, NoRoom, NotAnAdmin
from bot.retros.proposals import views
from bot.retros.proposals.model import New, Proposal, Wording
from bot.retros.service import key
from handlers import help as helping
from handlers.outgoing import sentence
from handlers.requests import Reply, Request, number, opened
from handlers.routes import routes

_ANYBODY = "Asking Slack whether you are one: if you are, try again in a moment."


@routes.action(views.PROPOSE)
def ask(request: Request, coach: Coach) -> Reply:
    """Open the form for an item."""
    asking = coach.proposals.ask(request.number, by=request.by, channel=request.channel)
    meet = frozenset({request.user})
    return Reply(modal=views.form(asking, request.channel), draw=(_card(request, request.number),), meet=meet)


@routes.action(views.LOOK)
def look(request: Request, coach: Coach) -> Reply:
    """Open the form for an item that a cause suggested."""
    asking = coach.proposals.look(request.number, by=request.by, channel=request.channel)
    meet = frozenset({request.user})
    return Reply(modal=views.form(asking, request.channel), draw=(_card(request, asking.retro.id),), meet=meet)


@routes.submission(views.PROPOSING)
def propose(request: Request, coach: Coach) -> Reply:
    """Propose what the form says."""
    view = opened(request)
    checklist, _, phase = view.text("place").partition(":")
    words = Wording(
        checklist=checklist,
        phase=phase,
        title=line(view.text("title")),
        hint=line(view.text("hint")),
        check=view.text("check"),
        level="must" if view.text("level") == "must" else "rec",
    )
    channel = str(view.meta["channel"])
    at_once = views.AT_ONCE in view.several("at_once")
    new = New(number(view.meta["retro"]), words, number(view.meta["suggestion"]), at_once)
    try:
        made = coach.proposals.propose(new, by=request.by, channel=channel)
    except NoRoom as error:
        raise FieldErrors({"place": error.text}) from None
    return Reply(say=views.done(made), draw=(_card(request, made.retro),), channel=channel)


@routes.action(views.ACCEPT)
def accept(request: Request, coach: Coach) -> Reply:
    """Add an item to the workspace's checklist."""
    return _decide(request, coach, coach.proposals.accept)


@routes.action(views.DECLINE)
def decline(request: Request, coach: Coach) -> Reply:
    """Put an item aside."""
    return _decide(request, coach, coach.proposals.decline)


def _decide(request: Request, coach: Coach, decide: Callable[..., Proposal]) -> Reply:
    def done() -> Reply:
        made = decide(request.number, by=request.by, channel=request.channel)
        return Reply(draw=(_card(request, made.retro),))

    return _allowed(request, coach, done)


def _allowed(request: Request, coach: Coach, answer: Callable[[], Reply]) -> Reply:
    """Do what only admins may do; somebody we do not know may turn out to be one."""
    try:
        return answer()
    except NotAnAdmin as error:
        known = coach.installs.person(request.workspace, request.user)
        text = error.text if known else f"{error.text} {_ANYBODY}"
        return Reply(say=sentence(text), channel=request.channel, meet=frozenset({request.user}))


def _card(request: Request, retro: int) -> Key:
    return key(request.workspace, retro)


@routes.word("retro items", "retro items", "The items that your retros added to the checklists", helping.RETROS)
def items(request: Request, coach: Coach) -> Reply:
    """List what the workspace added."""
    return _listed(request, coach)


def _listed(request: Request, coach: Coach, said: str = "") -> Reply:
    listed = coach.own_items.listing(request.workspace)
    person = coach.installs.person(request.workspace, request.user)
    admin = person is not None and person.admin
    message = own_views.items(listed, coach.library.checklists, admin=admin, said=said)
    return Reply(say=message, channel=request.channel, meet=frozenset({request.user}))


@routes.action(own_views.TAKE_OUT)
def take_out(request: Request, coach: Coach) -> Reply:
    """Have later runs do without an item."""

    def done() -> Reply:
        coach.own_items.take_out(request.number, by=request.by)
        return _listed(request, coach, "✓ Taken out. Runs that show it keep it.")

    return _allowed(request, coach, done)
