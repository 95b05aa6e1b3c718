"""Framework integrations, one module each. A module imports its framework."""

__all__: list[str] = []
