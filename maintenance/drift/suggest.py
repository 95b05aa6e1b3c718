"""The changes of the spec that would make it allow what was recorded."""

from __future__ import annotations

import copy
import re
from collections import Counter

from generator.spec.schema import Node, attribute_problem
from moco_async.drift.json_shape import OTHER, Shape, merge, times
from moco_async.drift.storage import Record

from .findings import Finding
from .json_types import as_type, declared_types, kinds, plain_types
from .snippets import Snippet, write_yaml
from .spec_index import SCHEMAS, SchemaPath, SpecIndex, find_node

DESCRIPTION = "Seen in answers; not documented by MOCO."
ENOUGH = 20
"""The number of records that have to have an attribute, with none that lacks it, before it counts as required."""

_NOT_APART = "types that decoding could not tell apart"


class NoSuggestionError(Exception):
    """The reason that a change cannot be suggested."""


class Suggestions:
    """Changes a copy of the spec's schemas finding by finding, and writes the changed parts as YAML.

    Args:
        spec: The spec.
        record: The record of the findings, for how often something was not there.
    """

    def __init__(self, spec: SpecIndex, record: Record) -> None:
        self.spec = spec
        self.record = record
        self.schemas = copy.deepcopy(spec.schemas)
        """The schemas with every suggested change."""
        self.files = {name: spec.file(name) for name in spec.schemas}
        """The section of each schema, also of new ones."""
        self._owners: dict[str, str] = {}
        self._changed: list[tuple[Finding, list[SchemaPath]]] = []

    def take(self, finding: Finding) -> None:
        """Make the change for a finding, or note in the finding why there is none."""
        known = set(self.schemas)
        try:
            match finding.kind:
                case "unknown":
                    changed = self._add_attribute(finding)
                case "missing":
                    changed = self._make_optional(finding)
                case "value":
                    changed = self._add_values(finding)
                case "null" | "type":
                    changed = self._widen(finding)
                case _:
                    raise NoSuggestionError("errors are described by hand")
        except NoSuggestionError as error:
            finding.reason = str(error)
            for name in set(self.schemas) - known:
                del self.schemas[name]
            return
        finding.remark = self._reach(finding)
        self._changed.append((finding, changed))

    def write_snippets(self) -> None:
        """Give each finding the YAML of its change, together with those of the others at the same node."""
        for finding, pointers in self._changed:
            finding.snippets = [self._snippet(*pointer) for pointer in pointers]

    def _snippet(self, schema: str, *steps: str) -> Snippet:
        pointer = (schema, *steps)
        text = write_yaml((*SCHEMAS, *pointer), find_node(self.schemas, pointer), self.files[schema], self.files)
        if find_node(self.spec.schemas, pointer) is not None:
            return Snippet(self.spec.locate(pointer), "instead of", text)
        if schema not in self.spec.schemas:
            return Snippet(self.spec.locate((self._root(schema),)), "below the schema at", text)
        last = self.spec.last_attribute(schema) if steps[0] == "properties" else (schema,)
        return Snippet(self.spec.locate(last), "below", text)

    def _root(self, schema: str) -> str:
        """The schema of the spec that a new schema was made for."""
        return self._root(self._owners[schema]) if schema in self._owners else schema

    def _reach(self, finding: Finding) -> str:
        """A warning if more than one model has what is changed."""
        schema = (self.spec.resolve(finding.where) or (self.spec.attributes_part(finding.model) or finding.model,))[0]
        if len(self.spec.holders.get(schema, ())) < 2:
            return ""
        return f"{schema} is shared: this touches {len(self.spec.users.get(schema, ()))} operations"

    # --- an attribute that the spec does not have

    def _add_attribute(self, finding: Finding) -> list[SchemaPath]:
        part = self.spec.attributes_part(finding.model) if finding.model in self.spec.schemas else None
        if part is None:
            raise NoSuggestionError(f"the spec has no {finding.model} with attributes")
        known = set(self.schemas)
        node = self._attribute(part, finding.name, finding.shape)
        self.schemas[part]["properties"][finding.name] = node
        changed: list[SchemaPath] = [(part, "properties", finding.name)]
        changed += [(name,) for name in self.schemas if name not in known]
        if always := self._is_always_there(finding):
            self.schemas[part].setdefault("required", []).append(finding.name)
            changed.append((part, "required"))
        finding.change = f"a new attribute of {part}{', always there' if always else ''}"
        return changed

    def _is_always_there(self, finding: Finding) -> bool:
        """Whether every operation that answers with the model was checked, and no record lacked the attribute."""
        counted = {
            operation: self.record.records.get(operation, Counter())[finding.model]
            for operation in self.spec.users.get(finding.model, ())
        }
        everywhere = all(of and finding.operations.get(name, (0, 0))[0] == of for name, of in counted.items())
        return everywhere and sum(counted.values()) >= ENOUGH

    def _attribute(self, owner: str, name: str, shape: Shape) -> Node:
        if name == OTHER:
            raise NoSuggestionError("its name does not look like one of the API's and was not kept")
        if problem := attribute_problem(name):
            raise NoSuggestionError(f"its name {problem}")
        node = self._node(owner, name, shape)
        if "$ref" in node:
            node = {"allOf": [node]}
        front: Node = {key: node.pop(key) for key in ("type", "format") if key in node}
        return {**front, "description": DESCRIPTION, **node}

    def _node(self, owner: str, name: str, shape: Shape) -> Node:
        found = kinds(shape) - {"null"}
        null = {"null"} & set(shape)
        if not found:
            raise NoSuggestionError("nothing but null was seen, so its type is not known")
        if len(found) == 1 and found <= {"date", "date-time"}:
            return {"type": as_type({"string", *null}), "format": found.pop()}
        if found == {"list"}:
            return {"type": as_type({"array", *null}), "items": self._items(owner, name, shape.get("items", {}))}
        if found == {"object"}:
            return self._object(owner, name, shape, nullable=bool(null))
        return {"type": as_type(_plain_types(shape))}

    def _items(self, owner: str, name: str, shape: Shape) -> Node:
        if not kinds(shape):
            return {}  # all lists were empty
        if "null" in shape and kinds(shape) & {"list", "object"}:
            raise NoSuggestionError("nulls among records, which are not decoded")
        return self._node(owner, name.removesuffix("s") or name, shape)

    def _object(self, owner: str, name: str, shape: Shape, *, nullable: bool) -> Node:
        attributes: dict[str, Shape] = shape.get("attributes", {})
        if not attributes or OTHER in attributes:  # a free map
            values: Shape = {}
            for each in attributes.values():
                merge(values, each)
            is_plain = values and plain_types(kinds(values))
            inner = {"type": as_type(_plain_types(values))} if is_plain else True
            return {"type": as_type({"object", *["null"] * nullable}), "additionalProperties": inner}
        schema = self._known(owner, shape) or self._new(owner, name, shape)
        reference = {"$ref": f"#/components/schemas/{schema}"}
        return {"oneOf": [reference, {"type": "null"}]} if nullable else reference

    def _known(self, owner: str, shape: Shape) -> str | None:
        """A shared schema, or one of the same file, that has exactly these attributes."""
        near = ("shared.yaml", self.files[owner])
        for name, schema in self.spec.schemas.items():
            if name.endswith("Ref") and self.files[name] in near and _is_schema_of(schema, shape):
                return name
        return None

    def _new(self, owner: str, name: str, shape: Shape) -> str:
        camel = owner + "".join(part.capitalize() for part in name.split("_"))
        stem = camel if re.fullmatch(r"([A-Z][a-z0-9]+)+", camel) else owner + name.replace("_", "").capitalize()
        names = (stem, f"{stem}Summary", *(f"{stem}{number}" for number in range(2, 100)))
        chosen = next(each for each in names if each not in self.schemas)
        self.files[chosen], self._owners[chosen] = self.files[owner], owner
        schema: Node = {"type": "object", "description": DESCRIPTION}
        self.schemas[chosen] = schema
        attributes: dict[str, Shape] = shape["attributes"]
        properties = {inner: self._attribute(chosen, inner, each) for inner, each in attributes.items()}
        if always := [inner for inner in attributes if times(attributes[inner]) == shape["object"] >= ENOUGH]:
            schema["required"] = always
        schema["properties"] = properties
        return chosen

    # --- something in the spec that was otherwise

    def _make_optional(self, finding: Finding) -> list[SchemaPath]:
        parts = self.spec.parts_requiring(finding.model, finding.name) if finding.model in self.spec.schemas else []
        if not parts:
            raise NoSuggestionError(f"the spec has no {finding.where}")
        for part in parts:
            self.schemas[part]["required"].remove(finding.name)
        finding.change = "no longer required"
        return [(part, "required") for part in parts]

    def _add_values(self, finding: Finding) -> list[SchemaPath]:
        enum = self.schemas.get(finding.where, {})
        if "enum" not in enum:
            raise NoSuggestionError(f"the spec has no enum {finding.where}")
        new = [value for value in finding.values if value not in enum["enum"]]
        if "" in new and "x-enum-varnames" not in enum:
            raise NoSuggestionError("an empty text needs x-enum-varnames, by hand")
        if not new:
            raise NoSuggestionError("the texts do not look like names and were not kept")
        finding.change = f"{', '.join(map(repr, new))} added"
        enum["enum"] = [*enum["enum"], *new]
        if "x-enum-varnames" not in enum:
            return [(finding.where, "enum")]
        enum["x-enum-varnames"] = [*enum["x-enum-varnames"], *map(_variable_name, new)]
        return [(finding.where, "enum"), (finding.where, "x-enum-varnames")]

    def _widen(self, finding: Finding) -> list[SchemaPath]:
        path = self.spec.resolve(finding.where)
        if path is None:
            raise NoSuggestionError("it is the answer itself" if finding.where[0] == "$" else "the spec has no such")
        node: Node = find_node(self.schemas, path)
        found = {"null"} if finding.kind == "null" else plain_types(kinds(finding.shape))
        if path[-1] in ("items", "additionalProperties") and "type" not in node:
            raise NoSuggestionError("records and others in one list are not decoded")
        if found is None or (finding.kind == "type" and not _can_be_widened(node)):
            raise NoSuggestionError(_NOT_APART)
        _allow(node, found, self.spec)
        finding.change = "may be null" if finding.kind == "null" else f"may be {' or '.join(sorted(found))} as well"
        return [path[:3] if path[1:2] == ("properties",) else path[:1]]


