"""The routes of the pages and forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.requests import HTTPConnection
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from moco_async import APIConnectionError, APIError, MocoClient
from moco_async.integrations.fastapi import Client, impersonated
from moco_async.models import Activity, User

from . import pages
from .keeper import Keeper
from .mirror import Mirror
from .sign_in import Person, Sessions, current_person, current_user_id, only_here

router = APIRouter(dependencies=[Depends(only_here)], default_response_class=HTMLResponse, include_in_schema=False)

REFUSALS = {403, 404, 422, 423}
"""Errors caused by the person; all others are between MOCO and this service."""

LATEST = 5
"""How many of their latest bookings a person sees."""

FormT = TypeVar("FormT", bound=BaseModel)


class SigningIn(BaseModel):
    user: int


class Booking(BaseModel):
    where: str = Field(pattern=r"^\d+:\d+$")  # the ids of project and task
    day: date
    hours: float = Field(gt=0, le=24)
    description: str = ""


async def posted(request: Request, form: type[FormT]) -> FormT:
    """Parse a posted form. `fastapi.Form` would need another package for these two lines."""
    try:
        return form.model_validate(dict(parse_qsl((await request.body()).decode())))
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


async def signed_in(person: Annotated[Person | None, Depends(current_person)]) -> Person:
    """The signed-in person; anyone else is redirected to the sign-in."""
    if person is None:
        raise HTTPException(303, headers={"Location": "/sign-in"})
    return person


async def get_mirror(connection: HTTPConnection) -> Mirror:
    mirror: Mirror = connection.app.state.mirror
    return mirror


async def get_keeper(connection: HTTPConnection) -> Keeper:
    keeper: Keeper = connection.app.state.keeper
    return keeper


async def get_sessions(connection: HTTPConnection) -> Sessions:
    sessions: Sessions = connection.app.state.sessions
    return sessions


MirrorDep = Annotated[Mirror, Depends(get_mirror)]
KeeperDep = Annotated[Keeper, Depends(get_keeper)]
SessionsDep = Annotated[Sessions, Depends(get_sessions)]
SignedIn = Annotated[Person | None, Depends(current_person)]
MustBeSignedIn = Annotated[Person, Depends(signed_in)]
AsPerson = Annotated[MocoClient, Depends(impersonated(current_user_id))]
Month = Annotated[str | None, Query(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")]


@router.get("/")
async def hours(mirror: MirrorDep, keeper: KeeperDep, person: SignedIn, month: Month = None) -> str:
    """Hours by project, from the table alone."""
    return pages.hours(mirror, keeper, month or mirror.latest_month(today()), person)


@router.get("/sign-in")
async def people(client: Client) -> str:
    return pages.sign_in([to_person(user) async for user in client.users.list()])


@router.post("/sign-in")
async def sign_in(request: Request, client: Client, sessions: SessionsDep) -> RedirectResponse:
    form = await posted(request, SigningIn)
    person = to_person(await client.users.get(form.user))
    response = RedirectResponse("/book", 303)
    sessions.open(person, response)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, sessions: SessionsDep) -> RedirectResponse:
    response = RedirectResponse("/", 303)
    sessions.close(request, response)
    return response


@router.get("/book")
async def booking(mirror: MirrorDep, person: MustBeSignedIn, client: AsPerson, booked: int | None = None) -> str:
    """The form, with the projects and tasks assigned to the signed-in person."""
    projects = await client.projects.assigned(active=True)
    latest = mirror.latest_by_user(person.id, LATEST)
    entry = mirror.get(booked) if booked else None
    return pages.book(projects, person, latest, {"day": today().isoformat()}, booked=entry)


@router.post("/book")
async def book(
    request: Request, mirror: MirrorDep, keeper: KeeperDep, person: MustBeSignedIn, client: AsPerson
) -> Response:
    """Book time as the signed-in person, with their permissions in MOCO."""
    form = await posted(request, Booking)
    try:
        activity = await booked_as(client, form)
    except (APIError, APIConnectionError) as error:
        problem = describe_problem(error)
        projects = await client.projects.assigned(active=True)
        latest = mirror.latest_by_user(person.id, LATEST)
        return HTMLResponse(pages.book(projects, person, latest, form.model_dump(mode="json"), problem=problem), 422)
    # The webhook will change nothing when it arrives, but the next page already shows the booking.
    await keeper.take([activity])
    return RedirectResponse(f"/book?booked={activity.id}", 303)


async def booked_as(client: MocoClient, form: Booking) -> Activity:
    project, _, task = form.where.partition(":")
    return await client.activities.create(
        date=form.day,
        project_id=int(project),
        task_id=int(task),
        seconds=round(form.hours * 3600),
        description=form.description,
    )


def describe_problem(error: APIError | APIConnectionError) -> str:
    """The message for the person who wanted to book; errors that do not concern them are re-raised."""
    if isinstance(error, APIConnectionError):
        if not error.request_sent:
            return "MOCO cannot be reached. Nothing was booked."
        return "MOCO did not respond, so it may have booked this. Check before you book again."
    if error.status not in REFUSALS:
        raise error
    return f"MOCO refused: {error.message}"


def to_person(user: User) -> Person:
    return Person(user.id, f"{user.firstname} {user.lastname}")


def today() -> date:
    return datetime.now(UTC).date()
