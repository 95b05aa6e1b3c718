"""The context of an operation: one request as handlers see it, and the errors they raise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import URL, QueryParams

from .auth import Caller
from .record import Record, Values
from .relations import REFERENCES
from .spec import Operation
from .store import Store


class HTTPError(Exception):
    """An error response of MOCO."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def invalid(**messages: str) -> HTTPError:
    """MOCO's 422, with messages by attribute."""
    return HTTPError(422, {name: [message] for name, message in messages.items()})


NOT_FOUND = HTTPError(404)
DENIED = HTTPError(403, {"errors": ["Access denied"]})


@dataclass
class OperationContext:
    """One request of an operation."""

    operation: Operation
    store: Store
    caller: Caller
    path: dict[str, Any]
    query: QueryParams
    url: URL
    body: Values = field(default_factory=dict)

    @property
    def user(self) -> Record:
        """The user who performs the operation; while impersonating, the impersonated one."""
        return self.caller.user

    @property
    def today(self) -> date:
        return self.store.today()

    @property
    def parents(self) -> dict[str, int]:
        """The ids of parent records in the path, by the attribute that records store them under."""
        return {name: parent for name, parent in self.path.items() if name.endswith("_id")}

    @property
    def record(self) -> Record:
        """The record that the path leads to."""
        record = self.store.find(self.operation.collection, self.path["id"])
        if record is None or not self.parents.items() <= record.items() or not self.caller.may_see(record):
            raise NOT_FOUND
        return record

    def check_path(self) -> None:
        """Raise a 404 for a path that leads nowhere, before the rest of the request is checked."""
        for name, parent in self.parents.items():
            collection = REFERENCES.get(name.removesuffix("_id"))
            if collection and self.store.find(collection, parent) is None:
                raise NOT_FOUND
        if "id" in self.path:
            _ = self.record
