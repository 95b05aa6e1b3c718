"""A patch of the spec's files that makes it allow what was seen."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

from generator.errors import SpecError
from generator.spec.bundle import bundle
from generator.spec.lint import lint
from generator.spec.schema import Node
from moco_async.drift.file import Record

from .findings import Finding
from .sections import Section, described, written
from .spec_index import Spec
from .suggest import ENOUGH, NoSuggestionError, Suggestions, joined, one_or_more, plain_types

__all__ = ["Patch"]

SCHEMAS = ("components", "schemas")
SCALARS = {"integer", "number", "boolean", "string", "null"}


class Patch:
    """Gathers changes, and makes one edit of all changes of a node.

    Args:
        spec: The spec.
        record: What was seen, for how often it was not.
    """

    def __init__(self, spec: Spec, record: Record) -> None:
        self.spec = spec
        self.record = record
        self.suggestions = Suggestions(spec)
        self._properties: dict[str, dict[str, Node]] = {}
        self._types: dict[tuple[str, ...], set[str]] = {}
        self._values: dict[str, list[str]] = {}
        self._optional: dict[str, set[str]] = {}
        self._required: dict[str, list[str]] = {}

    def take(self, finding: Finding) -> None:
        """Take a change into the patch, or say in the finding why there is none."""
        try:
            match finding.kind:
                case "unknown":
                    self._take_unknown(finding)
                case "missing":
                    self._take_missing(finding)
                case "value":
                    self._take_value(finding)
                case "null" | "type":
                    self._take_type(finding)
                case _:
                    raise NoSuggestionError("errors are described in words, by hand")
        except NoSuggestionError as error:
            finding.reason = str(error)
        else:
            finding.remark = self._reach(finding)

    def _reach(self, finding: Finding) -> str:
        """A warning if more than one model has what is changed."""
        schema = (self.spec.located(finding.where) or (self.spec.home(finding.model) or finding.model,))[0]
        if len(self.spec.holders.get(schema, ())) < 2:
            return ""
        return f"{schema} is shared: this touches {len(self.spec.users.get(schema, ()))} operations"

    def _take_unknown(self, finding: Finding) -> None:
        home = self.spec.home(finding.model) if finding.model in self.spec.schemas else None
        if home is None:
            raise NoSuggestionError(f"the spec has no {finding.model} with attributes")
        node = self.suggestions.attribute(home, finding.name, finding.shape)
        self._properties.setdefault(home, {})[finding.name] = node
        if always := self._is_always_there(finding):
            self._required.setdefault(home, []).append(finding.name)
        finding.change = f"a new attribute of {home}{', always there' if always else ''}"

    def _is_always_there(self, finding: Finding) -> bool:
        """Whether every operation that answers with the model was looked at, and no record lacked the attribute."""
        counted = {
            operation: self.record.records.get(operation, Counter())[finding.model]
            for operation in self.spec.users.get(finding.model, ())
        }
        everywhere = all(of and finding.operations.get(name, (0, 0))[0] == of for name, of in counted.items())
        return everywhere and sum(counted.values()) >= ENOUGH

    def _take_missing(self, finding: Finding) -> None:
        schemas = self.spec.requiring(finding.model, finding.name) if finding.model in self.spec.schemas else []
        if not schemas:
            raise NoSuggestionError(f"the spec has no {finding.where}")
        for schema in schemas:
            self._optional.setdefault(schema, set()).add(finding.name)
        finding.change = "no longer required"

    def _take_value(self, finding: Finding) -> None:
        enum = self.spec.schemas.get(finding.where, {})
        if "enum" not in enum:
            raise NoSuggestionError(f"the spec has no enum {finding.where}")
        new = [value for value in finding.values if value not in enum["enum"]]
        if "" in new and "x-enum-varnames" not in enum:
            raise NoSuggestionError("an empty text needs x-enum-varnames, by hand")
        if not new:
            raise NoSuggestionError("the texts do not look like names and were not kept")
        self._values[finding.where] = new
        finding.change = f"{', '.join(map(repr, new))} added"

    def _take_type(self, finding: Finding) -> None:
        path = self.spec.located(finding.where)
        if path is None:
            raise NoSuggestionError("it is the answer itself" if finding.where[0] == "$" else "the spec has no such")
        node = self.spec.node(path)
        found = {"null"} if finding.kind == "null" else plain_types(set(finding.shape) - {"items", "attributes"})
        if path[-1] in ("items", "additionalProperties") and "type" not in node:
            raise NoSuggestionError("records and others in one list are not decoded")
        if finding.kind == "type":
            types = _types_of(node)
            if (
                not types
                or not types <= SCALARS | {"array"}
                or types <= {"array", "null"}
                or "format" in node
                or not found
            ):
                raise NoSuggestionError("types that decoding could not tell apart")
        assert found is not None
        self._types.setdefault(path, set()).update(found)
        finding.change = "may be null" if finding.kind == "null" else f"may be {' or '.join(sorted(found))} as well"

    def sections(self) -> list[Section]:
        """The files that change.

        Raises:
            SpecError: the patch does not give a good spec, which is a mistake here.
        """
        changed: dict[str, Section] = {}

        def section(schema: str) -> Section:
            file = self.spec.file_of(schema)
            if file not in changed:
                changed[file] = Section(self.spec.root / file)
            return changed[file]

        for path, types in self._types.items():
            _widen(section(path[0]), path, types, self.spec)
        for enum, values in self._values.items():
            _add_values(section(enum), enum, values, named="x-enum-varnames" in self.spec.schemas[enum])
        for schema in {**self._optional, **self._required}:
            add, drop = self._required.get(schema, []), self._optional.get(schema, set())
            _change_required(section(schema), schema, add, drop)
        for schema, properties in self._properties.items():
            _add_properties(section(schema), schema, properties)
        for name, (_, schema_node) in self.suggestions.schemas.items():
            root = self.suggestions.root(name)
            _add_schema(section(root), root, name, schema_node)
        if changed:
            self._check(list(changed.values()))
        return [changed[file] for file in sorted(changed)]

    def _check(self, changed: list[Section]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "openapi"
            shutil.copytree(self.spec.root, copy)
            for section in changed:
                (copy / section.path.relative_to(self.spec.root)).write_text(section.after, encoding="utf-8")
            if wrong := lint(bundle(copy / "moco.yaml")):
                raise SpecError(wrong)

    def diff(self, changed: list[Section]) -> str:
        """The patch as `git apply` takes it, at the folder that holds the spec's."""
        return "".join(_diff(section, self.spec.root) for section in changed)


