"""The sandbox as one ASGI app: the Web API, the control routes and the page, behind the guard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from sandbox import chat, control, conversations, files, hooks, views, webapi
from sandbox.deliver import HttpCourier
from sandbox.guard import Guard
from sandbox.page import routes as page_routes
from sandbox.socketmode import Links, SocketCourier
from sandbox.state import Workspace

METHOD_MODULES = (chat, conversations, files, views)
"""Importing these registers their Web API methods."""


def create_app(ws: Workspace, bot_url: str) -> Starlette:
    """Assemble the app around a workspace whose bot listens at `bot_url`."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await _connect(ws, bot_url)
        yield
        ws.close()
        await ws.settle()
        if ws.courier:
            await ws.courier.close()

    app = Starlette(routes=_routes(), middleware=[Middleware(Guard)], lifespan=lifespan)
    app.state.workspace = ws
    return app


def _routes() -> list[BaseRoute]:
    return [
        Route("/api/{method}", webapi.api, methods=["GET", "POST"]),
        Route("/hooks/{hook_id}", hooks.answer, methods=["POST"]),
        Route("/upload/v1/{file_id}", files.upload, methods=["POST"]),
        Route("/files/{file_id}", files.download),
        *control.routes(),
        *page_routes(),
    ]


async def _connect(ws: Workspace, bot_url: str) -> None:
    if not ws.manifest.socket_mode:
        ws.courier = HttpCourier(ws, bot_url)
        return
    ws.links = Links(ws)
    await ws.links.start()
    ws.courier = SocketCourier(ws, ws.links)
