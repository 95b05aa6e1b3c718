"""A walk through an account: lists first, then one record of each, by the ids that the lists have shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from moco_async import APIError, MocoClient, MocoError, NotFoundError, Page, PermissionDeniedError, ResponseError

from ..errors import InputError
from .operations import PARAMETER, Operation

CANDIDATES = 3
"""The number of records that are tried, until one is there, or has rows below it."""
PATIENCE = 6
"""The number of operations that fail before the key or the address is taken to be wrong."""

Arguments = tuple[Any, ...]
Found = list[tuple[Arguments, Any]]
"""Records, with the arguments of the call that answered with them."""


@dataclass(frozen=True)
class Outcome:
    """What has become of an operation."""

    operation: str
    kind: str
    """`answered`, `no rows`, `no record`, `403`, `404`, `skipped`, `failed` or `stopped`."""
    detail: str = ""
    """The reason of what was skipped or has failed, without anything that MOCO has answered."""


class Walk:
    """A walk through an account, which calls each operation that it comes to, once.

    Args:
        operations: Every operation that reads.
        client: A client of the account.
        tell: Called with each outcome.
    """

    def __init__(self, operations: Sequence[Operation], client: MocoClient, tell: Callable[[Outcome], None]) -> None:
        self.outcomes: list[Outcome] = []
        self._client = client
        self._tell = tell
        self._operations = {each.path: each for each in operations}
        self._found: dict[str, Found] = {}

    async def visit(self, chosen: Sequence[Operation]) -> None:
        """Call the operations, and before them those that show the ids they take.

        Raises:
            InputError: nothing is answered.
        """
        for operation in chosen:
            await self._look(operation.path)
        self._give_up_without_key()

    async def _look(self, path: str) -> Found:
        """The records at a path. The first call reads them."""
        if path not in self._found:
            operation = self._operations.get(path)
            self._found[path] = await (self._read(operation) if operation else self._embedded(path))
        return self._found[path]

    async def _embedded(self, path: str) -> Found:
        """The records inside of others, as the items of `/catalog_services/{}/items`, which no operation lists."""
        parent, _, name = path.rpartition("/")
        if not parent:
            return []
        return [(used, row) for used, record in await self._look(parent) for row in getattr(record, name, None) or ()]

    async def _read(self, operation: Operation) -> Found:
        if operation.skipped:
            self._note(Outcome(operation.id, "skipped", operation.skipped))
            return []
        outcome, error = Outcome(operation.id, "no record"), None
        for arguments in (await self._candidates(operation))[:CANDIDATES]:
            try:
                answer = await self._call(operation, arguments)
            except MocoError as refusal:
                outcome, error = _failure(operation, refusal), refusal
                if isinstance(refusal, NotFoundError):
                    continue
                break
            if rows := answer if isinstance(answer, list | Page) else [answer]:
                self._note(Outcome(operation.id, "answered"))
                return [(arguments, row) for row in rows]
            outcome, error = Outcome(operation.id, "no rows"), None
        self._note(outcome)
        if error:
            self._give_up_early(error)
        return []

    async def _candidates(self, operation: Operation) -> list[Arguments]:
        """The arguments for a path, by the records that are known, the most promising first."""
        if operation.kinds:
            for kind in operation.kinds:
                path = next(each.path for each in self._operations.values() if each.lists == kind)
                if found := await self._look(path):
                    return [(kind, *ids) for ids in _ids(found)]
            return []
        above, parameter, _ = operation.path.rpartition(f"/{PARAMETER}")
        if not parameter:
            return [()]
        found = await self._look(above)
        return [*dict.fromkeys([*await self._parents(operation), *_ids(found)])]

    async def _parents(self, operation: Operation) -> list[Arguments]:
        """The records that have what is looked for, as lists of the whole account tell: `project_expenses.list_all`."""
        if not operation.lists or len(operation.parents) != 1:
            return []
        parents = []
        for other in list(self._operations.values()):
            if other.lists == operation.lists and PARAMETER not in other.path:
                parents += [((), getattr(row, operation.parents[0], None)) for _, row in await self._look(other.path)]
        return _ids(parents)

    async def _call(self, operation: Operation, arguments: Arguments) -> Any:
        resource, _, method = operation.id.partition(".")
        return await getattr(getattr(self._client, resource), method)(*arguments)

    def _note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._tell(outcome)

    def _give_up_early(self, error: MocoError) -> None:
        """Stop if the account cannot be reached, or nothing has been answered for long.

        Raises:
            InputError: the key or the address is wrong.
        """
        asked = self._asked()
        if any(each.kind not in ("404", "failed") for each in asked):
            return
        if not isinstance(error, APIError | ResponseError):
            raise InputError(f"no answer from the account of MOCO_SUBDOMAIN or MOCO_BASE_URL: {error.args[0]}")
        if len(asked) == PATIENCE:
            self._give_up_without_key()
            raise InputError(f"the first {PATIENCE} operations failed: check MOCO_SUBDOMAIN or MOCO_BASE_URL")

    def _give_up_without_key(self) -> None:
        if {each.detail for each in self._asked()} == {"401"}:
            raise InputError("MOCO answers 401: check MOCO_API_KEY, and that the key is one of this account")

    def _asked(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.kind not in ("skipped", "no record")]


def _ids(found: Found) -> list[Arguments]:
    """The arguments that lead to each of these records. An id that is not one, or not there, leads nowhere."""
    ids = [(used, getattr(row, "id", None)) for used, row in found]
    return [(*used, number) for used, number in ids if type(number) is int]


def _failure(operation: Operation, error: MocoError) -> Outcome:
    """What an error means, without its message, which may hold values of a record."""
    match error:
        case PermissionDeniedError() | NotFoundError():
            return Outcome(operation.id, str(error.status))
        case APIError():
            return Outcome(operation.id, "failed", str(error.status))
        case ResponseError():
            return Outcome(operation.id, "failed", "an answer that cannot be read")
    return Outcome(operation.id, "failed", "no answer")
