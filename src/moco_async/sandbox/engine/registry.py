"""The registry of the rules of single resources; everything else follows from the spec.

The modules in `domains` register small functions here, by operationId, collection or attribute. A name that the spec
does not have is refused on registration, and so is a second function for the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from .spec import bundled

if TYPE_CHECKING:
    from .context import OperationContext
    from .record import Record, Values
    from .store import Store

Handler = Callable[["OperationContext"], Any]
"""Performs an operation and returns the result: a record, a list, plain data, a response, or None."""

BeforeSave = Callable[["OperationContext", "Record", "Values"], None]
"""Completes and checks the values that are about to be written to a record (an empty one, if it is new)."""

BeforeDelete = Callable[["OperationContext", "Record"], None]
"""Refuses to delete a record that has to stay, or deletes what belongs to it."""

Computed = Callable[["Store", "Record"], Any]
"""Computes an attribute that is not stored."""

Filter = Callable[["Store", "Record", Any], bool]
"""Whether a record is in a list that is filtered by a value."""

OPERATIONS: dict[str, Handler] = {}
BEFORE_SAVE: dict[str, BeforeSave] = {}
BEFORE_DELETE: dict[str, BeforeDelete] = {}
COMPUTED: dict[tuple[str, str], Computed] = {}
FILTERS: dict[tuple[str, str], Filter] = {}

F = TypeVar("F", bound=Callable[..., Any])
Key = TypeVar("Key", str, tuple[str, str])


def operation(*ids: str) -> Callable[[F], F]:
    """Register the handler of operations.

    Raises:
        ValueError: the spec has no such operation, or it has a handler already; likewise below.
    """
    return _registrar(OPERATIONS, "operation", {name: name for name in ids}, bundled().by_id)


def before_save(collection: str) -> Callable[[F], F]:
    """Register a hook that runs before a record of the collection is created or changed."""
    return _registrar(BEFORE_SAVE, "collection", {collection: collection}, bundled().record_collections)


def before_delete(collection: str) -> Callable[[F], F]:
    """Register a hook that runs before a record of the collection is deleted."""
    return _registrar(BEFORE_DELETE, "collection", {collection: collection}, bundled().record_collections)


def computed(collection: str, *attributes: str) -> Callable[[F], F]:
    """Register the function that computes attributes of a collection's records."""
    keys = {(collection, attribute): collection for attribute in attributes}
    return _registrar(COMPUTED, "collection", keys, bundled().record_collections)


def list_filter(resource: str, *parameters: str) -> Callable[[F], F]:
    """Register the filter of parameters of a resource's lists."""
    keys = {(resource, parameter): f"{resource}?{parameter}" for parameter in parameters}
    return _registrar(FILTERS, "list parameter", keys, bundled().list_parameters)


def _registrar(registry: dict[Key, Any], kind: str, keys: dict[Key, str], known: Collection[str]) -> Callable[[F], F]:
    """A decorator that registers a function.

    Args:
        registry: The registry that it is added to.
        kind: What the names are in the spec.
        keys: The keys that it is registered under, and the name in the spec that each belongs to.
        known: The names that the spec has.
    """
    for name in keys.values():
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0)
            raise ValueError(f"the spec has no {kind} {name!r}; did you mean {nearest[0]!r}?")

    def register(function: F) -> F:
        for key in keys.keys() & registry.keys():
            name = key if isinstance(key, str) else ".".join(key)
            raise ValueError(f"{name!r} is registered twice: {_describe(registry[key])}, {_describe(function)}")
        registry.update(dict.fromkeys(keys, function))
        return function

    return register


def _describe(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def get_value(store: Store, record: Record, name: str) -> Any:
    """The value of an attribute, stored or computed; None if the record does not have it."""
    compute = COMPUTED.get((record.collection, name))
    return compute(store, record) if compute else record.get(name)