def _diff(section: Section, root: Path) -> str:
    name = section.path.relative_to(root.parent).as_posix()
    before, after = section.before.splitlines(keepends=True), section.after.splitlines(keepends=True)
    return "".join(unified_diff(before, after, f"a/{name}", f"b/{name}"))


def _types_of(node: Node) -> set[str]:
    types = node.get("type", [])
    return {types} if isinstance(types, str) else set(types)


def _found(section: Section, *path: str) -> tuple[Any, Any]:
    found = section.find(*SCHEMAS, *path)
    if found is None:
        raise NoSuggestionError(f"{'.'.join(path)} is not written where it was looked for")
    return found


def _widen(section: Section, path: tuple[str, ...], types: set[str], spec: Spec) -> None:
    """Let a node be of more types; of one that refers to another, null is the only one."""
    node = spec.node(path)
    if "type" in node:
        _, value = _found(section, *path, "type")
        section.replace(value, value, emitted_type(one_or_more(joined(_types_of(node) | types))))
        return
    option = ("{ type: 'null' }", "type: 'null'")
    for key in ("oneOf", "anyOf"):
        if key in node:
            name, options = _found(section, *path, key)
            section.change_list(name, options, add=[option[not options.flow_style]])
            return
    if "allOf" in node:
        name, options = _found(section, *path, "allOf")
        section.replace(name, name, "oneOf")
        section.change_list(name, options, add=[option[not options.flow_style]])
        return
    key_, value = _found(section, *path)
    indent = " " * (key_.start_mark.column + 2)
    words = described(spec.bundle.resolve(node).get("description", ""), indent)
    lines = [*words, f"{indent}oneOf:", f"{indent}  - $ref: '{_written_reference(value)}'", f"{indent}  - type: 'null'"]
    if value.flow_style:
        section.replace_value(key_, value, "\n" + "\n".join(lines))
    else:
        reference, target = value.value[0]
        section.replace(reference, target, "\n".join(lines).lstrip())


def _written_reference(value: Any) -> str:
    return str(value.value[0][1].value)


def _add_values(section: Section, enum: str, values: list[str], *, named: bool) -> None:
    key, node = _found(section, enum, "enum")
    section.change_list(key, node, add=[written(value) if value else "''" for value in values])
    if named:
        key, node = _found(section, enum, "x-enum-varnames")
        section.change_list(key, node, add=[_varname(value) for value in values])


def _varname(value: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value)
    return re.sub(r"\W+", "_", parted).strip("_").upper() or "NONE"


def _change_required(section: Section, schema: str, add: list[str], drop: set[str]) -> None:
    if (found := section.find(*SCHEMAS, schema, "required")) is not None:
        section.change_list(*found, add=[written(name) for name in add], drop=drop)
    elif add:
        key, _ = _found(section, schema, "properties")
        section.add_above(key, f"required: [{', '.join(map(written, add))}]")


def _add_properties(section: Section, schema: str, properties: dict[str, Node]) -> None:
    key, value = _found(section, schema, "properties")
    indent = " " * value.start_mark.column
    section.add_below(key, [line for name, node in properties.items() for line in emitted({name: node}, indent)])


def _add_schema(section: Section, behind: str, name: str, node: Node) -> None:
    key, _ = _found(section, behind)
    section.add_below(key, ["", *emitted({name: node}, " " * key.start_mark.column)], rank=1)


def emitted(node: Node, indent: str) -> Iterator[str]:
    """The lines of a mapping, as the sections are written."""
    for name, value in node.items():
        key = f"{indent}{written(name)}:"
        match value:
            case str() if name == "description":
                yield from described(value, indent)
            case str() if name == "$ref":
                yield f"{key} '{value}'"
            case {"$ref": reference} if name == "items":
                yield f"{key} {{ $ref: '{reference}' }}"
            case str() | list() if name == "type":
                yield f"{key} {emitted_type(value)}"
            case list() if name == "required":
                yield f"{key} [{', '.join(map(written, value))}]"
            case list():
                yield key
                for option in value:
                    first, *others = emitted(option, f"{indent}    ")
                    yield f"{indent}  - {first.lstrip()}"
                    yield from others
            case {} if not value:
                yield f"{key} {{}}"
            case dict():
                yield key
                yield from emitted(value, f"{indent}  ")
            case bool():
                yield f"{key} {str(value).lower()}"
            case _:
                yield f"{key} {value}"


def emitted_type(types: str | list[str]) -> str:
    """`type` as it is written."""
    names = [types] if isinstance(types, str) else types
    quoted = [f"'{name}'" if name == "null" else name for name in names]
    return quoted[0] if isinstance(types, str) else f"[{', '.join(quoted)}]"
