"""The arguments of generated methods: from the path, the query and the body of an operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property

from .annotations import Types
from .errors import GenerationError
from .spec.schema import Bundle, Node, python_name


@define
class Argument:
    """One argument of a method."""

    name: str
    annotation: str
    default: str | None
    help: str
    encoded: str
    """The entry of the request's `params` or `body` it becomes; a segment for a path parameter."""


class Arguments:
    """Turns the parameters and the body of an operation into arguments.

    Args:
        spec: The bundled spec.
        types: The annotations of arguments.
    """

    def __init__(self, spec: Bundle, types: Types) -> None:
        self.spec = spec
        self.types = types

    def from_path(self, endpoint: Endpoint, operation: Node) -> list[Argument]:
        """The positional arguments."""
        parameters = self._parameters(operation)
        return [self._from_path(prop, parameters) for prop in _in_order(endpoint.path_parameters, parameters)]

    def from_query(self, endpoint: Endpoint, operation: Node) -> list[Argument]:
        """The keyword arguments that become the query."""
        parameters = self._parameters(operation)
        return [self._from_query(prop, parameters) for prop in _in_order(endpoint.query_parameters, parameters)]

    def from_body(self, endpoint: Endpoint, operation: Node) -> list[Argument]:
        """The keyword arguments that become the body: its attributes."""
        return [argument for body in endpoint.bodies for argument in self._from_body(operation, body.prop)]

    def body_properties(self, body: Property) -> list[Property]:
        """The attributes of a body in the order of the spec.

        Raises:
            GenerationError: the body is not an object.
        """
        if not isinstance(body, ModelProperty):
            raise GenerationError(f"{body.name}: a body has to be an object")
        return self.properties(self.types.models[str(body.class_info.name)])

    def properties(self, model: ModelProperty) -> list[Property]:
        """The attributes of a model in the order of the spec."""
        schema = self.spec.document["components"]["schemas"][model.class_info.name]
        order = list(self.spec.properties(schema))
        props = [*(model.required_properties or []), *(model.optional_properties or [])]
        return sorted(props, key=lambda prop: order.index(prop.name.get_untrusted_value()))

    def describe(self, node: Node) -> str:
        """The description of an attribute, or of the schema it refers to."""
        description = node.get("description") or self.spec.resolve(node).get("description", "")
        return f"Deprecated. {description}" if node.get("deprecated") else str(description)

    def _parameters(self, operation: Node) -> dict[str, Node]:
        return {parameter["name"]: parameter for parameter in map(self.spec.resolve, operation["parameters"])}

    def _from_path(self, prop: Property, parameters: dict[str, Node]) -> Argument:
        api_name = prop.name.get_untrusted_value()
        name = python_name(api_name)
        encoder = "" if self.types.encoder(prop) == "integer" else ", encode.text"
        description = self.describe(parameters[api_name]["schema"])
        encoded = f'{{encode.segment("{name}", {name}{encoder})}}'
        return Argument(name, self.types.as_argument(prop), None, description, encoded)

    def _from_query(self, prop: Property, parameters: dict[str, Node]) -> Argument:
        api_name = prop.name.get_untrusted_value()
        name = python_name(api_name)
        parameter = parameters[api_name]
        schema = self.spec.resolve(parameter["schema"])
        annotation = self.types.as_argument(prop)
        if isinstance(prop, ListProperty):
            encoded = f'"{api_name}": encode.csv("{name}", {name}, encode.{self.types.encoder(prop.inner_property)})'
            annotation = f"{annotation} | {self.types.as_argument(prop.inner_property)}"
        elif separator := schema.get("x-range"):
            encoded = f'"{api_name}": encode.date_range("{name}", {name}, "{separator}")'
            annotation = "tuple[datetime.date | str, datetime.date | str] | str"
        elif parameter.get("style") == "deepObject":
            encoded = f'**encode.brackets("{api_name}", {name})'
            annotation = "Mapping[str, str | bool | datetime.date | Sequence[str]]"
        elif encoder := self.types.encoder(prop):
            encoded = f'"{api_name}": encode.{encoder}("{name}", {name})'
        else:
            raise GenerationError(f"parameter {api_name}: {schema} cannot be encoded in a query")
        default = None if parameter.get("required") else "None"
        annotation = f"{annotation} | None" if default else annotation
        return Argument(name, annotation, default, self.describe(schema), encoded)

    def _from_body(self, operation: Node, body: Property) -> Iterator[Argument]:
        (media,) = operation["requestBody"]["content"].values()
        schemas = self.spec.properties(media["schema"])
        for prop in self.body_properties(body):
            api_name = prop.name.get_untrusted_value()
            name = python_name(api_name)
            annotation = self.types.as_argument(prop)
            encoded = name
            if separator := schemas[api_name].get("x-separator"):
                encoded = f'encode.joined("{name}", {name}, "{separator}")'
                annotation = annotation.replace("str", "Sequence[str] | str", 1)
            elif (encoder := self.types.encoder(prop)) in {"date", "time"}:
                encoded = f'encode.{encoder}("{name}", {name})'
            default = None if prop.required else "UNSET"
            annotation = annotation if prop.required else f"{annotation} | Unset"
            yield Argument(name, annotation, default, self.describe(schemas[api_name]), f'"{api_name}": {encoded}')


def _in_order(props: Sequence[Property], parameters: dict[str, Node]) -> list[Property]:
    order = list(parameters)
    return sorted(props, key=lambda prop: order.index(prop.name.get_untrusted_value()))
