"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import pytest

from generator.__main__ import SPEC
from generator.spec.lint import read_spec
from generator.spec.schema import Bundle


@pytest.fixture(scope="session")
def spec() -> Bundle:
    """The bundled spec. Not to be changed."""
    return read_spec(SPEC)
