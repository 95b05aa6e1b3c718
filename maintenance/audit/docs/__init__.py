"""MOCO's docs as facts: pages of Markdown in the dialect they are written in, with all its irregularities."""

from .reader import read_docs

__all__ = ["read_docs"]
