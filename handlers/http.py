"""The ASGI app: requests are checked here, before anything parses them, and handed to Bolt."""

import re
from binascii import a2b_qp

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from handlers.requests import MALFORMED
from handlers.service import Service

BODY_LIMIT = 1_000_000
"""Bytes; Slack's largest payload is a view of 250 KB, sent with its state."""

_TIMESTAMP = re.compile(r"\d{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_log = structlog.get_logger()


def app(service: Service) -> Starlette:
    """Build the ASGI app for HTTP mode."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    routing = [Route("/slack/events", _Events(service), methods=["POST"]), Route("/healthz", healthz, methods=["GET"])]
    return Starlette(routes=routing, lifespan=lambda _: service.running())


class _Events:
    """POST /slack/events, as plain ASGI: Starlette's wrapping of a function costs a tenth of an ack."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._verifier = SignatureVerifier(service.coach.settings.slack_signing_secret.get_secret_value())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", 413)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return PlainTextResponse("not signed by Slack", 401)  # Slack signs text
        if not _is_slack(self._verifier, request, text):
            return PlainTextResponse("not signed by Slack, or too old", 401)
        with self._service.drawer.way.answering():
            return await _dispatch(self._service.bolt, request, text)


async def _body(request: Request) -> bytes | None:
    """Read the body, but no more of it than Slack ever sends."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _is_slack(verifier: SignatureVerifier, request: Request, body: str) -> bool:
    """Check the signature over the raw body; the SDK itself fails on a timestamp that is no number."""
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    return timestamp.isascii() and verifier.is_valid(body, timestamp, signature)


async def _dispatch(bolt_app: AsyncApp, request: Request, body: str) -> Response:
    """Hand the request to Bolt, which trusts that whatever was signed has Slack's shape."""
    try:
        asked = AsyncBoltRequest(body=payload(body), headers=dict(request.headers))
        answer = await bolt_app.async_dispatch(asked)
    except MALFORMED as error:
        return _not_slacks(type(error).__name__)
    headers = {name: value for name, value in answer.first_headers().items() if name != "content-length"}
    return Response(answer.body, answer.status, headers=headers)


def payload(body: str) -> str:
    """Give the JSON of a click or a form; anything else as it is.

    Bolt decodes a form's body with urllib, sign by sign: half of the ack of a long form. Quoted-printable is the same
    code with another mark, and Python has that in C.
    """
    name, _, coded = body.partition("=")
    if name != "payload" or not body.isascii() or any(sign in coded for sign in "&=\r\n"):
        return body
    found = a2b_qp(coded.replace("+", " ").replace("%", "=")).decode(errors="replace")
    return found if found.startswith("{") else body


def _not_slacks(why: str) -> Response:
    _log.warning("not a payload of Slack's", why=why)
    return PlainTextResponse("not a payload of Slack's", 400)
