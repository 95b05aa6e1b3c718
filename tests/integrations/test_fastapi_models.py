"""Records in a FastAPI application: what it answers, takes and describes."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from moco_async import Page
from moco_async._model import Model
from moco_async.integrations.fastapi import Client, lifespan
from moco_async.models import Activity, ActivityCreate, Project
from moco_async.sandbox import Sandbox
from tests.integrations.test_fastapi import browser
from tests.integrations.test_pydantic import LISTS, MODELS


class Week(BaseModel):
    """A pydantic model with records in it."""

    project: Project | None = None
    activities: list[Activity]


def backend(sandbox: Sandbox) -> FastAPI:
    app = FastAPI(lifespan=lifespan(sandbox.client))

    @app.get("/list")
    async def as_list(client: Client) -> list[Project]:
        return await client.projects.list().all()

    @app.get("/page")
    async def as_page(client: Client) -> Page[Project]:
        return await client.projects.list()

    @app.get("/page/untyped")
    async def untyped_page(client: Client):  # type: ignore[no-untyped-def]  # the way it is often written
        return await client.projects.list()

    @app.get("/page/model", response_model=list[Project])
    async def page_by_model(client: Client) -> Any:
        return await client.projects.list()

    @app.get("/one/{id}")
    async def one(id: int, client: Client) -> Project:
        return await client.projects.get(id)

    @app.get("/maybe/{id}")
    async def maybe(id: int, client: Client) -> Project | None:
        return await client.projects.get(id) if id else None

    @app.get("/untyped/{id}")
    async def untyped(id: int, client: Client):  # type: ignore[no-untyped-def]
        return await client.projects.get(id)

    @app.get("/any/{id}")
    async def as_any(id: int, client: Client) -> Any:
        return await client.projects.get(id)

    @app.get("/model/{id}", response_model=Project)
    async def by_model(id: int, client: Client) -> Any:
        return (await client.projects.get(id)).to_dict()

    @app.get("/inside/{id}")
    async def inside(id: int, client: Client) -> dict[str, Any]:
        return {"project": await client.projects.get(id), "all": await client.projects.list()}

    @app.get("/partly/{id}", response_model_exclude={"budget"})
    async def partly(id: int, client: Client) -> Project:
        return await client.projects.get(id)

    @app.get("/week/{id}")
    async def week(id: int, client: Client) -> Week:
        activities = await client.activities.list(project_id=id)
        return Week(project=await client.projects.get(id), activities=list(activities))

    @app.post("/week")
    async def take(week: Week) -> Week:
        return week

    @app.post("/book")
    async def book(activity: Annotated[ActivityCreate, Body()], client: Client) -> Activity:
        (booked,) = await client.activities.create_bulk(activities=[activity])
        return booked

    @app.post("/book/all")
    async def book_all(activities: list[ActivityCreate], client: Client) -> list[Activity]:
        return await client.activities.create_bulk(activities=activities)

    @app.post("/embedded")
    async def embedded(activity: Annotated[Activity, Body(embed=True)]) -> Activity:
        return activity

    return app


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(rate_limit=None)


async def sent(sandbox: Sandbox, path: str) -> Any:
    """What MOCO sends."""
    async with sandbox.client() as client:
        return (await client.request("GET", path)).json()


class TestAnswers:
    @pytest.mark.parametrize("path", ["/list", "/page", "/page/untyped", "/page/model"])
    async def test_lists(self, path: str, sandbox: Sandbox) -> None:
        async with browser(backend(sandbox)) as http:
            assert (await http.get(path)).json() == await sent(sandbox, "/projects")

    @pytest.mark.parametrize("path", ["one", "maybe", "untyped", "any", "model"])
    async def test_a_record(self, path: str, sandbox: Sandbox) -> None:
        project_id = next(iter(sandbox.store["projects"]))
        async with browser(backend(sandbox)) as http:
            assert (await http.get(f"/{path}/{project_id}")).json() == await sent(sandbox, f"/projects/{project_id}")

    async def test_none(self, sandbox: Sandbox) -> None:
        async with browser(backend(sandbox)) as http:
            assert (await http.get("/maybe/0")).json() is None

    async def test_in_something_else(self, sandbox: Sandbox) -> None:
        project_id = next(iter(sandbox.store["projects"]))
        project = await sent(sandbox, f"/projects/{project_id}")
        async with browser(backend(sandbox)) as http:
            answer = (await http.get(f"/inside/{project_id}")).json()
            assert answer == {"project": project, "all": await sent(sandbox, "/projects")}
            week = (await http.get(f"/week/{project_id}")).json()
            assert week["project"] == project
            assert week["activities"]
            assert (await http.post("/week", json=week)).json() == week

    async def test_without_an_attribute(self, sandbox: Sandbox) -> None:
        project_id = next(iter(sandbox.store["projects"]))
        project = await sent(sandbox, f"/projects/{project_id}")
        del project["budget"]
        async with browser(backend(sandbox)) as http:
            assert (await http.get(f"/partly/{project_id}")).json() == project

    async def test_every_list_goes_out_as_it_came(self, sandbox: Sandbox) -> None:
        app = FastAPI(lifespan=lifespan(sandbox.client))
        for name in LISTS:
            kind: Any = getattr(sandbox.client(), name).list()._kind
            app.add_api_route(f"/{name}", listing(name), response_model=list[kind])
        async with browser(app) as http:
            for name in LISTS:
                answer = (await http.get(f"/{name}")).json()
                assert answer == await sent(sandbox, f"/{sandbox.requests[-1].path.removeprefix('/api/v1/')}"), name
                assert answer, name


def listing(name: str) -> Any:
    async def endpoint(client: Client) -> Any:
        return await getattr(client, name).list()

    return endpoint


class TestBodies:
    async def test_a_new_record_is_created(self, sandbox: Sandbox) -> None:
        task = next(task for task in sandbox.store["project_tasks"].values() if task["active"])
        new = {"date": "2026-01-30", "project_id": task["project_id"], "task_id": task["id"], "seconds": 60}
        async with browser(backend(sandbox)) as http:
            booked = (await http.post("/book", json=new)).json()
            (again,) = (await http.post("/book/all", json=[new])).json()
        for row in (booked, again):
            assert row == await sent(sandbox, f"/activities/{row['id']}")

    @pytest.mark.parametrize(
        ("path", "body", "place", "message"),
        [
            ("/book", {"date": "30.1.2026", "project_id": 1, "task_id": 1}, ["date"], "says a date"),
            ("/book", {"date": "2026-01-30", "project_id": 1}, ["task_id"], "Field required"),
            ("/book/all", [{"date": "2026-01-30", "project_id": 1}], [0, "task_id"], "Field required"),
            ("/embedded", {"activity": {"user": {"id": None}}}, ["activity", "user", "id"], "null is not allowed"),
            ("/embedded", {"activity": {"remote_service": "x"}}, ["activity", "remote_service"], "not a value of"),
            ("/week", {"activities": [{}, {"hours": "1"}]}, ["activities", 1, "hours"], "says a number"),
            ("/week", {"activities": ["x"]}, ["activities", 0], "valid dictionary"),
        ],
    )
    async def test_others_are_refused_with_their_place(
        self, path: str, body: Any, place: list[Any], message: str, sandbox: Sandbox
    ) -> None:
        async with browser(backend(sandbox)) as http:
            answer = await http.post(path, json=body)
        (error,) = answer.json()["detail"]
        assert (answer.status_code, error["loc"]) == (422, ["body", *place])
        assert message in error["msg"]
        assert not sandbox.requests

    async def test_absent_and_unknown_attributes_are_handed_on(self, sandbox: Sandbox) -> None:
        body = {"id": 7, "created_at": "2026-01-31T14:30:00.120Z", "nobody_knows": [1.0]}
        async with browser(backend(sandbox)) as http:
            assert (await http.post("/embedded", json={"activity": body})).json() == body


def every_model() -> FastAPI:
    app = FastAPI()
    for cls in MODELS:
        app.add_api_route(f"/{cls.__name__}", taking(cls), methods=["POST"], response_model=list[cls])  # type: ignore[valid-type]  # known at run time
    return app


def taking(cls: type[Model]) -> Any:
    async def endpoint(body: Model) -> None: ...

    endpoint.__annotations__["body"] = Annotated[cls, Body()]
    return endpoint


class TestOpenAPI:
    def test_it_is_valid_for_every_model(self) -> None:
        document = json.loads(json.dumps(every_model().openapi()))
        OpenAPIV31SpecValidator(document).validate()
        schemas = document["components"]["schemas"]
        assert {cls.__name__ for cls in MODELS} <= schemas.keys()
        assert not [name for name in schemas if name.endswith(("-Input", "-Output"))]
        content = document["paths"]["/Project"]["post"]
        assert content["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Project")
        answer = content["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer["items"] == {"$ref": "#/components/schemas/Project"}

    async def test_it_is_served(self, sandbox: Sandbox) -> None:
        async with browser(backend(sandbox)) as http:
            document = (await http.get("/openapi.json")).json()
        OpenAPIV31SpecValidator(document).validate()
        schemas = document["components"]["schemas"]
        assert not [name for name in schemas if name.endswith(("-Input", "-Output"))]
        project = schemas["Project"]
        assert project["description"] == "A project."
        assert project["properties"]["created_at"] == {
            "type": "string",
            "format": "date-time",
            "title": "Created At",
            "description": "When the project was created (UTC).",
        }
        assert project["properties"]["customer"]["anyOf"] == [
            {"$ref": "#/components/schemas/Company"},
            {"$ref": "#/components/schemas/NamedRef"},
        ]
        for path in ("/list", "/page"):
            answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            assert (answer["type"], answer["items"]) == ("array", {"$ref": "#/components/schemas/Project"})
