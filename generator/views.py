"""From the parsed spec to what the templates render.

Types come from openapi-python-client; descriptions, extensions and the style of parameters from the document itself,
because the library drops them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property

from .annotations import Types
from .arguments import Arguments
from .docstrings import docstring
from .errors import GenerationError
from .spec.schema import Bundle, Node, python_name
from .view_classes import Enum, Field, Method, Model, Resource

NO_BODY = "`None` if MOCO answers without a body."
PAGED = "Await it for one page; iterate over it with `async for`, or call `.all()`, for every row of all pages."


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
        yield f"encode.{kind}({', '.join(f'{name}={name}' for name in names)})"
