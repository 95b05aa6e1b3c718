"""The views that the templates render: models, enums, resources and their methods.

Types come from openapi-python-client; descriptions, extensions and the style of parameters from the document itself,
because the library drops them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from attrs import define
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property

from .annotations import Types
from .arguments import Argument, Arguments
from .docstrings import docstring
from .errors import GenerationError
from .spec.schema import Bundle, Node, python_name

NO_BODY = "`None` if MOCO answers without a body."
PAGED = "Await it for one page; iterate over it with `async for`, or call `.all()`, for every row of all pages."


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
        # Text and lists have a length, too: an empty one could be taken for an object of which nothing is required.
        counted = f"len(raw) == {known}" if self.required else f"0 < len(raw) == {known}"
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


class Answer(NamedTuple):
    """The way a method returns what MOCO answers."""

    annotation: str
    send: str
    """The method of `Resource` that sends the request, up to the request itself."""
    is_async: bool
    description: str


NOTHING = Answer("None", "_none(", True, "")


class Views:
    """The views of a whole spec.

    Args:
        spec: The bundled spec.
        data: The same as openapi-python-client parsed it.
    """

    def __init__(self, spec: Bundle, data: GeneratorData) -> None:
        self.spec = spec
        self.schemas: dict[str, Node] = spec.document["components"]["schemas"]
        self.by_name = {str(model.class_info.name): model for model in data.models}
        self.enum_by_name = {str(enum.class_info.name): enum for enum in data.enums if isinstance(enum, EnumProperty)}
        files = {name for name, schema in self.schemas.items() if schema.get("x-file")}
        self.types = Types(self.by_name, files)
        self.types_in_calls = Types(self.by_name, files, prefix="models.")
        self.arguments = Arguments(spec, self.types_in_calls)
        self.endpoints = {
            endpoint.name.replace(".", "_"): endpoint
            for collection in data.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
        }

    def check_complete(self) -> None:
        """Fail if the library has silently dropped or renamed something.

        Raises:
            GenerationError: an operation or a class is missing.
        """
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
        """The classes of answers and arguments: a body becomes arguments, a free map a dict."""
        todo = [name for endpoint in self.endpoints.values() for name in self._names_in(endpoint)]
        found: set[str] = set()
        while todo:
            name = todo.pop()
            if name in found or name in self.types.files:
                continue
            found.add(name)
            if name in self.by_name:
                props = self.arguments.properties(self.by_name[name])
                todo += [inner for prop in props for inner in self.types.names_in(prop)]
        return found

    @cached_property
    def _answered(self) -> set[str]:
        return set(self.spec.answered())

    def _names_in(self, endpoint: Endpoint) -> Iterator[str]:
        for response in endpoint.responses:
            if str(response.status_code.pattern).startswith("2"):
                yield from self.types.names_in(response.prop)
        for body in endpoint.bodies:
            for prop in self.arguments.body_properties(body.prop):
                yield from self.types.names_in(prop)
        for prop in (*endpoint.path_parameters, *endpoint.query_parameters):
            yield from self.types.names_in(prop)

    def _imports(self, props: list[Property], *, besides: str = "") -> list[tuple[str, str]]:
        """The modules and names to import for some types."""
        names = {name for prop in props for name in self.types.names_in(prop)} - self.types.files - {besides}
        return sorted((self._class_info(name).module_name, name) for name in names)

    def _class_info(self, name: str) -> Any:
        return (self.by_name.get(name) or self.enum_by_name[name]).class_info

    def _model(self, name: str) -> Model:
        model = self.by_name[name]
        schema = self.schemas[name]
        props = self.arguments.properties(model)
        nodes = self.spec.properties(schema)
        enums = {e for prop in props for e in self.types.names_in(prop) if e in self.enum_by_name}
        section = self.spec.sources[f"schemas/{name}"]
        fields = [self._field(prop, nodes[prop.name.get_untrusted_value()]) for prop in props]
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
            only_sent=name not in self._answered,
        )

    def _field(self, prop: Property, node: Node) -> Field:
        api_name = prop.name.get_untrusted_value()
        annotation = self.types.in_model(prop)
        nullable = self.types.is_nullable(prop)
        inner = self.types.list_items(prop)
        return Field(
            name=python_name(api_name),
            api_name=api_name,
            annotation=annotation if prop.required or nullable else f"{annotation} | None",
            default="" if prop.required else " = None" if nullable else " = ABSENT",
            required=bool(prop.required),
            nullable=nullable,
            is_list=inner is not None,
            decoded=self.types.decode(inner or prop, "value"),
            holds_records=self.types.holds_records(prop),
            help=self.arguments.describe(node),
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
        """The sort key of a method: the five usual ones first, then those of the page."""
        usual = ["list", "get", "create", "update", "delete"]
        call = operation.removeprefix(f"{tag}.")
        return usual.index(call) if call in usual else len(usual)

    def _method(self, path: str, verb: str, operation: Node) -> Method:
        name = operation["operationId"]
        endpoint = self.endpoints[name.replace(".", "_")]
        path_arguments = self.arguments.from_path(endpoint, operation)
        segments = {argument.name: argument.encoded for argument in path_arguments}
        answer = self._answer(operation, endpoint)
        method = Method(
            name=name.partition(".")[2],
            operation=name,
            verb=verb.upper(),
            path=re.sub(r"{(\w+)}", lambda match: segments[match[1]], path),
            is_async=answer.is_async,
            returns=answer.annotation,
            send=answer.send,
            doc="",
            path_arguments=path_arguments,
            params=self.arguments.from_query(endpoint, operation),
            body=self.arguments.from_body(endpoint, operation) if endpoint.bodies else None,
            checks=[*_checks("one_of", operation), *_checks("together", operation)],
            is_multipart="multipart/form-data" in operation.get("requestBody", {}).get("content", {}),
            idempotent=operation.get("x-idempotent"),
        )
        method.doc = self._docstring(method, operation, answer)
        return method

    def _docstring(self, method: Method, operation: Node, answer: Answer) -> str:
        arguments = [*method.path_arguments, *method.keyword_arguments]
        return docstring(
            operation["summary"],
            ("Args", [(argument.name, argument.help) for argument in arguments]),
            ("Returns", [("", answer.description)] if answer is not NOTHING else []),
            ("Raises", list(_raises(operation))),
            description=operation.get("description", ""),
            after=f"MOCO's docs: {operation['externalDocs']['url']}",
            indent=8,
        )

    def _answer(self, operation: Node, endpoint: Endpoint) -> Answer:
        answers = {status: self.spec.resolve(answer) for status, answer in operation["responses"].items()}
        good = [each for each in endpoint.responses if str(each.status_code.pattern).startswith("2")]
        with_body = [each for each in good if answers[each.status_code.pattern].get("content")]
        if not with_body:
            return NOTHING
        if len(with_body) > 1:
            raise GenerationError(f"{operation['operationId']}: several answers with a body")
        prop = with_body[0].prop
        description = answers[with_body[0].status_code.pattern]["description"]
        may_be_empty = len(good) > 1 or operation.get("x-may-be-empty", False)
        if self.types.is_file(prop):
            if may_be_empty:
                return Answer("File | None", "_maybe_file(", True, f"{description} {NO_BODY}")
            return Answer("File", "_file(", True, description)
        if isinstance(prop, ListProperty):
            row = self.types_in_calls.in_model(prop.inner_property)
            if operation.get("x-paged"):
                return Answer(f"Pager[{row}]", f"_page({row}, ", False, PAGED)
            return Answer(f"builtins.list[{row}]", f"_many({row}, ", True, description)
        kind = self.types_in_calls.in_model(prop)
        if may_be_empty:
            return Answer(f"{kind} | None", f"_maybe({kind}, ", True, f"{description} {NO_BODY}")
        return Answer(kind, f"_one({kind}, ", True, description)


_ERRORS = {
    "400": "BadRequestError",
    "403": "PermissionDeniedError",
    "404": "NotFoundError",
    "422": "UnprocessableEntityError",
    "423": "LockedError",
}


def _raises(operation: Node) -> Iterator[tuple[str, str]]:
    """The errors whose cause the operation describes itself; those of any call are in the docstring of `Resource`."""
    for group in operation.get("x-one-of", ()):
        yield "ValueError", f"None of {', '.join(map(python_name, group))} is given."
    for group in operation.get("x-together", ()):
        yield "ValueError", f"Of {', '.join(map(python_name, group))} some are given and some not."
    for status, answer in operation["responses"].items():
        if status in _ERRORS and "$ref" not in answer:
            yield _ERRORS[status], answer["description"]


def _checks(kind: str, operation: Node) -> Iterator[str]:
    for group in operation.get(f"x-{kind.replace('_', '-')}", ()):
        names = [python_name(name) for name in group]
        yield f"wire.{kind}({', '.join(f'{name}={name}' for name in names)})"
