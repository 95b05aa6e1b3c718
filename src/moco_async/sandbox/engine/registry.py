"""Where the domains say what is peculiar about their resources; everything else follows from the spec.

The modules in `domains` register small functions here, by operationId, collection or attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .context import OperationContext
    from .record import Record, Values
    from .store import Store

Handler = Callable[["OperationContext"], Any]
"""Does an operation and returns what it answers: a record, a list, plain data, a response, or None."""

BeforeSave = Callable[["OperationContext", "Record", "Values"], None]
"""Completes and checks the values that are about to be written to a record (an empty one, if it is new)."""

BeforeDelete = Callable[["OperationContext", "Record"], None]
"""Refuses to delete a record that has to stay, or else takes along what belongs to it."""

Computed = Callable[["Store", "Record"], Any]
"""An attribute that is not kept but follows from others."""

OPERATIONS: dict[str, Handler] = {}
BEFORE_SAVE: dict[str, BeforeSave] = {}
BEFORE_DELETE: dict[str, BeforeDelete] = {}
COMPUTED: dict[tuple[str, str], Computed] = {}

F = TypeVar("F", bound=Callable[..., Any])


def operation(*operations: str) -> Callable[[F], F]:
    """Register what an operation does."""

    def register(function: F) -> F:
        OPERATIONS.update(dict.fromkeys(operations, function))
        return function

    return register


def before_save(collection: str) -> Callable[[F], F]:
    """Register what happens to the values before a record of the collection is created or changed."""

    def register(function: F) -> F:
        BEFORE_SAVE[collection] = function
        return function

    return register


def before_delete(collection: str) -> Callable[[F], F]:
    """Register what happens before a record of the collection is deleted."""

    def register(function: F) -> F:
        BEFORE_DELETE[collection] = function
        return function

    return register


def computed(collection: str, *attributes: str) -> Callable[[F], F]:
    """Register how attributes of a collection's records are computed."""

    def register(function: F) -> F:
        COMPUTED.update({(collection, attribute): function for attribute in attributes})
        return function

    return register


def get_value(store: Store, record: Record, name: str) -> Any:
    """The value of an attribute, kept or computed; None without one."""
    compute = COMPUTED.get((record.collection, name))
    return compute(store, record) if compute else record.get(name)
