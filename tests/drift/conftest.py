"""Fixtures of the drift recorder's tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a record."""
    return tmp_path / "drift.jsonl"
