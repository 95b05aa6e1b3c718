"""The buckets there are: one for an account and an event loop, forgotten when nobody needs it."""

from __future__ import annotations

import asyncio
import time
import weakref
from contextlib import suppress
from functools import partial
from threading import RLock
from urllib.parse import urlsplit

from ._bucket import Bucket, Used
from ._loops import at_loop_end
from ._rate_limit import RateLimit
from .errors import ConfigurationError

__all__ = ["forget_idle_buckets", "get_bucket", "release_claims"]

_Key = tuple[asyncio.AbstractEventLoop, str]

_lock = RLock()  # whoever is garbage-collected releases its claims, in whatever thread that happens
_buckets: dict[_Key, Bucket] = {}
_used: dict[str, tuple[float, Used]] = {}
"""What event loops that have ended used of an account's limit, and when that was so, by `time.monotonic`."""


def get_bucket(base_url: str, limit: RateLimit, claimant: object) -> Bucket:
    """The bucket of an account in the running event loop, on which the claimant relies from now on.

    Raises:
        ConfigurationError: an open client of the account keeps to another limit, so neither could keep it.
    """
    loop, account = asyncio.get_running_loop(), account_of(base_url)
    key = loop, account
    with _lock:
        forget_idle_buckets()
        bucket = _buckets.get(key)
        if bucket is not None and bucket.limit != limit:
            if bucket.claims:
                raise ConfigurationError(
                    f"another client of {account} already keeps to {bucket.limit}, this one to {limit}; close it first"
                )
            bucket = None
        if bucket is None:
            bucket = Bucket(limit, account, _used_of(account))
            bucket.guard = at_loop_end(partial(_loop_ends, key, weakref.ref(bucket)))
        bucket.claims.add(claimant)
        _buckets[key] = bucket
    return bucket


def release_claims(claimant: object) -> None:
    """Say that the claimant relies on no limit any more. What is used stays used, for as long as MOCO may count it."""
    with _lock:
        for bucket in list(_buckets.values()):
            bucket.claims.discard(claimant)
        forget_idle_buckets()


def account_of(base_url: str) -> str:
    """An address up to `/api/v1` in the one way of spelling it, so that its account has one bucket."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    return f"{host}{port}{parts.path.rstrip('/')}"


def _used_of(account: str) -> Used:
    """What MOCO may still be counting of the account's requests in other event loops, and under another limit here."""
    used = Used()
    if account in _used:
        then, left = _used.pop(account)
        used = _later(left, time.monotonic() - then)
    for (_, name), bucket in list(_buckets.items()):
        if name == account:
            used += bucket.used()
    return used


def _later(used: Used, seconds: float) -> Used:
    return Used([rest - seconds for rest in used.taken if rest > seconds], max(used.pause - seconds, 0.0))


def forget_idle_buckets() -> None:
    """Forget the buckets of event loops that are closed, and those that nobody needs."""
    with _lock:
        for key, bucket in list(_buckets.items()):
            if key[0].is_closed():
                _end(key, bucket)
            elif bucket.claims:
                continue
            elif bucket.idle():
                _buckets.pop(key, None)
            elif not bucket.settling:
                bucket.settling = True
                with suppress(RuntimeError):  # it is being closed in another thread
                    key[0].call_soon_threadsafe(_settle, weakref.ref(bucket))
        for account, (then, used) in list(_used.items()):
            if not _later(used, time.monotonic() - then):
                _used.pop(account, None)


def _settle(reference: weakref.ref[Bucket]) -> None:
    """Look at a bucket again when its windows are over, if nobody claims it before."""
    if (bucket := reference()) is not None:
        asyncio.get_running_loop().call_at(bucket.busy_until(), _settled, reference)


def _settled(reference: weakref.ref[Bucket]) -> None:
    if (bucket := reference()) is not None:
        bucket.settling = False
    forget_idle_buckets()


async def _loop_ends(key: _Key, reference: weakref.ref[Bucket]) -> None:
    if (bucket := reference()) is not None:
        _end(key, bucket)


def _end(key: _Key, bucket: Bucket) -> None:
    """Forget a bucket whose event loop ends, but not what MOCO may still be counting."""
    with _lock:
        if _buckets.get(key) is bucket:
            del _buckets[key]
            now, account = time.monotonic(), key[1]
            then, used = _used.get(account, (now, Used()))
            if left := _later(used, now - then) + bucket.used():
                _used[account] = now, left
