"""How the types of the spec, as openapi-python-client has parsed them, are written in Python."""

from __future__ import annotations

from collections.abc import Iterator

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
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

from .errors import CommandError

__all__ = ["GenerationError", "Types"]

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
_WRITERS: dict[type, str] = {
    BooleanProperty: "boolean",
    FloatProperty: "number",
    IntProperty: "integer",
    StringProperty: "text",
    DateProperty: "date",
    DateTimeProperty: "time",
    EnumProperty: "text",
}


class GenerationError(CommandError):
    """Something of the spec would be missing, or wrong, in the code."""


class Types:
    """Annotations and conversions.

    Args:
        models: Every model by its name, because the copies nested in others may be unprocessed.
        files: Names of the models that stand for a file in a JSON body.
        prefix: What stands before the name of a model or enum.
    """

    def __init__(self, models: dict[str, ModelProperty], files: set[str], prefix: str = "") -> None:
        self.models = models
        self.files = files
        self.prefix = prefix

    def names_in(self, prop: PropertyProtocol) -> Iterator[str]:
        """The models and enums that a type names, one level deep."""
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
        """What the values of a free map are; `None` for a model with attributes."""
        model = self.models[prop.class_info.name]
        if model.required_properties or model.optional_properties:
            return None
        return model.additional_properties

    def in_model(self, prop: PropertyProtocol) -> str:
        """The annotation of an attribute, of a row, or of an answer."""
        return self._annotation(prop, argument=False)

    def as_argument(self, prop: PropertyProtocol) -> str:
        """The annotation of an argument: what stands for the value is welcome, too."""
        return self._annotation(prop, argument=True)

    def _annotation(self, prop: PropertyProtocol, *, argument: bool) -> str:
        if type(prop) in _PLAIN:
            plain = _PLAIN[type(prop)]
            return f"{plain} | str" if argument and plain.startswith("datetime.") else plain
        match prop:
            case EnumProperty():
                return f"{self.prefix}{prop.class_info.name} | str"
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

    def decoded(self, prop: PropertyProtocol, source: str) -> str:
        """The expression that decodes `source`, which may be read but once; `source` itself if JSON has the value."""
        match prop:
            case DateProperty():
                return f"parse_date({source})"
            case DateTimeProperty():
                return f"parse_time({source})"
            case EnumProperty():
                return f"_{prop.class_info.module_name}({source})"
            case ModelProperty() if self.map_values(prop) is None:
                return f"_{prop.class_info.module_name}({source})"
            case ListProperty():
                inner = self.decoded(prop.inner_property, "v")
                return source if inner == "v" else f"[{inner} for v in expect_list({source})]"
            case UnionProperty():
                return self._decoded_union(prop, source)
        return source

    def _decoded_union(self, prop: UnionProperty, source: str) -> str:
        options = [inner for inner in prop.inner_properties if not isinstance(inner, NoneProperty)]
        if all(self.decoded(option, source) == source for option in options):
            return source
        if len(options) == 1:
            return self.decoded(options[0], source)
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
        test = source if source == "v" else f"(v := {source})"
        return f'{self.decoded(richer, "v")} if "{own[0]}" in {test} else {self.decoded(plainer, "v")}'

    def is_nullable(self, prop: PropertyProtocol) -> bool:
        """Whether null is one of the values."""
        return isinstance(prop, UnionProperty) and any(
            isinstance(inner, NoneProperty) for inner in prop.inner_properties
        )

    def writer(self, prop: PropertyProtocol) -> str | None:
        """The function of `wire` that checks and writes a plain value; `None` for lists, maps and models."""
        if isinstance(prop, UnionProperty):
            writers = {self.writer(inner) for inner in prop.inner_properties if not isinstance(inner, NoneProperty)}
            return writers.pop() if len(writers) == 1 else "code" if writers == {"text", "integer"} else None
        return _WRITERS.get(type(prop))

    def is_file(self, prop: PropertyProtocol) -> bool:
        """Whether the answer, or the part of a multipart body, is a file."""
        return isinstance(prop, FileProperty)


def _all(model: ModelProperty) -> list[PropertyProtocol]:
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def _split(annotation: str) -> list[str]:
    """The options of an annotation, `list[int | str]` being one."""
    parts, depth, current = [], 0, ""
    for character in annotation:
        depth += (character == "[") - (character == "]")
        if character == "|" and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]
