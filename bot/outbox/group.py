"""Lets what many tasks want to write share a transaction: an empty one, with its sync to disk, costs more than rows."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from bot.database import Database, Transaction

MOST = 16
"""Changes that share a transaction; with more of them people who click would wait for their turn."""

_T = TypeVar("_T")
_Change = Callable[[Transaction], Any]


class Group:
    """Runs changes in the order in which they come, as many at a time as have gathered meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[_Change, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, change: Callable[[Transaction], _T]) -> _T:
        """Run a change in a transaction and give what it gives; it may be run twice, and only the last counts."""
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return await done

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                results = await loop.run_in_executor(None, self._together, [change for change, _ in batch])
                for (_, done), result in zip(batch, results, strict=True):
                    _answer(done, result)
        finally:
            self._task = None

    def _together(self, changes: list[_Change]) -> list[Any]:
        if len(changes) == 1:
            return [self._alone(changes[0])]
        try:
            with self._database.write() as tx:
                return [change(tx) for change in changes]
        except Exception:  # noqa: BLE001 - one that fails must not take the others with it: each is tried on its own
            return [self._alone(change) for change in changes]

    def _alone(self, change: _Change) -> Any:  # noqa: ANN401 - whatever the change gives, or its error
        try:
            with self._database.write() as tx:
                return change(tx)
        except Exception as error:  # noqa: BLE001 - it is raised where the change was asked for
            return error


def _answer(done: "asyncio.Future[Any]", result: object) -> None:
    if done.cancelled():
        return
    if isinstance(result, Exception):
        done.set_exception(result)
    else:
        done.set_result(result)
