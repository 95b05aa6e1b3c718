"""What a drift record says of the spec as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.spec.locations import Location
from generator.spec.schema import Node
from moco_async.drift.file import Entry, Key, Record
from moco_async.drift.shapes import OTHER, Shape, merge, times

from .spec_index import Spec
from .suggest import in_words, kinds, plain_types

__all__ = ["Finding", "findings"]


@dataclass
class Finding:
    """One way in which answers differ from the spec."""

    where: str
    """Model and attribute, an enum, or `$` for the answer itself."""
    kind: str
    first: str
    last: str
    place: Location | None
    """Where it would be mended."""
    shape: Shape = field(default_factory=dict)
    operations: dict[str, tuple[int, int]] = field(default_factory=dict)
    """In how many of how many checked records it was, by operation."""
    noticed: int = 0
    """How often decoding noticed it, in checked records and in others."""
    statuses: set[int] = field(default_factory=set)
    change: str = ""
    """What the suggested patch does about it."""
    reason: str = ""
    """Why there is no patch for it."""
    remark: str = ""

    @property
    def model(self) -> str:
        return self.where.partition(".")[0]

    @property
    def file(self) -> str:
        """The file in which it would be mended, if there is one."""
        return self.place.file if self.place else ""

    @property
    def name(self) -> str:
        return self.where.partition(".")[2]

    @property
    def checked(self) -> int:
        """In how many checked records it was."""
        return sum(times for times, _ in self.operations.values())

    @property
    def of(self) -> int:
        """How many records were checked in the operations that had it."""
        return sum(of for _, of in self.operations.values())

    @property
    def values(self) -> list[str]:
        """The names among the texts that were seen."""
        return sorted(name for name in self.shape.get("values", {}) if name != OTHER)

    def what(self) -> str:
        """What differs, for people."""
        match self.kind:
            case "unknown":
                return f"not in the spec: {in_words(self.shape)}"
            case "missing":
                return "missing, though required"
            case "null":
                return "null, which the spec does not allow"
            case "type":
                return f"{in_words(self.shape)}, which the spec does not allow"
            case "value":
                named = ", ".join(repr(name) for name in self.values)
                others = self.shape.get("values", {}).get(OTHER, 0)
                return f"not in the enum: {', '.join(filter(None, [named, 'texts that are no names' * bool(others)]))}"
        statuses = ", ".join(map(str, sorted(self.statuses)))
        return f"{statuses} with {in_words(self.shape)}, a shape of answer that is not described"


def findings(record: Record, spec: Spec) -> tuple[list[Finding], int]:
    """What differs still, in order of its place, and how much of the record the spec has by now."""
    found: dict[tuple[str, ...], Finding] = {}
    settled = set()
    for key, entry in sorted(record.entries.items()):
        if _is_settled(spec, key, entry):
            settled.add((key.where, key.kind))
            continue
        group = (key.where, key.kind, *([key.operation] if key.kind == "error" else []))
        if group not in found:
            found[group] = Finding(key.where, key.kind, entry.first, entry.last, _place(spec, key))
        _add(found[group], key, entry, record)
    ordered = sorted(
        found.values(), key=lambda each: (str(each.place or "~").rpartition(":")[0], each.where, each.kind)
    )
    return ordered, len(settled)


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


def _place(spec: Spec, key: Key) -> Location | None:
    model, _, name = key.where.partition(".")
    if model not in spec.schemas:
        return spec.answers_of(key.operation)
    if (path := spec.located(key.where)) is not None:
        if key.kind == "missing":
            return spec.place_of((spec.requiring(model, name)[0], "required"))
        return spec.place_of(path)
    if key.kind == "value":
        return spec.place_of((model, "enum"))
    home = spec.home(model) or model
    return spec.place_of((home, "properties", *list(spec.schemas[home].get("properties", ()))[-1:]))


def _is_settled(spec: Spec, key: Key, entry: Entry) -> bool:
    """Whether the spec allows by now what was seen."""
    model, _, name = key.where.partition(".")
    if model not in spec.schemas:
        return False
    path = spec.located(key.where)
    match key.kind:
        case "unknown":
            return path is not None
        case "missing":
            return path is not None and not spec.requiring(model, name)
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
    allowed = node.get("type", [])
    known = {allowed} if isinstance(allowed, str) else set(allowed)
    if "number" in known:
        known.add("integer")
    types = plain_types(found)
    return "format" not in node and types is not None and types <= known
