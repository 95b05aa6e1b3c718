"""The differences between a drift record and the spec as it is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec.locations import Location
from generator.spec.schema import Node
from moco_async.drift.json_shape import OTHER, Shape, merge, times
from moco_async.drift.storage import Entry, Key, Record

from .json_types import declared_types, describe, kinds, plain_types
from .snippets import Snippet
from .spec_index import SpecIndex


@dataclass
class Finding:
    """One way in which answers differ from the spec."""

    where: str
    """A model and its attribute, an enum, or `$` for the answer itself."""
    kind: str
    first: str
    last: str
    location: Location | None
    """The line of the spec that it is about."""
    shape: Shape = field(default_factory=dict)
    operations: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The number of checked records that had it, and of all checked records, by operation."""
    noticed: int = 0
    """The number of times that decoding noticed it, in checked records and in others."""
    statuses: set[int] = field(default_factory=set)
    change: str = ""
    """The suggested change of the spec."""
    snippets: list[Snippet] = field(default_factory=list)
    """The YAML of that change."""
    reason: str = ""
    """The reason that no change is suggested."""
    remark: str = ""

    @property
    def model(self) -> str:
        return self.where.partition(".")[0]

    @property
    def file(self) -> str:
        """The file of the location; empty without one."""
        return self.location.file if self.location else ""

    @property
    def name(self) -> str:
        return self.where.partition(".")[2]

    @property
    def checked(self) -> int:
        """The number of checked records that had it."""
        return sum(times for times, _ in self.operations.values())

    @property
    def total(self) -> int:
        """The number of checked records in the operations that had it."""
        return sum(of for _, of in self.operations.values())

    @property
    def values(self) -> list[str]:
        """The names among the texts that were seen."""
        return sorted(name for name in self.shape.get("values", {}) if name != OTHER)

    def describe(self) -> str:
        """The difference in words."""
        match self.kind:
            case "unknown":
                return f"not in the spec: {describe(self.shape)}"
            case "missing":
                return "missing, though required"
            case "null":
                return "null, which the spec does not allow"
            case "type":
                return f"{describe(self.shape)}, which the spec does not allow"
            case "value":
                named = ", ".join(repr(name) for name in self.values)
                others = self.shape.get("values", {}).get(OTHER, 0)
                return f"not in the enum: {', '.join(filter(None, [named, 'texts that are not names' * bool(others)]))}"
        statuses = ", ".join(map(str, sorted(self.statuses)))
        return f"{statuses} with {describe(self.shape)}, a shape of answer that is not described"


def find_differences(record: Record, spec: SpecIndex) -> tuple[list[Finding], int]:
    """The differences that are left, ordered by location, and the number of those that the spec has by now."""
    found: dict[tuple[str, ...], Finding] = {}
    settled = set()
    for key, entry in sorted(record.entries.items()):
        if key.kind == "absent":
            continue
        if _is_settled(spec, key, entry):
            settled.add((key.where, key.kind))
            continue
        group = (key.where, key.kind, *([key.operation] if key.kind == "error" else []))
        if group not in found:
            found[group] = Finding(key.where, key.kind, entry.first, entry.last, _locate(spec, key))
        _add(found[group], key, entry, record)
    ordered = sorted(
        found.values(), key=lambda each: (str(each.location or "~").rpartition(":")[0], each.where, each.kind)
    )
    return ordered, len(settled)


def find_absences(record: Record) -> dict[str, tuple[int, int]]:
    """The attributes that did not come and need not, with the numbers of checked records without them and of all."""
    absences: dict[str, tuple[int, int]] = {}
    for key, entry in sorted(record.entries.items()):
        if key.kind == "absent":
            so_far, of = absences.get(key.where, (0, 0))
            checked = record.records.get(key.operation, Counter())[key.where.partition(".")[0]]
            absences[key.where] = so_far + times(entry.checked), of + checked
    return absences


def _add(finding: Finding, key: Key, entry: Entry, record: Record) -> None:
    finding.first, finding.last = min(finding.first, entry.first), max(finding.last, entry.last)
    merge(finding.shape, entry.decoded)
    merge(finding.shape, entry.checked)
    counted: Mapping[str, int] = record.records.get(key.operation, {})
    so_far, _ = finding.operations.get(key.operation, (0, 0))
    of = counted.get("$" if key.where.startswith("$") else finding.model, 0)
    finding.operations[key.operation] = so_far + times(entry.checked), of
    finding.noticed += times(entry.decoded)
    finding.statuses.add(key.status)


def _locate(spec: SpecIndex, key: Key) -> Location | None:
    model, _, name = key.where.partition(".")
    if model not in spec.schemas:
        return spec.locate_answers(key.operation)
    if (path := spec.resolve(key.where)) is not None:
        if key.kind == "missing":
            return spec.locate((spec.parts_requiring(model, name)[0], "required"))
        return spec.locate(path)
    if key.kind == "value":
        return spec.locate((model, "enum"))
    return spec.locate(spec.last_attribute(spec.attributes_part(model) or model))


def _is_settled(spec: SpecIndex, key: Key, entry: Entry) -> bool:
    """Whether the spec allows by now what was recorded."""
    model, _, name = key.where.partition(".")
    if model not in spec.schemas:
        return False
    path = spec.resolve(key.where)
    match key.kind:
        case "unknown":
            return path is not None
        case "missing":
            return path is not None and not spec.parts_requiring(model, name)
        case "value":
            return {*entry.decoded.get("values", {}), *entry.checked.get("values", {})} <= {
                *spec.schemas[model].get("enum", ())
            }
        case "null":
            return path is not None and spec.is_nullable(path)
        case "type":
            return path is not None and _has_types(spec.node(path), kinds(entry.decoded) | kinds(entry.checked))
    return False


def _has_types(node: Node, found: set[str]) -> bool:
    known = declared_types(node)
    if "number" in known:
        known.add("integer")
    types = plain_types(found)
    return "format" not in node and types is not None and types <= known
