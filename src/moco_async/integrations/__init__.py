"""Integrations into frameworks, one module each, which imports its framework."""

__all__: list[str] = []
