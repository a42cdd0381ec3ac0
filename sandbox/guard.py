"""Keeps the sandbox to this machine: whoever is not clearly local gets 403."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = {"127.0.0.1", "::1"}
HOSTS = {"127.0.0.1", "localhost"}


def trusted(peer: str, headers: Mapping[str, str]) -> bool:
    """Say whether a request is from this machine, to this machine's own name, and from our own page.

    The `Host` stops DNS rebinding, the `Origin` other sites' forms, and the forwarding headers a proxy that
    would put the sandbox on a network.
    """
    host = headers.get("host", "")
    name = host.rpartition(":")[0] or host
    origin = headers.get("origin")
    forwarded = any(key.lower() == "forwarded" or key.lower().startswith("x-forwarded-") for key in headers)
    return peer in LOOPBACK and name in HOSTS and origin in (None, f"http://{host}") and not forwarded


class Guard:
    """ASGI middleware in front of every route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a local request through, refuse any other."""
        if scope["type"] == "lifespan" or trusted((scope.get("client") or ("",))[0], Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        await PlainTextResponse("The sandbox serves this machine only.", 403)(scope, receive, send)
