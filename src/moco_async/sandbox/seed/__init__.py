"""The seed: the records of a fresh sandbox, a small agency or one of any size.

All dates are relative to the clock's day; on the same day the agency is always the same. Everything that the API can
create is created by its own operations, backdated to the day that it belongs to.
"""

from .account import create_account
from .scale import Seed, populate

__all__ = ["Seed", "create_account", "populate"]
