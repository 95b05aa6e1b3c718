"""The base class of the generated models."""

from __future__ import annotations

from ._model import Model, model
from ._pydantic import ForPydantic

__all__ = ["Record"]


@model
class Record(Model, ForPydantic):
    """A record of MOCO that pydantic can validate, serialize and describe."""
