"""The FastAPI integration: client, impersonation, errors and webhooks."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, WebSocket

from moco_async import ConfigurationError, MocoClient, MocoError, WebhookError
from moco_async.integrations.fastapi import (
    Client,
    add_exception_handlers,
    authenticated,
    get_client,
    impersonated,
    lifespan,
    webhook_router,
)
from moco_async.sandbox import Sandbox
from moco_async.webhooks import WebhookEvent, WebhookOverloadedError, WebhookReceiver, ensure_web_hooks, sign
from tests.socket_server import KEY, Step, answer, serving, silence, unreachable_url
from tests.test_readme import BLOCKS

SECRET = "1d608b9d72219b90ff2393a1d3ee0ac0"


@asynccontextmanager
async def browser(app: FastAPI, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running backend."""
    transport = httpx.ASGITransport(app=app, **options)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        yield http


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """Serve an application on a socket of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="auto"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.001)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def delivery(raw: dict[str, Any], target: str, action: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(raw).encode()
    return body, {"X-Moco-Target": target, "X-Moco-Event": action, "X-Moco-Signature": sign(body, SECRET)}


async def signed_in(x_user: Annotated[int | None, Header()] = None) -> int | None:
    if x_user == 0:
        raise HTTPException(401, "sign in")
    return x_user


async def key_of_caller(x_key: Annotated[str | None, Header()] = None) -> str | None:
    if x_key == "unreachable_url":
        raise HTTPException(401, "sign in")
    return x_key


def backend(make_client: Callable[[], MocoClient]) -> FastAPI:
    """A small backend with every kind of route."""
    app = FastAPI(lifespan=lifespan(make_client))
    add_exception_handlers(app)

    @app.get("/me")
    async def me(client: Client) -> str:
        return str((await client.profile.get()).email)

    @app.get("/caller")
    async def caller(client: Annotated[MocoClient, Depends(impersonated(signed_in))]) -> str:
        return str((await client.profile.get()).email)

    @app.get("/owner")
    async def owner(client: Annotated[MocoClient, Depends(authenticated(key_of_caller))]) -> str:
        return str((await client.profile.get()).email)

    @app.get("/projects/{id}")
    async def project(id: int, client: Client) -> str:
        return (await client.projects.get(id)).name

    @app.post("/web_hooks")
    async def subscribe(client: Client) -> int:
        return (await client.web_hooks.create(target="Activity", event="create", hook="nowhere")).id

    @app.get("/web_hooks")
    async def web_hooks(client: Annotated[MocoClient, Depends(impersonated(signed_in))]) -> int:
        return len(await client.web_hooks.list())

    return app


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(rate_limit=None)


def find_user_id(sandbox: Sandbox, name: str) -> int:
    return next(int(user["id"]) for user in sandbox.store["users"].values() if user["firstname"] == name)


class TestTheClient:
    async def test_there_is_one_for_the_process_and_it_is_closed_at_the_end(self, sandbox: Sandbox) -> None:
        made: list[MocoClient] = []
        given: list[MocoClient] = []

        def make() -> MocoClient:
            made.append(sandbox.client())
            return made[-1]

        app = FastAPI(lifespan=lifespan(make))

        @app.get("/")
        async def index(first: Client, second: Annotated[MocoClient, Depends(get_client)]) -> None:
            given.extend([first, second])

        async with browser(app) as http:
            for _ in range(2):
                assert (await http.get("/")).status_code == 200
            assert not made[0]._transport.connection.closed
        assert len(made) == 1
        assert all(client is made[0] for client in given)
        assert made[0]._transport.connection.closed
        async with browser(app) as http:  # and once more, with another
            await http.get("/")
        assert len(made) == 2

    async def test_by_default_it_is_made_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOCO_SUBDOMAIN", "mycompany")
        monkeypatch.setenv("MOCO_API_KEY", KEY)
        app = FastAPI()
        async with lifespan()(app):
            assert repr(app.state.moco_client) == "<MocoClient of https://mycompany.mocoapp.com/api/v1>"

    async def test_without_a_lifespan_it_says_what_to_write(self) -> None:
        app = FastAPI()

        @app.get("/")
        async def index(client: Client) -> None: ...

        async with browser(app) as http:
            with pytest.raises(RuntimeError, match=re.escape("async with lifespan()(app) as state: yield state")):
                await http.get("/")

    @pytest.mark.parametrize("own", [False, True])
    async def test_mounted_applications_have_it_too(self, own: bool, sandbox: Sandbox) -> None:
        @asynccontextmanager
        async def lives(app: FastAPI) -> AsyncIterator[Mapping[str, object]]:
            async with lifespan(sandbox.client)(app) as state:
                yield {**state, "other": 7}

        app = FastAPI(lifespan=lives if own else lifespan(sandbox.client))
        app.include_router(webhook_router(WebhookReceiver(SECRET)))  # whose lifespan has no state
        inner, router = FastAPI(), APIRouter()
        app.mount("/outer", outer := FastAPI())
        outer.mount("/inner", inner)

        @router.get("/me")
        async def me(client: Client, request: Request) -> tuple[str | None, int]:
            return (await client.profile.get()).email, getattr(request.state, "other", 0)

        for each in (app, outer, inner):
            each.include_router(router)
        async with served(app) as address, httpx.AsyncClient(base_url=address) as http:
            for path in ("", "/outer", "/outer/inner"):
                answer = await http.get(f"{path}/me")
                assert answer.json() == ["sandra.keller@sandbox.example", 7 if own else 0]

    async def test_web_sockets_have_it(self, sandbox: Sandbox) -> None:
        app = FastAPI(lifespan=lifespan(sandbox.client))
        inner = FastAPI()
        app.mount("/inner", inner)
        sent: list[Any] = []

        @app.websocket("/live")
        @inner.websocket("/live")
        async def live(websocket: WebSocket, client: Client) -> None:
            await websocket.accept()
            await websocket.send_text(str((await client.profile.get()).email))

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message.get("text"))

        async with app.router.lifespan_context(app) as state:
            for path in ("/live", "/inner/live"):
                asked: dict[str, Any] = {"type": "websocket", "path": path, "headers": [], "query_string": b""}
                await app(asked | {"state": dict(state or {})}, receive, send)
        assert sent.count("sandra.keller@sandbox.example") == 2

    async def test_the_caller_is_impersonated(self, sandbox: Sandbox) -> None:
        luca = find_user_id(sandbox, "Luca")
        async with browser(backend(sandbox.client)) as http:
            assert (await http.get("/me")).json() == "sandra.keller@sandbox.example"
            answer = await http.get("/caller", headers={"X-User": str(luca)})
            assert answer.json() == "luca.favre@sandbox.example"
            assert (await http.get("/me")).json() == "sandra.keller@sandbox.example"

    async def test_the_key_of_the_caller_is_used_on_the_clients_pool_and_bucket(self, sandbox: Sandbox) -> None:
        email = "luca.favre@sandbox.example"
        app = backend(sandbox.client)
        async with browser(app) as http:
            answer = await http.get("/owner", headers={"X-Key": sandbox.keys[email]})
            assert (await http.get("/me")).json() == "sandra.keller@sandbox.example"
            connection = app.state.moco_client._transport.connection
            assert len(connection._pools) == 1
            assert (await http.get("/owner")).status_code == 403
            assert (await http.get("/owner", headers={"X-Key": "unreachable_url"})).status_code == 401
            assert (await http.get("/owner", headers={"X-Key": "of unreachable_url"})).status_code == 500
        assert answer.json() == email

    async def test_who_is_nobody_gets_no_client(self, sandbox: Sandbox) -> None:
        async with browser(backend(sandbox.client)) as http:
            assert (await http.get("/caller")).status_code == 403
            assert (await http.get("/caller", headers={"X-User": "0"})).status_code == 401
        assert not sandbox.requests


class TestErrors:
    async def test_the_callers_mistakes_keep_their_status(self, sandbox: Sandbox) -> None:
        luca = str(find_user_id(sandbox, "Luca"))
        async with browser(backend(sandbox.client)) as http:
            missing = await http.get("/projects/999999")
            invalid = await http.post("/web_hooks")
            denied = await http.get("/web_hooks", headers={"X-User": luca})
        assert (missing.status_code, missing.json()) == (404, {"detail": "MOCO has no such record"})
        assert (denied.status_code, denied.json()) == (403, {"detail": "MOCO does not permit this"})
        assert invalid.status_code == 422
        assert invalid.json() == {"detail": "hook is invalid", "fields": {"hook": ["is invalid"]}}

    @pytest.mark.parametrize(
        ("step", "status", "detail"),
        [
            (answer(400, b'{"error": "what?"}'), 400, "what?"),
            (answer(401, b'{"message": "Invalid API key."}'), 502, "MOCO refused this service"),
            (answer(409), 502, "MOCO refused this service"),
            (answer(423, b'{"message": "in use"}'), 423, "in use"),
            (answer(429), 503, "too many requests to MOCO; try again later"),
            (answer(500, b"secret innards"), 502, "MOCO refused this service"),
            (answer(200, b"<html>"), 502, "MOCO's response cannot be decoded"),
            (silence, 504, "MOCO did not respond in time"),
        ],
    )
    async def test_errors_between_service_and_moco_are_not_disclosed(
        self, step: Step, status: int, detail: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with serving(step) as server:
            app = backend(lambda: client_at(server.base_url))
            async with browser(app) as http:
                answered = await http.get("/me")
        assert (answered.status_code, answered.json()) == (status, {"detail": detail})
        assert ("responded with" in caplog.text) == (status >= 500)
        assert KEY not in caplog.text

    @pytest.mark.parametrize(("header", "seconds"), [("", "15"), ("Retry-After: 7.2", "8")])
    async def test_how_long_to_wait_is_passed_on(self, header: str, seconds: str) -> None:
        async with (
            serving(answer(429, headers=header)) as server,
            browser(backend(lambda: client_at(server.base_url))) as http,
        ):
            assert (await http.get("/me")).headers["retry-after"] == seconds

    async def test_no_connection_is_502(self) -> None:
        address = unreachable_url()
        async with browser(backend(lambda: client_at(address))) as http:
            answered = await http.get("/me")
        assert (answered.status_code, answered.json()) == (502, {"detail": "MOCO cannot be reached"})

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (ConfigurationError("api_key=..."), 500),
            (MocoError("?"), 500),
            (WebhookError("no signature"), 400),
            (WebhookOverloadedError("full"), 503),
        ],
    )
    async def test_errors_without_a_response_of_moco(self, error: MocoError, status: int, sandbox: Sandbox) -> None:
        app = backend(sandbox.client)

        @app.get("/fails")
        async def fails() -> None:
            raise error

        async with browser(app) as http:
            answered = await http.get("/fails")
        assert answered.status_code == status
        assert str(error) not in answered.text

    async def test_other_errors_are_not_touched(self, sandbox: Sandbox) -> None:
        app = backend(sandbox.client)

        @app.get("/fails")
        async def fails() -> None:
            raise KeyError("ours")

        async with browser(app, raise_app_exceptions=False) as http:
            assert (await http.get("/fails")).status_code == 500


def client_at(base_url: str) -> MocoClient:
    return MocoClient(base_url=base_url, api_key=KEY, rate_limit=None, max_retries=0, timeout=0.2)


class TestWebhooks:
    async def test_the_router_takes_them_and_finishes_them_before_the_client_is_closed(self, sandbox: Sandbox) -> None:
        seen: list[str] = []
        receiver = WebhookReceiver(SECRET)
        app = backend(sandbox.client)
        app.include_router(webhook_router(receiver, "/webhooks"), prefix="/moco")

        @receiver.on("Project", "update")
        async def look(event: WebhookEvent[Any]) -> None:
            await asyncio.sleep(0.01)
            seen.append((await app.state.moco_client.projects.get(event.id)).name)

        project = next(iter(sandbox.store["projects"].values()))
        body, headers = delivery({"id": project["id"]}, "Project", "update")
        async with browser(app) as http:
            assert (await http.post("/moco/webhooks", content=body, headers=headers)).status_code == 204
            assert (await http.post("/moco/webhooks", content=body)).status_code == 400
            assert (await http.get("/moco/webhooks")).status_code == 405
            assert "/moco/webhooks" not in (await http.get("/openapi.json")).json()["paths"]
            assert seen == []
        assert seen == [project["name"]]

    async def test_over_sockets_from_booking_to_delivery(self, sandbox: Sandbox) -> None:
        """A backend and MOCO, each behind a socket: it books time as its caller, and hears of it."""
        heard: list[tuple[str, int | None, int | None, bool]] = []
        receiver = WebhookReceiver(sandbox.signing_key, account="sandbox")
        contract = next(iter(sandbox.store["project_contracts"].values()))
        task = next(task for task in sandbox.store["project_tasks"].values() if task["active"])

        @receiver.on("Activity")
        async def hear(event: WebhookEvent[Any]) -> None:
            heard.append((event.action, event.id, event.user_id, event.from_api))

        async with served(sandbox) as moco, httpx.AsyncClient() as http:
            app = backend(lambda: MocoClient(base_url=f"{moco}/api/v1", api_key=sandbox.api_key))
            app.include_router(webhook_router(receiver))

            @app.post("/hours")
            async def book(client: Annotated[MocoClient, Depends(impersonated(signed_in))]) -> dict[str, Any]:
                ids = {"project_id": task["project_id"], "task_id": task["id"]}
                return (await client.activities.create(date=date.today(), **ids, seconds=3600)).to_dict()

            async with served(app) as own:
                sandbox.outbox.disturb(duplicate=1)
                wanted = {("Activity", "create"), ("Activity", "delete")}
                await ensure_web_hooks(sandbox.client(), f"{own}/moco/webhooks", wanted)
                user = contract["user_id"]
                booked = (await http.post(f"{own}/hours", headers={"X-User": str(user)})).json()
                await sandbox.client().activities.delete(booked["id"])
                async with asyncio.timeout(5):
                    while len(heard) < 2:
                        await sandbox.deliver()  # and it does so in the background, too
                        await asyncio.sleep(0.001)
        assert booked["user"]["id"] == user
        me = next(iter(sandbox.store["users"]))
        assert sorted(heard) == [("create", booked["id"], user, True), ("delete", booked["id"], me, True)]


async def test_the_readmes_examples_work(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word for word, the receiver and the backend, but for the account."""
    (hooks,) = [block for block in BLOCKS if "WebhookReceiver(" in block]
    (service,) = [block for block in BLOCKS if "FastAPI(" in block]
    names: dict[str, Any] = {"MocoClient": MocoClient, "date": date}
    monkeypatch.setattr(MocoClient, "from_env", sandbox.client)
    program = service.replace("lifespan()", "lifespan(MocoClient.from_env)")
    exec(hooks.replace('"..."', f'"{SECRET}"') + program, names)  # noqa: S102  # our own README
    task = next(task for task in sandbox.store["project_tasks"].values() if task["active"])
    user = next(iter(sandbox.store["users"]))
    async with browser(names["app"]) as http:
        assert len((await http.get("/projects")).json()) > 1
        asked = {"project": task["project_id"], "task": task["id"]}
        booked = await http.post("/hours", params=asked, headers={"X-User": str(user)})
        assert booked.json() in sandbox.store["activities"]
        body, headers = delivery({"id": 7, "hours": 1.5}, "Activity", "create")
        headers |= {"X-Moco-Account-Url": "mycompany", "X-Moco-User-Id": "933"}
        assert (await http.post("/moco/webhooks", content=body, headers=headers)).status_code == 204
    assert capsys.readouterr().out == "933 1.5\n"
