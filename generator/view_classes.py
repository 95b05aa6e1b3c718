"""What the templates render: models with their fields, enums, and resources with their methods."""

from __future__ import annotations

from functools import cached_property

from attrs import define

from .arguments import Argument

__all__ = ["Enum", "Field", "Method", "Model", "Resource"]


@define
class Field:
    """One attribute of a model."""

    name: str
    api_name: str
    annotation: str
    default: str
    """What stands behind the annotation of an attribute that may be absent."""
    required: bool
    nullable: bool
    is_list: bool
    decoded: str
    """The expression that decodes `value`, or every `row` of a list; `value` itself if it stays as it came."""
    holds_records: bool
    """Whether there are records in it, which are decoded after everything else has turned out to be as expected."""
    help: str

    @property
    def local(self) -> str:
        """The variable that holds the raw value; some names are taken."""
        return f"{self.name}_" if self.name in {"cls", "known", "raw", "self", "type", "value"} else self.name

    @property
    def is_expected(self) -> str:
        """The test that the raw value is an object, or a list of objects."""
        source = f'raw["{self.api_name}"]'
        if not self.required:  # what is absent passes
            default = "" if self.nullable else ", []" if self.is_list else ", {}"
            source = f'raw.get("{self.api_name}"{default})'
        value = f"{self.local} := {source}"
        test = "are_objects({})" if self.is_list else "type({}) is dict"
        return f"(({value}) is None or {test.format(self.local)})" if self.nullable else test.format(value)

    @property
    def assigned(self) -> str:
        """The expression that the attribute is set to."""
        if self.holds_records:
            decoded = self.decoded.replace("value", self.local)
            decoded = f"[{self.decoded.replace('value', 'row')} for row in {self.local}]" if self.is_list else decoded
            return f"{self.local} if {self.local} is None else {decoded}" if self.nullable else decoded
        source = f'raw["{self.api_name}"]'
        if self.decoded == "value":
            return source
        if self.nullable:
            return f"value if (value := {source}) is None else {self.decoded}"
        return self.decoded.replace("value", source)


@define
class Model:
    """One generated attrs class."""

    name: str
    module: str
    source: str
    doc: str
    fields: list[Field]
    imports: list[tuple[str, str]]
    enums: set[str]
    only_sent: bool
    """Whether it is in request bodies and in no answer."""

    @property
    def decoders(self) -> list[tuple[str, str]]:
        """Modules and names of the classes that attributes are decoded into, without those that only annotate."""
        used = " ".join(each.decoded for each in self.fields)
        return [(module, name) for module, name in self.imports if f"_{module}(" in used]

    @property
    def plain(self) -> list[Field]:
        """The attributes without records in them, which are decoded first."""
        return [each for each in self.fields if not each.holds_records]

    @property
    def records(self) -> list[Field]:
        """The attributes with records in them."""
        return [each for each in self.fields if each.holds_records]

    @property
    def required(self) -> int:
        """How many attributes always come."""
        return sum(each.required for each in self.fields)

    @property
    def is_complete(self) -> str:
        """The test that nothing else came, and that what holds records can be decoded."""
        known = str(self.required) if self.required == len(self.fields) else "known"
        # Text and lists have a length, too, but no keys: an empty one is not an object of which nothing is required.
        counted = f"len(raw) == {known}" if self.required else f"len(raw.keys()) == {known}"
        return " and ".join([counted, *(each.is_expected for each in self.records)])


@define
class Enum:
    """One generated enum."""

    name: str
    module: str
    source: str
    doc: str
    members: list[tuple[str, str]]


@define
class Method:
    """One operation."""

    name: str
    operation: str
    verb: str
    path: str
    is_async: bool
    returns: str
    send: str
    doc: str
    path_arguments: list[Argument]
    params: list[Argument]
    body: list[Argument] | None
    checks: list[str]
    """Calls that raise if arguments do not go together."""
    is_multipart: bool
    idempotent: bool | None

    @cached_property
    def keyword_arguments(self) -> list[Argument]:
        """The keyword arguments: required ones first, then those of the body, then those of the query."""
        everything = [*(self.body or []), *self.params]
        return sorted(everything, key=lambda argument: argument.default is not None)


@define
class Resource:
    """One page of MOCO's docs."""

    name: str
    class_name: str
    source: str
    summary: str
    doc: str
    methods: list[Method]
