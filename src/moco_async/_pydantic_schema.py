"""The schemas by which pydantic validates, serializes and describes models and pages.

Lenient decoding decides what a value may be: a record is validated by decoding it, and rejected for what differs.

This module imports pydantic, which is optional, so the rest of the package imports it only when pydantic asks.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, LiteralString, Union, get_args

import attrs
from pydantic_core import (
    InitErrorDetails,
    PydanticCustomError,
    PydanticKnownError,
    SchemaSerializer,
    ValidationError,
    core_schema,
    to_jsonable_python,
)

from ._deviations import Difference, Path, observe
from ._lenient import decode_leniently, union_members
from ._model import ABSENT, Model
from ._values import to_json

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema
    from pydantic_core.core_schema import SerializationInfo

__all__ = ["build_json_schema", "build_schema", "make_serializer"]

_ERROR_TYPES: dict[str, LiteralString] = {"null": "null_not_allowed", "type": "wrong_type", "value": "unknown_value"}


def build_schema(cls: type, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Build the schema by which pydantic validates and serializes a model or a page."""
    if issubclass(cls, Model):
        return _build_record_schema(cls, handler)
    return _build_page_schema(cls, source, handler)


def _build_record_schema(cls: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Build the schema of a model. The schema inside is only for its JSON schema; values are decoded leniently."""

    def validate(value: Any, _: object) -> Model:
        return _validate(cls, value)

    validate.__name__ = cls.__name__  # the title of pydantic's errors
    return core_schema.no_info_wrap_validator_function(
        validate,
        _build_object_schema(cls, handler),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_serialize, info_arg=True),
    )


def _build_object_schema(cls: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Build the schema of a model's JSON object from its annotations."""
    hints = typing.get_type_hints(cls)
    never_null = {each.name for each in attrs.fields(cls) if each.default is ABSENT}
    fields = {}
    for wire, name in cls._wire_names.items():
        options = [each for each in union_members(hints[name]) if each is not NoneType or name not in never_null]
        schema = handler.generate_schema(Union[tuple(options)])  # noqa: UP007  # made at run time
        fields[wire] = core_schema.typed_dict_field(schema, required=name in cls._required)
    return core_schema.typed_dict_schema(fields, extra_behavior="allow")


def build_json_schema(cls: type, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """Build the JSON schema of a model or a page, with the descriptions from a model's docstring."""
    found = handler(schema)
    if not issubclass(cls, Model):
        return found
    described = handler.resolve_ref_schema(found)
    about, words = _parse_docstring(cls)
    described |= {"title": cls.__name__, "description": about}
    for wire, name in cls._wire_names.items():
        if name in words:
            described["properties"][wire]["description"] = words[name]
            if words[name].startswith("Deprecated."):
                described["properties"][wire]["deprecated"] = True
    return found


def _parse_docstring(cls: type[Model]) -> tuple[str, dict[str, str]]:
    """Get the descriptions of a model and of its attributes from its docstring."""
    text = inspect.cleandoc(cls.__doc__ or "")  # Python before 3.13 keeps the indentation
    about, _, rest = text.partition("MOCO's docs:")[0].partition("Attributes:")
    entries = re.finditer(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", rest, re.MULTILINE)
    return " ".join(about.split()), {entry[1]: " ".join(entry[2].split()) for entry in entries}


def _validate(cls: type[Model], value: Any) -> Model:
    """Return a record as it is, or decode the JSON object of one.

    Unknown attributes are accepted. So are missing ones, because MOCO leaves out some that the spec requires; but not
    in a model that is only sent, such as `ActivityCreate`.

    Raises:
        ValidationError: the object differs from the spec.
        PydanticKnownError, PydanticCustomError: the value is not an object, or cannot be represented in JSON.
    """
    if isinstance(value, cls):
        return value
    if not isinstance(value, Mapping):
        raise PydanticKnownError("dict_type")
    try:
        raw = to_json(value)  # dates, enums and records are accepted too
    except (TypeError, ValueError) as error:
        raise _error("not_json", str(error)) from None
    problems = _Problems(cls)
    with observe(problems, count=False):
        record = decode_leniently(cls, raw, ())
    if problems.errors:
        raise ValidationError.from_exception_data(cls.__name__, problems.errors)
    return record


class _Problems:
    """An observer that collects the reasons to reject an object, as errors for pydantic."""

    def __init__(self, cls: type[Model]) -> None:
        self.accepted = {"unknown", "absent"} if cls._only_sent else {"unknown", "absent", "missing"}
        self.errors: list[InitErrorDetails] = []

    def record(self, cls: type[Model]) -> None:
        """A record is not a problem."""

    def difference(self, difference: Difference) -> None:
        if difference.kind in self.accepted:
            return
        place = _location(difference.path)
        if difference.kind == "missing":
            self.errors.append(InitErrorDetails(type="missing", loc=place, input=None))
        else:
            why = _error(_ERROR_TYPES[difference.kind], difference.reason)
            self.errors.append(InitErrorDetails(type=why, loc=place, input=difference.found))


def _error(kind: LiteralString, text: Any) -> PydanticCustomError:
    """Make an error. Without a context its text is not used as a template, so it need not be a literal."""
    return PydanticCustomError(kind, text)


def _location(path: Path) -> tuple[int | str, ...]:
    steps = []
    while path:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))


def _serialize(value: Any, info: SerializationInfo) -> Any:
    """Convert a record to its JSON object. For a union pydantic also passes values that are not records."""
    if not isinstance(value, Model):
        return value
    if info.include is None and info.exclude is None:
        return value.to_dict()
    chosen: Any = {"include": info.include, "exclude": info.exclude}  # their annotations differ in pydantic
    return to_jsonable_python(value.to_dict(), **chosen)


def _build_page_schema(cls: type, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Build the schema of a page, which is the list of its rows."""
    (row,) = get_args(source) or (Any,)
    rows = core_schema.list_schema(handler.generate_schema(row))

    def validate(value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, cls):
            return value
        found = handler(value)
        return cls(found, number=1, per_page=max(len(found), 1), total=None, has_next=False)

    return core_schema.no_info_wrap_validator_function(
        validate, rows, serialization=core_schema.plain_serializer_function_ser_schema(list, return_schema=rows)
    )


@cache
def make_serializer() -> SchemaSerializer:
    """Make the serializer for fields of type `Any`, where pydantic asks the record or page and not its class."""

    def serialize(value: Any, info: SerializationInfo) -> Any:
        return _serialize(value, info) if isinstance(value, Model) else list(value)

    serialization = core_schema.plain_serializer_function_ser_schema(serialize, info_arg=True)
    return SchemaSerializer(core_schema.any_schema(serialization=serialization))
