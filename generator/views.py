"""What the templates see: models, enums, resources and their methods, ready to be written.

Types come from openapi-python-client; words, extensions and the style of parameters from the document itself,
because the library drops them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from attrs import define
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property

from .bundle import Bundle, Node
from .docstrings import docstring
from .lint import properties_of, python_name
from .types import GenerationError, Types

__all__ = ["GenerationError", "Views"]

NO_BODY = "`None` if MOCO answers without a body."
PAGED = "Await it for one page; iterate over it with `async for`, or call `.all()`, for every row of all pages."


@define
class Field:
    """One attribute of a model."""

    name: str
    wire: str
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
        """The variable that holds the raw value; these four are taken."""
        return f"{self.name}_" if self.name in {"cls", "known", "raw", "type"} else self.name

    @property
    def is_expected(self) -> str:
        """The test that the raw value is an object, or a list of objects."""
        may_be_null = self.nullable and not self.required
        value = f'{self.local} := raw.get("{self.wire}")' if may_be_null else f'{self.local} := raw["{self.wire}"]'
        test = "are_objects({})" if self.is_list else "type({}) is dict"
        if self.nullable:
            return f"(({value}) is None or {test.format(self.local)})"
        expected = test.format(value)
        return expected if self.required else f'("{self.wire}" not in raw or {expected})'

    @property
    def assigned(self) -> str:
        """The expression that the attribute is set to."""
        if self.holds_records:
            decoded = self.decoded.replace("value", self.local)
            decoded = f"[{self.decoded.replace('value', 'row')} for row in {self.local}]" if self.is_list else decoded
            return f"{self.local} if {self.local} is None else {decoded}" if self.nullable else decoded
        source = f'raw["{self.wire}"]'
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

    @property
    def decoders(self) -> list[tuple[str, str]]:
        """Modules and names of the classes that attributes are decoded into, but for those that only annotate."""
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
        return " and ".join([f"len(raw) == {known}", *(each.is_expected for each in self.records)])


@define
class Enum:
    """One generated enum."""

    name: str
    module: str
    source: str
    doc: str
    members: list[tuple[str, str]]


@define
class Argument:
    """One argument of a method."""

    name: str
    annotation: str
    default: str | None
    help: str
    written: str
    """The entry of the request's `params` or `body` that it becomes; a segment for a path parameter."""


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
    """Calls that raise where arguments do not go together."""
    is_multipart: bool
    idempotent: bool | None

    @cached_property
    def keyword_arguments(self) -> list[Argument]:
        """Those that MOCO requires first, then the body's, then the query's."""
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


