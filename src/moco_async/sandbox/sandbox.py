"""The sandbox: an account, the ASGI application that serves it, and clients of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from .account import Account
from .engine.dates import Clock, utc_now
from .http.app import create_app
from .http.disconnect import DisconnectMiddleware
from .http.guard import parse_hosts
from .seed import Seed
from .webhooks.outbox import Delivery, HTTPPoster

if TYPE_CHECKING:
    from .._client import MocoClient


class Sandbox(Account):
    """One account, and the ASGI application that serves it under `/api/v1`.

    A fresh sandbox is a small agency with eight users; everybody's password is `sandbox`, and the administrator is
    `sandra.keller@sandbox.example`. With `seed=False` it has only her. State lives in memory: a new `Sandbox` is a new
    account. Its days and times of day are UTC.

    What tests need, and MOCO does not offer:

        sandbox.faults.add("activities.create", disconnect=True, apply_first=True, times=1)
        sandbox.deliver_to(app)  # an ASGI application that receives webhooks, signed with sandbox.signing_key
        await sandbox.deliver()
        before = sandbox.snapshot()
        sandbox.travel(timedelta(days=30))
        sandbox.restore(before)

    Args:
        subdomain: The account's name.
        seed: Whether it holds a believable agency, or nothing but one administrator. A `Seed` is an agency of any
            size: `Seed(users=200, projects=500, activities=100_000, months=24)`.
        rate_limit: How many requests pass in any window of how many seconds; None lets all pass.
        clock: The present moment. Give one to stop the time.
        monotonic: The clock of the rate limit, in seconds.
        allowed_hosts: The names of a server that serves it, as `moco` or `localhost:8080`, besides localhost and the
            address that is connected to. It refuses others, so that no web page can reach it under a name of its own.

    Raises:
        ValueError: one of `allowed_hosts` is not a host.
    """

    def __init__(
        self,
        subdomain: str = "sandbox",
        *,
        seed: bool | Seed = True,
        rate_limit: tuple[int, float] | None = (15, 15),
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self._allowed_hosts = parse_hosts(allowed_hosts)
        super().__init__(
            subdomain, seed=seed, rate_limit=rate_limit, clock=clock, monotonic=monotonic, open_client=_open_client
        )

    @cached_property
    def app(self) -> DisconnectMiddleware:
        """The ASGI application, made when it is first needed."""
        return DisconnectMiddleware(create_app(self, self._allowed_hosts), _connection_lost)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def deliver_to(self, receivers: ASGIApp | Mapping[str, ASGIApp]) -> None:
        """Deliver webhooks in process, without a socket.

        Args:
            receivers: The ASGI application that gets them all, or one for each prefix of an address. What goes to
                other addresses is posted over the network. Their lifespans are up to you.
        """
        self.outbox.deliver_to(receivers)

    async def deliver(self) -> list[Delivery]:
        """Post the waiting deliveries once, and return them. One that is not accepted waits for the next time.

        While the sandbox is served this happens by itself, to each delivery when it is due.
        """
        return await self.outbox.deliver()

    def client(self, api_key: str | None = None, **options: Any) -> MocoClient:
        """A client of this account, in process and without a socket.

        Args:
            api_key: One of `keys`; the administrator's if left out.
            options: The options of `MocoClient`. It has no rate limit unless `rate_limit` says so.
        """
        from .._client import MocoClient
        from .._transport import ASGITransport, HTTPClient

        http_client = HTTPClient(transport=ASGITransport(app=self.app), trust_env=False)
        address = f"http://{self.store.subdomain}.sandbox/api/v1"
        settings = {"rate_limit": None, "base_url": address, "http_client": http_client, **options}
        return MocoClient(api_key=api_key or self.api_key, **settings)


def _open_client(app: ASGIApp | None) -> AbstractAsyncContextManager[HTTPPoster]:
    """An HTTP client of an ASGI application, or of the network."""
    from .._transport import ASGITransport, HTTPClient

    if app is None:
        return HTTPClient()
    return HTTPClient(transport=ASGITransport(app=app, raise_app_exceptions=False), trust_env=False)


def _connection_lost() -> Exception:
    """The exception that a client in process gets when its connection is cut."""
    from .._transport import ConnectionLost

    return ConnectionLost("Server disconnected without sending a response.")
