"""Python annotations and decoders for the types that openapi-python-client has parsed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty

from .errors import GenerationError

_PLAIN: dict[type, str] = {
    AnyProperty: "Any",
    BooleanProperty: "bool",
    FloatProperty: "float",
    IntProperty: "int",
    NoneProperty: "None",
    StringProperty: "str",
    DateProperty: "datetime.date",
    DateTimeProperty: "datetime.datetime",
    FileProperty: "File",
}
_ENCODERS: dict[type, str] = {
    BooleanProperty: "boolean",
    FloatProperty: "number",
    IntProperty: "integer",
    StringProperty: "text",
    DateProperty: "date",
    DateTimeProperty: "time",
    EnumProperty: "text",
}


class Types:
    """Writes annotations and the expressions that decode values.

    Args:
        models: Every model by its name, as the copies nested in others may be unprocessed.
        files: The names of the models that represent a file in a JSON body.
        prefix: The prefix of the names of models and enums.
    """

    def __init__(self, models: dict[str, ModelProperty], files: set[str], prefix: str = "") -> None:
        self.models = models
        self.files = files
        self.prefix = prefix

    def names_in(self, prop: PropertyProtocol) -> Iterator[str]:
        """The models and enums in a type, one level deep."""
        if isinstance(prop, EnumProperty):
            yield prop.class_info.name
        elif isinstance(prop, ModelProperty):
            if (values := self.map_values(prop)) is not None:
                yield from self.names_in(values)
            else:
                yield prop.class_info.name
        elif isinstance(prop, ListProperty):
            yield from self.names_in(prop.inner_property)
        elif isinstance(prop, UnionProperty):
            for inner in prop.inner_properties:
                yield from self.names_in(inner)

    def map_values(self, prop: ModelProperty) -> PropertyProtocol | None:
        """The type of the values of a free map; `None` for a model with attributes."""
        model = self.models[prop.class_info.name]
        if model.required_properties or model.optional_properties:
            return None
        return model.additional_properties

    def in_model(self, prop: PropertyProtocol) -> str:
        """The annotation of an attribute, a row or an answer."""
        return self._annotation(prop, argument=False)

    def as_argument(self, prop: PropertyProtocol) -> str:
        """The annotation of an argument, which also accepts what can be converted to the value."""
        return self._annotation(prop, argument=True)

    def _annotation(self, prop: PropertyProtocol, *, argument: bool) -> str:
        if type(prop) in _PLAIN:
            plain = _PLAIN[type(prop)]
            return f"{plain} | str" if argument and plain.startswith("datetime.") else plain
        match prop:
            case ConstProperty():
                return f"Literal[{_literal(prop)}]"
            case EnumProperty():
                return f"{self.prefix}{prop.class_info.name} | {'str' if argument else 'Unrecognized'}"
            case ListProperty():
                inner = self._annotation(prop.inner_property, argument=argument)
                return f"{'Sequence' if argument else 'list'}[{inner}]"
            case UnionProperty():
                options = [self._annotation(inner, argument=argument) for inner in prop.inner_properties]
                flat = list(dict.fromkeys(part for option in options for part in _split(option)))
                return " | ".join(sorted(flat, key=lambda part: part == "None"))
            case ModelProperty():
                return self._model_annotation(prop, argument=argument)
        raise GenerationError(f"{prop.name.get_untrusted_value()}: {type(prop).__name__} has no annotation here")

    def _model_annotation(self, prop: ModelProperty, *, argument: bool) -> str:
        name = str(prop.class_info.name)
        if name in self.files:
            return "File"
        if (values := self.map_values(prop)) is not None:
            return f"{'Mapping' if argument else 'dict'}[str, {self._annotation(values, argument=argument)}]"
        return f"{self.prefix}{name} | Mapping[str, Any]" if argument else f"{self.prefix}{name}"

    def list_items(self, prop: PropertyProtocol) -> PropertyProtocol | None:
        """What the items of a list are, be it nullable; `None` for what is not a list."""
        options = [prop] if not isinstance(prop, UnionProperty) else prop.inner_properties
        lists = [option for option in options if isinstance(option, ListProperty)]
        return lists[0].inner_property if lists else None

    def holds_records(self, prop: PropertyProtocol) -> bool:
        """Whether the value is a record, or a list of records, that has to be decoded."""
        match prop:
            case ModelProperty():
                return self.map_values(prop) is None
            case ListProperty():
                return self.holds_records(prop.inner_property)
            case UnionProperty():
                return any(map(self.holds_records, prop.inner_properties))
        return False

    def decode(self, prop: PropertyProtocol, source: str) -> str:
        """The expression that decodes `source`; `source` itself if it stays as it came."""
        match prop:
            case DateProperty():
                return f"parse_date({source})"
            case DateTimeProperty():
                return f"parse_time({source})"
            case EnumProperty():
                return f"_{prop.class_info.module_name}({source})"
            case ModelProperty() if self.map_values(prop) is None:
                return f"_{prop.class_info.module_name}({source})"
            case UnionProperty():
                return self._decode_union(prop, source)
        return source

    def _decode_union(self, prop: UnionProperty, source: str) -> str:
        options = [inner for inner in prop.inner_properties if not isinstance(inner, NoneProperty)]
        for const in [option for option in options if isinstance(option, ConstProperty)]:
            options.remove(const)
            return f"{source} if {source} == {_literal(const)} else {self.decode(options[0], source)}"
        if all(self.decode(option, source) == source for option in options):
            return source
        if len(options) == 1:
            return self.decode(options[0], source)
        models = [self.models[str(option.class_info.name)] for option in options if isinstance(option, ModelProperty)]
        if len(models) != len(options) or len(models) > 2:
            raise GenerationError(
                f"{prop.name.get_untrusted_value()}: only two models, or one type and null, can be told apart"
            )
        richer, plainer = models
        known = {each.name.get_untrusted_value() for each in _all(plainer)}
        own = [
            name for each in richer.required_properties or [] if (name := each.name.get_untrusted_value()) not in known
        ]
        if not own:
            pair = f"{richer.class_info.name} from {plainer.class_info.name}"
            raise GenerationError(f"{prop.name.get_untrusted_value()}: nothing tells {pair}")
        return f'{self.decode(richer, source)} if "{own[0]}" in {source} else {self.decode(plainer, source)}'

    def is_nullable(self, prop: PropertyProtocol) -> bool:
        """Whether null is one of the values."""
        return isinstance(prop, UnionProperty) and any(
            isinstance(inner, NoneProperty) for inner in prop.inner_properties
        )

    def encoder(self, prop: PropertyProtocol) -> str | None:
        """The function of `encode` that checks and encodes a plain value; `None` for lists, maps and models."""
        if isinstance(prop, UnionProperty):
            encoders = {self.encoder(inner) for inner in prop.inner_properties if not isinstance(inner, NoneProperty)}
            return encoders.pop() if len(encoders) == 1 else "code" if encoders == {"text", "integer"} else None
        return _ENCODERS.get(type(prop))

    def is_file(self, prop: PropertyProtocol) -> bool:
        """Whether an answer, or a part of a multipart body, is a file."""
        return isinstance(prop, FileProperty)


def _literal(const: ConstProperty) -> str:
    """A constant as Python code; the library wraps what comes from the document, lest it is printed as it is."""
    return json.dumps(getattr(const.value.raw_value, "get_untrusted_value", lambda: const.value.raw_value)())


def _all(model: ModelProperty) -> list[PropertyProtocol]:
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def _split(annotation: str) -> list[str]:
    """The options of a union; `list[int | str]` is one option."""
    parts, depth, current = [], 0, ""
    for character in annotation:
        depth += (character == "[") - (character == "]")
        if character == "|" and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]
