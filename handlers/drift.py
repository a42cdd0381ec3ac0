"""The incident side of a drift-response: severity and roles, the clock, the timeline."""

from bot.app import Coach
from bot.checklists import TO_TIMELINE, modals, views
from bot.checklists.model import SEVERITIES, Response, Severity
from bot.checklists.service import key
from bot.errors import NothingOpen, Refused
from handlers.requests import Reply, Request, View
from handlers.routes import routes


@routes.action(views.ROLES)
def ask_roles(request: Request, coach: Coach) -> Reply:
    """Open the form for severity and roles."""
    return Reply(modal=modals.roles(coach.checklists.get(request.workspace, request.number)))


@routes.submission(modals.LEADING)
def set_roles(request: Request, coach: Coach) -> Reply:
    """Set severity and roles."""
    view = _view(request)
    severity: Severity | None = next((one for one in SEVERITIES if one == view.text("severity")), None)
    lead, operations, communications = (view.text(name) or None for name in ("lead", "operations", "communications"))
    run_id = int(view.meta["run"])
    coach.checklists.lead(run_id, Response(severity, lead, operations, communications), by=request.by)
    return Reply(draw=(key(request.workspace, run_id),))


@routes.action(views.CONTAIN)
def contain(request: Request, coach: Coach) -> Reply:
    """Stop the clock."""
    coach.checklists.contain(request.number, by=request.by)
    return Reply(draw=(key(request.workspace, request.number),))


@routes.action(views.ENTRY)
def ask_entry(request: Request, coach: Coach) -> Reply:
    """Open the form for an entry of the timeline."""
    return Reply(modal=modals.note([coach.checklists.get(request.workspace, request.number)]))


@routes.shortcut(TO_TIMELINE)
def ask_message(request: Request, coach: Coach) -> Reply:
    """Open the form with a message filled in."""
    runs = coach.checklists.open_responses(request.workspace, request.channel)
    if not runs or request.shot is None:
        raise NothingOpen
    shot = request.shot
    link = coach.installs.message_link(request.workspace, request.channel, shot.ts)
    return Reply(modal=modals.note(runs, text=shot.text, link_to=link, author=shot.author))


@routes.submission(modals.NOTING)
def add_entry(request: Request, coach: Coach) -> Reply:
    """Add an entry to the timeline."""
    view = _view(request)
    run_id = int(view.text("run") or view.meta["run"])
    link, author = str(view.meta.get("link", "")), str(view.meta.get("author", ""))
    coach.checklists.note(run_id, view.text("text"), link=link, author=author, by=request.by)
    return Reply(draw=(key(request.workspace, run_id),))


def _view(request: Request) -> View:
    if request.view is None:
        raise Refused
    return request.view
