"""The agency that a fresh sandbox holds: created by its own operations, as of the days it is from."""

from .account import create_account
from .scale import Seed, populate

__all__ = ["Seed", "create_account", "populate"]