class Views:
    """Everything to be written."""

    def __init__(self, spec: Bundle, data: GeneratorData) -> None:
        self.spec = spec
        self.schemas: dict[str, Node] = spec.document["components"]["schemas"]
        self.by_name = {str(model.class_info.name): model for model in data.models}
        self.enum_by_name = {str(enum.class_info.name): enum for enum in data.enums if isinstance(enum, EnumProperty)}
        files = {name for name, schema in self.schemas.items() if schema.get("x-file")}
        self.types = Types(self.by_name, files)
        self.types_in_calls = Types(self.by_name, files, prefix="models.")
        self.endpoints = {
            endpoint.name.replace(".", "_"): endpoint
            for collection in data.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
        }

    def check_complete(self) -> None:
        """Fail if the library has dropped or renamed something without a word."""
        operations = {operation["operationId"] for _, _, operation in self.spec.operations()}
        if lost := [name for name in sorted(operations) if name.replace(".", "_") not in self.endpoints]:
            raise GenerationError(f"not generated: {', '.join(lost)}")
        if renamed := sorted(self._reachable - self.schemas.keys()):
            raise GenerationError(f"classes that no schema names so: {', '.join(renamed)}")

    @cached_property
    def models(self) -> list[Model]:
        return [self._model(name) for name in sorted(self._reachable) if name in self.by_name]

    @cached_property
    def enums(self) -> list[Enum]:
        return [self._enum(name) for name in sorted(self._reachable) if name in self.enum_by_name]

    @cached_property
    def resources(self) -> list[Resource]:
        return [self._resource(tag) for tag in sorted(self.spec.document["tags"], key=lambda tag: str(tag["name"]))]

    @cached_property
    def _reachable(self) -> set[str]:
        """The classes that answers and arguments need: a body is arguments itself, a free map a dict."""
        todo = [name for endpoint in self.endpoints.values() for name in self._names_of(endpoint)]
        found: set[str] = set()
        while todo:
            name = todo.pop()
            if name in found or name in self.types.files:
                continue
            found.add(name)
            if name in self.by_name:
                todo += [inner for prop in self._properties(self.by_name[name]) for inner in self.types.names_in(prop)]
        return found

    def _names_of(self, endpoint: Endpoint) -> Iterator[str]:
        for response in endpoint.responses:
            if str(response.status_code.pattern).startswith("2"):
                yield from self.types.names_in(response.prop)
        for body in endpoint.bodies:
            for prop in self._body_properties(body.prop):
                yield from self.types.names_in(prop)
        for prop in (*endpoint.path_parameters, *endpoint.query_parameters):
            yield from self.types.names_in(prop)

    def _properties(self, model: ModelProperty) -> list[Property]:
        """A model's attributes in the order of the spec."""
        props = [*(model.required_properties or []), *(model.optional_properties or [])]
        order = list(properties_of(self.spec, self.schemas[model.class_info.name]))
        return sorted(props, key=lambda prop: order.index(prop.name.get_untrusted_value()))

    def _body_properties(self, body: Property) -> list[Property]:
        if not isinstance(body, ModelProperty):
            raise GenerationError(f"{body.name}: a body has to be an object")
        return self._properties(self.by_name[str(body.class_info.name)])

    def _imports(self, props: list[Property], *, besides: str = "") -> list[tuple[str, str]]:
        """Modules and names to import for some types."""
        names = {name for prop in props for name in self.types.names_in(prop)} - self.types.files - {besides}
        return sorted((self._class_info(name).module_name, name) for name in names)

    def _class_info(self, name: str) -> Any:
        return (self.by_name.get(name) or self.enum_by_name[name]).class_info

    def _model(self, name: str) -> Model:
        model = self.by_name[name]
        schema = self.schemas[name]
        props = self._properties(model)
        words = properties_of(self.spec, schema)
        enums = {e for prop in props for e in self.types.names_in(prop) if e in self.enum_by_name}
        section = self.spec.sources[f"schemas/{name}"]
        fields = [self._field(prop, words[prop.name.get_untrusted_value()]) for prop in props]
        return Model(
            name=name,
            module=model.class_info.module_name,
            source=f"openapi/{section}",
            doc=docstring(
                schema["description"],
                ("Attributes", [(each.name, each.help) for each in fields]),
                after=self._see_also(section),
            ),
            fields=fields,
            imports=self._imports(props, besides=name),
            enums=enums,
        )

    def _field(self, prop: Property, words: Node) -> Field:
        wire = prop.name.get_untrusted_value()
        annotation = self.types.in_model(prop)
        nullable = self.types.is_nullable(prop)
        inner = self.types.list_items(prop)
        return Field(
            name=python_name(wire),
            wire=wire,
            annotation=annotation if prop.required or nullable else f"{annotation} | None",
            default="" if prop.required else " = None" if nullable else " = ABSENT",
            required=bool(prop.required),
            nullable=nullable,
            is_list=inner is not None,
            decoded=self.types.decoded(inner or prop, "value"),
            holds_records=self.types.holds_records(prop),
            help=self._words(words),
        )

    def _enum(self, name: str) -> Enum:
        enum = self.enum_by_name[name]
        section = self.spec.sources[f"schemas/{name}"]
        return Enum(
            name=name,
            module=enum.class_info.module_name,
            source=f"openapi/{section}",
            doc=docstring(self.schemas[name]["description"], after=self._see_also(section)),
            members=[(key, str(value)) for key, value in enum.values.items()],
        )

    def _see_also(self, section: str) -> str:
        pages = {self.spec.sources[tag["name"]]: tag["externalDocs"]["url"] for tag in self.spec.document["tags"]}
        return f"MOCO's docs: {pages[section]}" if section in pages else ""

    def _words(self, node: Node) -> str:
        """What the spec says of an attribute, or of what it refers to."""
        said = node.get("description") or self.spec.resolve(node).get("description", "")
        return f"Deprecated. {said}" if node.get("deprecated") else str(said)

    def _resource(self, tag: Node) -> Resource:
        name = tag["name"]
        operations = [found for found in self.spec.operations() if found[2]["tags"] == [name]]
        operations.sort(key=lambda found: self._position(name, found[2]["operationId"]))
        german = f" MOCO calls them {tag['x-german']} in German." if "x-german" in tag else ""
        return Resource(
            name=name,
            class_name="".join(word.capitalize() for word in name.split("_")),
            source=f"openapi/{self.spec.sources[name]}",
            summary=tag["description"],
            doc=docstring(tag["description"], description=german, after=f"MOCO's docs: {tag['externalDocs']['url']}"),
            methods=[self._method(*found) for found in operations],
        )

    def _position(self, tag: str, operation: str) -> int:
        """The methods of a class in the order readers look for them: the five everybody knows, then the page's own."""
        usual = ["list", "get", "create", "update", "delete"]
        call = operation.removeprefix(f"{tag}.")
        return usual.index(call) if call in usual else len(usual)

    def _method(self, path: str, verb: str, operation: Node) -> Method:
        name = operation["operationId"]
        endpoint = self.endpoints[name.replace(".", "_")]
        parameters = {p["name"]: p for p in map(self.spec.resolve, operation["parameters"])}
        path_arguments = [self._path_argument(p, parameters) for p in _in_order(endpoint.path_parameters, parameters)]
        params = [self._query_argument(p, parameters) for p in _in_order(endpoint.query_parameters, parameters)]
        body = [argument for body in endpoint.bodies for argument in self._body_arguments(operation, body.prop)]
        returns, send, is_async, words = self._answer(operation, endpoint)
        described = [(argument.name, argument.help) for argument in path_arguments]
        method = Method(
            name=name.partition(".")[2],
            operation=name,
            verb=verb.upper(),
            path=re.sub(r"{(\w+)}", lambda m: next(a.written for a in path_arguments if a.name == m[1]), path),
            is_async=is_async,
            returns=returns,
            send=send,
            doc="",
            path_arguments=path_arguments,
            params=params,
            body=body if endpoint.bodies else None,
            checks=[*_checks("one_of", operation), *_checks("together", operation)],
            is_multipart="multipart/form-data" in operation.get("requestBody", {}).get("content", {}),
            idempotent=operation.get("x-idempotent"),
        )
        described += [(argument.name, argument.help) for argument in method.keyword_arguments]
        method.doc = docstring(
            operation["summary"],
            ("Args", described),
            ("Returns", [("", words)] if returns != "None" else []),
            ("Raises", self._raises(operation)),
            description=operation.get("description", ""),
            after=f"MOCO's docs: {operation['externalDocs']['url']}",
            indent=8,
        )
        return method

    def _path_argument(self, prop: Property, parameters: dict[str, Node]) -> Argument:
        wire = prop.name.get_untrusted_value()
        name = python_name(wire)
        check = "" if self.types.writer(prop) == "integer" else ", wire.text"
        words = self._words(parameters[wire]["schema"])
        return Argument(
            name,
            self.types_in_calls.as_argument(prop),
            None,
            words,
            f'{{wire.segment("{name}", {name}{check})}}',
        )

    def _query_argument(self, prop: Property, parameters: dict[str, Node]) -> Argument:
        wire = prop.name.get_untrusted_value()
        name = python_name(wire)
        parameter = parameters[wire]
        schema = self.spec.resolve(parameter["schema"])
        annotation = self.types_in_calls.as_argument(prop)
        if isinstance(prop, ListProperty):
            written = f'"{wire}": wire.csv("{name}", {name}, wire.{self.types.writer(prop.inner_property)})'
            annotation = f"{annotation} | {self.types_in_calls.as_argument(prop.inner_property)}"
        elif separator := schema.get("x-range"):
            written = f'"{wire}": wire.date_range("{name}", {name}, "{separator}")'
            annotation = "tuple[datetime.date | str, datetime.date | str] | str"
        elif parameter.get("style") == "deepObject":
            written = f'**wire.brackets("{wire}", {name})'
            annotation = "Mapping[str, str | bool | datetime.date | Sequence[str]]"
        elif writer := self.types.writer(prop):
            written = f'"{wire}": wire.{writer}("{name}", {name})'
        else:
            raise GenerationError(f"parameter {wire}: {schema} cannot be written into a query")
        default = None if parameter.get("required") else "None"
        return Argument(name, f"{annotation} | None" if default else annotation, default, self._words(schema), written)

    def _body_arguments(self, operation: Node, body: Property) -> Iterator[Argument]:
        (media,) = operation["requestBody"]["content"].values()
        words = properties_of(self.spec, media["schema"])
        for prop in self._body_properties(body):
            wire = prop.name.get_untrusted_value()
            name = python_name(wire)
            annotation = self.types_in_calls.as_argument(prop)
            written = name
            if separator := words[wire].get("x-separator"):
                written = f'wire.joined("{name}", {name}, "{separator}")'
                annotation = annotation.replace("str", "Sequence[str] | str", 1)
            elif self.types.writer(prop) in {"date", "time"}:
                written = f'wire.{self.types.writer(prop)}("{name}", {name})'
            default = None if prop.required else "UNSET"
            annotation = annotation if prop.required else f"{annotation} | Unset"
            yield Argument(name, annotation, default, self._words(words[wire]), f'"{wire}": {written}')

    def _answer(self, operation: Node, endpoint: Endpoint) -> tuple[str, str, bool, str]:
        """Annotation, sending method of `Resource`, whether it is a coroutine, and the words of the answer."""
        good = [r for r in endpoint.responses if str(r.status_code.pattern).startswith("2")]
        answers = {status: self.spec.resolve(answer) for status, answer in operation["responses"].items()}
        with_body = [r for r in good if answers[r.status_code.pattern].get("content")]
        if not with_body:
            return "None", "_none(", True, ""
        if len(with_body) > 1:
            raise GenerationError(f"{operation['operationId']}: several answers with a body")
        prop = with_body[0].prop
        words = answers[with_body[0].status_code.pattern]["description"]
        maybe = len(good) > 1 or operation.get("x-may-be-empty", False)
        if self.types.is_file(prop):
            if maybe:
                return "File | None", "_maybe_file(", True, f"{words} {NO_BODY}"
            return "File", "_file(", True, words
        if isinstance(prop, ListProperty):
            row = self.types_in_calls.in_model(prop.inner_property)
            if operation.get("x-paged"):
                return f"Pager[{row}]", f"_page({row}, ", False, PAGED
            return f"builtins.list[{row}]", f"_many({row}, ", True, words
        kind = self.types_in_calls.in_model(prop)
        if maybe:
            return f"{kind} | None", f"_maybe({kind}, ", True, f"{words} {NO_BODY}"
        return kind, f"_one({kind}, ", True, words

    def _raises(self, operation: Node) -> list[tuple[str, str]]:
        """The errors whose cause this operation's section describes; what any call may raise is said in `Resource`."""
        groups = operation.get("x-one-of", ())
        own = [("ValueError", f"None of {', '.join(map(python_name, group))} is given.") for group in groups]
        groups = operation.get("x-together", ())
        own += [
            ("ValueError", f"Of {', '.join(map(python_name, group))} some are given and some not.") for group in groups
        ]
        names = {
            "400": "BadRequestError",
            "403": "PermissionDeniedError",
            "404": "NotFoundError",
            "422": "UnprocessableEntityError",
            "423": "LockedError",
        }
        answers = operation["responses"].items()
        return own + [
            (names[status], said["description"]) for status, said in answers if status in names and "$ref" not in said
        ]


def _checks(kind: str, operation: Node) -> Iterator[str]:
    for group in operation.get(f"x-{kind.replace('_', '-')}", ()):
        names = [python_name(name) for name in group]
        yield f"wire.{kind}({', '.join(f'{name}={name}' for name in names)})"


def _in_order(props: Sequence[Property], parameters: dict[str, Node]) -> list[Property]:
    order = list(parameters)
    return sorted(props, key=lambda prop: order.index(prop.name.get_untrusted_value()))
