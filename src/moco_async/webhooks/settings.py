"""Checks of the receiver's settings: what would fail at the first delivery fails at once."""

from __future__ import annotations

import inspect

from ..errors import ConfigurationError

__all__ = ["check_counts", "check_guard", "check_seconds"]


def check_counts(**counts: object) -> None:
    """Refuse with a `ConfigurationError` what is not 1 or more."""
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ConfigurationError(f"{name} must be 1 or more, not {count!r:.80}")


def check_seconds(name: str, value: float | None, *, least: float = 0.001) -> float | None:
    """The seconds, `None` for any time. Refuses with a `ConfigurationError` what is neither."""
    if value is None:
        return None
    if isinstance(value, int | float) and value >= least:
        return value if value < 1e9 else None
    raise ConfigurationError(f"{name} must be a number of seconds, {least:g} or more, or None, not {value!r:.80}")


def check_guard(guard: object) -> None:
    """Refuse with a `TypeError` what is not a replay guard."""
    if guard is not None and (inspect.isclass(guard) or not callable(getattr(guard, "admit", None))):
        raise TypeError(f"replay_guard must be like RedisReplayGuard('redis://...'), not {type(guard).__name__}")
