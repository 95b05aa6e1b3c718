"""What several tests need and is dear to make."""

from __future__ import annotations

import pytest

from generator.__main__ import checked_spec
from generator.bundle import Bundle


@pytest.fixture(scope="session")
def spec() -> Bundle:
    """The bundled spec. Not to be changed."""
    return checked_spec()
