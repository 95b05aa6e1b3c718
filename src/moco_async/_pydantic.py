"""What pydantic asks classes for, answered by `_pydantic_schema`, which is imported only when pydantic asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema, SchemaSerializer

__all__ = ["ForPydantic"]


class ForPydantic:
    """A mixin for classes that pydantic validates, serializes and describes."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from ._pydantic_schema import build_schema

        return build_schema(cls, source, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from ._pydantic_schema import build_json_schema

        return build_json_schema(cls, schema, handler)

    @property
    def __pydantic_serializer__(self) -> SchemaSerializer:
        from ._pydantic_schema import make_serializer

        return make_serializer()
