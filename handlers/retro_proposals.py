"""Checklist items that retros propose: the form, the decision, and the list of what a workspace added."""

from collections.abc import Callable

from bot.app import Coach
from bot.blocks import Modal, line
from bot.checklists.own import views as own_views
from bot.delivery.model import Key
from bot.errors import FieldErrors, NoRoom
from bot.retros.proposals import views
from bot.retros.proposals.model import Asking, New, Proposal, Wording
from bot.retros.service import key
from handlers import admins
from handlers import help as helping
from handlers.requests import Reply, Request, number, opened
from handlers.routes import routes


@routes.action(views.PROPOSE)
def ask(request: Request, coach: Coach) -> Reply:
    """Open the form for an item."""
    return _form(request, coach, coach.proposals.ask)


@routes.action(views.LOOK)
def look(request: Request, coach: Coach) -> Reply:
    """Open the form for an item that a cause suggested."""
    return _form(request, coach, coach.proposals.look)


def _form(request: Request, coach: Coach, begin: Callable[..., Asking]) -> Reply:
    """Open a form; a stranger's is drawn when they are met: an admin's has one more box."""

    def asked() -> Asking:
        return begin(request.number, by=request.by, channel=request.channel)

    def drawn() -> Modal:
        return views.form(asked(), request.channel)

    asking = asked()
    again = drawn if admins.is_stranger(request, coach) else None
    shown = views.form(asking, request.channel)
    return Reply(modal=shown, again=again, draw=(_card(request, asking.retro.id),), meet=frozenset({request.user}))


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

    return admins.only(request, coach, done)


def _card(request: Request, retro: int) -> Key:
    return key(request.workspace, retro)


@routes.word("retro items", "retro items", "The items that your retros added to the checklists", helping.RETROS)
def items(request: Request, coach: Coach) -> Reply:
    """List what the workspace added."""
    return _listed(request, coach)


def _listed(request: Request, coach: Coach, said: str = "") -> Reply:
    listed = coach.own_items.listing(request.workspace)
    admin = coach.installs.is_admin(request.workspace, request.user)
    message = own_views.items(listed, coach.library.checklists, admin=bool(admin), said=said)
    retry = admin is None  # an admin's list has buttons
    return Reply(say=message, channel=request.channel, meet=frozenset({request.user}), retry=retry)


@routes.action(own_views.TAKE_OUT)
def take_out(request: Request, coach: Coach) -> Reply:
    """Have later runs do without an item."""

    def done() -> Reply:
        coach.own_items.take_out(request.number, by=request.by)
        return _listed(request, coach, "✓ Taken out. Runs that show it keep it.")

    return admins.only(request, coach, done)
