from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from sandbox.cli import listen
from sandbox.guard import trusted
from tests.sandbox.engine import TOKEN, World

ROUTES = [("GET", "/control/state"), ("POST", "/control/uninstall"), ("POST", "/api/auth.test"), ("POST", "/hooks/x")]


def status(world: World, verb: str, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection(urlsplit(world.ws.base_url).netloc, timeout=5)
    connection.request(verb, path, headers={"Authorization": f"Bearer {TOKEN}", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.parametrize(("verb", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"X-Forwarded-Host": "127.0.0.1"},
        {"Forwarded": "for=10.0.0.1"},
    ],
)
def test_a_stranger_is_refused_everywhere(world: World, verb: str, path: str, headers: dict[str, str]) -> None:
    assert status(world, verb, path, headers) == 403
    assert world.ws.installed


def test_the_own_page_is_let_in(world: World) -> None:
    assert status(world, "GET", "/control/state", {"Origin": world.ws.base_url}) == 200


def test_only_loopback_is_listened_on() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_peer_from_elsewhere_is_refused() -> None:
    assert trusted("127.0.0.1", {"host": "localhost:8700"})
    assert not trusted("10.0.0.7", {"host": "localhost:8700"})
    assert not trusted("127.0.0.1", {})