def _plain_types(shape: Shape) -> set[str]:
    if (found := plain_types(kinds(shape))) is None:
        raise NoSuggestionError(_NOT_APART)
    return found


def _can_be_widened(node: Node) -> bool:
    types = declared_types(node)
    plain = types - {"array", "null"}
    return bool(plain) and "object" not in types and "format" not in node


def _allow(node: Node, types: set[str], spec: SpecIndex) -> None:
    """Let a node be of more types; of one that refers to another, null is the only one."""
    if "type" in node:
        node["type"] = as_type(declared_types(node) | types)
        return
    for key in ("oneOf", "anyOf", "allOf"):
        if key in node:
            rest = list(node.items())
            node.clear()
            for name, value in rest:
                is_it = name == key
                node["oneOf" if is_it and key == "allOf" else name] = [*value, {"type": "null"}] if is_it else value
            return
    description = spec.bundle.resolve(node).get("description", "")
    reference = dict(node)
    node.clear()
    node.update(description=description, oneOf=[reference, {"type": "null"}])


def _variable_name(value: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value)
    return re.sub(r"\W+", "_", parted).strip("_").upper() or "NONE"


def _is_schema_of(schema: Node, shape: Shape) -> bool:
    properties, attributes = schema.get("properties", {}), shape["attributes"]
    return properties.keys() == attributes.keys() and all(
        _fits(properties[name], each) and (name not in schema.get("required", ()) or times(each) == shape["object"])
        for name, each in attributes.items()
    )


def _fits(node: Node, shape: Shape) -> bool:
    types = plain_types(kinds(shape))
    return types is not None and "format" not in node and types <= declared_types(node)
