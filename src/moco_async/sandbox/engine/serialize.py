"""Serialization of records by the response schema of an operation.

Records store the ids of others. Embedded records are looked up on serialization, so that they are always up to date,
and have exactly the attributes that the schema gives them in that place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from .record import Record, Values
from .registry import COMPUTED, Computed
from .relations import CHILDREN, REFERENCES
from .spec import Schema, Spec
from .store import Store

ABSENT: Any = object()
NOTHING: frozenset[str] = frozenset()


class Source(NamedTuple):
    """The source of an attribute that the record may not have itself."""

    find: Callable[[Store, Any], Any]
    first: bool = False
    """Whether it takes precedence over the record's own value."""


def _find_source(collection: str, name: str, part: Shape) -> Source | None:
    if compute := COMPUTED.get((collection, name)):
        return Source(compute, first=True)
    if child := CHILDREN.get((collection, name)):
        children, link = child
        return Source(lambda store, record: store.where(children, **{link: record["id"]}))
    if part.attributes and name in REFERENCES:
        target, find_id = REFERENCES[name], COMPUTED.get((collection, f"{name}_id"), _stored(f"{name}_id"))
        return Source(lambda store, record: store.find(target, find_id(store, record)))
    return None


def _stored(name: str) -> Computed:
    return lambda store, record: record.get(name)


class Shape:
    """A schema, prepared for serialization; its parts are prepared when they are needed."""

    def __init__(self, spec: Spec, schema: Schema, required: bool = True) -> None:
        schema = spec.merged(schema)
        # Of several variants of a record, the spec names the one with the most attributes first.
        choices = schema.get("oneOf") or schema.get("anyOf") or [schema]
        variants = [spec.merged(variant) for variant in choices]
        kinds = [variant for variant in variants if variant.get("type") != "null"]
        self._spec = spec
        self._schema = kinds[-1]
        self._richer = kinds[0]
        self._sources: dict[str, dict[str, Source]] = {}
        types = self._schema.get("type", ())
        self.types = (types,) if isinstance(types, str) else tuple(types)
        self.nullable = "null" in self.types or len(kinds) < len(variants)
        self.expected = required or self.nullable

    def sources(self, collection: str) -> dict[str, Source]:
        """The sources of attributes that records of a collection do not store themselves."""
        if collection not in self._sources:
            found = {name: _find_source(collection, name, part) for name, part in self.attributes.items()}
            self._sources[collection] = {name: source for name, source in found.items() if source}
        return self._sources[collection]

    @cached_property
    def richer(self) -> Shape:
        return Shape(self._spec, self._richer)

    @cached_property
    def attributes(self) -> dict[str, Shape]:
        required = self._schema.get("required", ())
        properties = self._schema.get("properties", {})
        return {name: Shape(self._spec, part, name in required) for name, part in properties.items()}

    @cached_property
    def composite(self) -> bool:
        """Whether values have parts to serialize."""
        return bool(self.items or self.attributes)

    @cached_property
    def items(self) -> Shape | None:
        return Shape(self._spec, self._schema["items"]) if "items" in self._schema else None

    def default(self) -> Any:
        """The value of an attribute that is not set."""
        if self.nullable:
            return None
        if "enum" in self._schema:
            return self._schema["enum"][0]
        empty: dict[str, Any] = {"array": [], "object": {}, "boolean": False, "integer": 0, "number": 0, "string": ""}
        return empty.get(next(iter(self.types), ""))


class Serializer:
    def __init__(self, spec: Spec, store: Store) -> None:
        self._spec = spec
        self._store = store
        self._shapes: dict[int, Shape] = {}

    def serialize(
        self,
        schema: Schema,
        data: Any,
        *,
        expand: Iterable[str] = (),
        omit: frozenset[str] = NOTHING,
    ) -> Any:
        """The JSON of a result: `expand` names references to show in full, `omit` attributes to leave out."""
        # Schemas live as long as the spec, so their ids are unique.
        if id(schema) not in self._shapes:
            self._shapes[id(schema)] = Shape(self._spec, schema)
        return _Serialization(self._store, frozenset(expand)).serialize(data, self._shapes[id(schema)], omit)


class _Serialization:
    """The serialization of one response. A record that many rows embed is serialized once."""

    def __init__(self, store: Store, expand: frozenset[str]) -> None:
        self._store = store
        self._expand = expand
        self._embedded: dict[tuple[int, Shape], tuple[Record, Values]] = {}

    def serialize(self, data: Any, shape: Shape, omit: frozenset[str] = NOTHING) -> Any:
        if isinstance(data, list) and shape.items:
            return [self.serialize(item, shape.items, omit) for item in data]
        if data and isinstance(data, dict) and shape.attributes:
            return self._object(data, shape, omit)
        return data

    def _object(self, data: Values, shape: Shape, omit: frozenset[str]) -> Values:
        rendered: Values = {}
        sources = shape.sources(data.collection) if isinstance(data, Record) else {}
        for name, part in shape.attributes.items():
            if name in omit:
                continue
            found = self._attribute(data, name, sources.get(name))
            if found is ABSENT or (found is None and not part.nullable):
                if part.expected:
                    rendered[name] = part.default()
            elif part.composite:
                whole = part.richer if name in self._expand else part
                known = isinstance(found, Record)
                rendered[name] = self._reference(found, whole) if known else self.serialize(found, whole)
            else:
                rendered[name] = found
        return rendered

    def _reference(self, record: Record, shape: Shape) -> Values:
        # The record is stored along with its JSON, so that its id is not reused.
        key = (id(record), shape)
        if key not in self._embedded:
            self._embedded[key] = (record, self.serialize(record, shape))
        return self._embedded[key][1]

    def _attribute(self, data: Values, name: str, source: Source | None) -> Any:
        if source and (source.first or name not in data):
            return source.find(self._store, data)
        return data.get(name, ABSENT)
