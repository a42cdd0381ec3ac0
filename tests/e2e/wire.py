"""Requests to the coach as Slack signs them, and as nobody should send them."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]
PATH = "/slack/events"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a body as Slack does."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def signed(secret: str, body: bytes, *, at: float | None = None, kind: str = "form") -> dict[str, str]:
    """Give the headers of a request that Slack signed at a moment, by default now."""
    timestamp = str(int(time.time() if at is None else at))
    content_type = "application/json" if kind == "json" else "application/x-www-form-urlencoded"
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }


def encoded(payload: Json) -> tuple[bytes, str]:
    """Encode a payload as Slack does: events as JSON, commands as a form, everything else as a form of JSON."""
    if payload.get("type") == "event_callback":
        return json.dumps(payload).encode(), "json"
    form = payload if "command" in payload else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "form"


def send(
    base_url: str,
    body: bytes | Iterable[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = PATH,
) -> tuple[int, str]:
    """Send a request; give status and text. A body in pieces goes out chunked, without a length."""
    pieces = not isinstance(body, bytes)
    with closing(HTTPConnection(urlsplit(base_url).netloc, timeout=20)) as connection:
        connection.request(method, path, body, dict(headers or {}), encode_chunked=pieces)
        response = connection.getresponse()
        return response.status, response.read().decode()


def deliver(base_url: str, secret: str, payload: Json) -> tuple[int, str]:
    """Deliver a payload, signed."""
    body, kind = encoded(payload)
    return send(base_url, body, signed(secret, body, kind=kind))
