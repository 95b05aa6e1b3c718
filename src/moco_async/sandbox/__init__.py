"""A MOCO of one's own: a stateful server that speaks the spec, for tests, demos and development.

    sandbox = Sandbox()
    async with sandbox.client() as client:
        ...

A fresh sandbox is a small agency with eight users; everybody's password is `sandbox`, and the administrator is
`sandra.keller@sandbox.example`. With `seed=False` it has only her. State lives in memory: a new `Sandbox` is a new
account. Its days and times of day are UTC. `python -m moco_async.sandbox` serves one.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from . import domains as domains  # they register what they know
from .app import Arrival, application
from .founding import found_account
from .identity import Identity
from .rate import Window
from .render import Renderer
from .seeds import furnish
from .spec import bundled
from .store import Clock, Store, utc_now

if TYPE_CHECKING:
    from ..client import MocoClient

__all__ = ["Arrival", "Sandbox"]

LOGGED = 1000


class Sandbox:
    """One account, and the ASGI application that serves it under `/api/v1`.

    Args:
        subdomain: The account's name.
        seed: Whether it is furnished with a believable agency, or has nothing but one administrator.
        rate_limit: How many requests are let through in any so many seconds; None lets all through.
        clock: The present moment. Give one to stop the time, or to travel.
        monotonic: The clock of the rate limit, in seconds.
    """

    def __init__(
        self,
        subdomain: str = "sandbox",
        *,
        seed: bool = True,
        rate_limit: tuple[int, float] | None = (15, 15),
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = Store(subdomain, clock)
        self.identity = Identity(self.store)
        self.renderer = Renderer(bundled(), self.store)
        self.window = Window(*rate_limit, monotonic) if rate_limit else None
        self.requests: deque[Arrival] = deque(maxlen=LOGGED)
        """What arrived lately, the latest last."""
        self.api_key: str = found_account(self.store)["api_key"]
        """The key of the administrator."""
        if seed:
            furnish(self.store)
        self.app: Starlette = application(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    @property
    def keys(self) -> dict[str, str]:
        """All valid keys, by the e-mail address of their users, or `account` and `account, read-only`."""
        keys = {user["email"]: user["api_key"] for user in self.store["users"].values()}
        return keys | {"account": self.identity.account_key, "account, read-only": self.identity.read_only_key}

    def client(self, api_key: str | None = None, **options: Any) -> MocoClient:
        """A client of this account, in process and without a socket.

        Args:
            api_key: One of `keys`; the administrator's if left out.
            options: What `MocoClient` takes. It keeps to no rate limit unless `rate_limit` says so.
        """
        from ..client import MocoClient
        from ..transport import ASGITransport, HTTPClient

        wire = HTTPClient(transport=ASGITransport(app=self.app), trust_env=False)
        address = f"http://{self.store.subdomain}.sandbox/api/v1"
        settings = {"rate_limit": None, "base_url": address, "http_client": wire, **options}
        return MocoClient(api_key=api_key or self.api_key, **settings)
