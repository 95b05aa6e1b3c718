"""From a record as it is kept to what an operation answers, by the schema of the answer.

Records keep the ids of others. What an answer embeds is looked up when it is rendered, so that it is always up to
date, and shows exactly the attributes that the schema gives the embedded record in that place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from .hooks import COMPUTED, value
from .spec import Schema, Spec
from .store import Record, Store
from .tables import CHILDREN, REFERENCES

ABSENT: Any = object()
NOTHING: frozenset[str] = frozenset()


class Shape:
    """What a schema says about rendering; its parts are looked at when they are needed."""

    def __init__(self, spec: Spec, schema: Schema, required: bool = True) -> None:
        schema = spec.merged(schema)
        # Of several shapes that a record may take, the spec names the richest first.
        choices = schema.get("oneOf") or schema.get("anyOf") or [schema]
        variants = [spec.merged(variant) for variant in choices]
        kinds = [variant for variant in variants if variant.get("type") != "null"]
        self._spec = spec
        self._schema = kinds[-1]
        self._richer = kinds[0]
        types = self._schema.get("type", ())
        self.types = (types,) if isinstance(types, str) else tuple(types)
        self.nullable = "null" in self.types or len(kinds) < len(variants)
        self.expected = required or self.nullable

    @cached_property
    def richer(self) -> Shape:
        return Shape(self._spec, self._richer)

    @cached_property
    def attributes(self) -> dict[str, Shape]:
        required = self._schema.get("required", ())
        properties = self._schema.get("properties", {})
        return {name: Shape(self._spec, part, name in required) for name, part in properties.items()}

    @cached_property
    def items(self) -> Shape | None:
        return Shape(self._spec, self._schema["items"]) if "items" in self._schema else None

    def default(self) -> Any:
        """What stands for a value that nobody has set."""
        if self.nullable:
            return None
        if "enum" in self._schema:
            return self._schema["enum"][0]
        empty: dict[str, Any] = {"array": [], "object": {}, "boolean": False, "integer": 0, "number": 0, "string": ""}
        return empty.get(next(iter(self.types), ""))


class Renderer:
    def __init__(self, spec: Spec, store: Store) -> None:
        self._spec = spec
        self._store = store
        self._shapes: dict[int, Shape] = {}

    def answer(
        self,
        schema: Schema,
        data: Any,
        *,
        expand: Iterable[str] = (),
        omit: frozenset[str] = NOTHING,
    ) -> Any:
        """What an operation answers: `expand` names references to show in full, `omit` attributes to leave out."""
        # Schemas live as long as the spec, so that they can be known by their address.
        if id(schema) not in self._shapes:
            self._shapes[id(schema)] = Shape(self._spec, schema)
        shape = self._shapes[id(schema)]
        return self._render(data, shape, frozenset(expand), omit)

    def _render(self, data: Any, shape: Shape, expand: frozenset[str], omit: frozenset[str] = NOTHING) -> Any:
        if isinstance(data, list) and shape.items:
            return [self._render(item, shape.items, expand, omit) for item in data]
        if data and isinstance(data, Mapping) and shape.attributes:
            return self._object(data, shape, expand, omit)
        return data

    def _object(
        self, data: Mapping[str, Any], shape: Shape, expand: frozenset[str], omit: frozenset[str]
    ) -> dict[str, Any]:
        rendered: dict[str, Any] = {}
        for name, part in shape.attributes.items():
            if name in omit:
                continue
            found = self._attribute(data, name, part)
            if found is None and not part.nullable:
                found = ABSENT
            if found is not ABSENT:
                rendered[name] = self._render(found, part.richer if name in expand else part, expand)
            elif part.expected:
                rendered[name] = part.default()
        return rendered

    def _attribute(self, data: Mapping[str, Any], name: str, part: Shape) -> Any:
        if not isinstance(data, Record):
            return data.get(name, ABSENT)
        if (data.collection, name) in COMPUTED:
            return value(self._store, data, name)
        if name in data:
            return data[name]
        if child := CHILDREN.get((data.collection, name)):
            collection, link = child
            return self._store.where(collection, **{link: data["id"]})
        if part.attributes and name in REFERENCES:
            return self._store.find(REFERENCES[name], value(self._store, data, f"{name}_id"))
        return ABSENT
