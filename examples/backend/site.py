"""The pages and forms, by their addresses."""

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
"""What MOCO answers to what a person has asked for; anything else is between it and this service."""

LATEST = 5
"""How many of their bookings a person is shown."""

FormT = TypeVar("FormT", bound=BaseModel)


class SigningIn(BaseModel):
    user: int


class Booking(BaseModel):
    where: str = Field(pattern=r"^\d+:\d+$")  # the ids of project and task
    day: date
    hours: float = Field(gt=0, le=24)
    description: str = ""


async def posted(request: Request, form: type[FormT]) -> FormT:
    """A form that was posted. `fastapi.Form` would need another package for these two lines."""
    try:
        return form.model_validate(dict(parse_qsl((await request.body()).decode())))
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


async def signed_in(person: Annotated[Person | None, Depends(current_person)]) -> Person:
    """Who is signed in; whoever is not is sent to where they can."""
    if person is None:
        raise HTTPException(303, headers={"Location": "/sign-in"})
    return person


async def the_mirror(connection: HTTPConnection) -> Mirror:
    mirror: Mirror = connection.app.state.mirror
    return mirror


async def the_keeper(connection: HTTPConnection) -> Keeper:
    keeper: Keeper = connection.app.state.keeper
    return keeper


async def the_sessions(connection: HTTPConnection) -> Sessions:
    sessions: Sessions = connection.app.state.sessions
    return sessions


InMirror = Annotated[Mirror, Depends(the_mirror)]
ByKeeper = Annotated[Keeper, Depends(the_keeper)]
OfSessions = Annotated[Sessions, Depends(the_sessions)]
SignedIn = Annotated[Person | None, Depends(current_person)]
MustBeSignedIn = Annotated[Person, Depends(signed_in)]
AsPerson = Annotated[MocoClient, Depends(impersonated(current_user_id))]
Month = Annotated[str | None, Query(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")]


@router.get("/")
async def hours(mirror: InMirror, keeper: ByKeeper, person: SignedIn, month: Month = None) -> str:
    """Hours by project. MOCO is not asked: it is all in the table."""
    return pages.hours(mirror, keeper, month or mirror.month_of(today()), person)


@router.get("/sign-in")
async def people(client: Client) -> str:
    return pages.sign_in([person_of(user) async for user in client.users.list()])


@router.post("/sign-in")
async def sign_in(request: Request, client: Client, sessions: OfSessions) -> RedirectResponse:
    form = await posted(request, SigningIn)
    person = person_of(await client.users.get(form.user))
    response = RedirectResponse("/book", 303)
    sessions.open(person, response)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, sessions: OfSessions) -> RedirectResponse:
    response = RedirectResponse("/", 303)
    sessions.close(request, response)
    return response


@router.get("/book")
async def booking(mirror: InMirror, person: MustBeSignedIn, client: AsPerson, booked: int | None = None) -> str:
    """The form, with the projects and tasks that MOCO has for the person who is signed in."""
    projects = await client.projects.assigned(active=True)
    latest = mirror.latest_of(person.id, LATEST)
    entry = mirror.get(booked) if booked else None
    return pages.book(projects, person, latest, {"day": today().isoformat()}, booked=entry)


@router.post("/book")
async def book(
    request: Request, mirror: InMirror, keeper: ByKeeper, person: MustBeSignedIn, client: AsPerson
) -> Response:
    """Book time as the person who is signed in, with what MOCO permits them."""
    form = await posted(request, Booking)
    try:
        activity = await booked_as(client, form)
    except (APIError, APIConnectionError) as error:
        problem = problem_of(error)
        projects = await client.projects.assigned(active=True)
        latest = mirror.latest_of(person.id, LATEST)
        return HTMLResponse(pages.book(projects, person, latest, form.model_dump(mode="json"), problem=problem), 422)
    # The web hook is on its way, and will change nothing then; the next page already shows what was booked.
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


def problem_of(error: APIError | APIConnectionError) -> str:
    """What to tell the person who wanted to book; what is none of their business is raised again."""
    if isinstance(error, APIConnectionError):
        if not error.request_sent:
            return "MOCO cannot be reached. Nothing was booked."
        return "MOCO did not answer, so perhaps it has booked this. Look before you book again."
    if error.status not in REFUSALS:
        raise error
    return f"MOCO refused: {error.message}"


def person_of(user: User) -> Person:
    return Person(user.id, f"{user.firstname} {user.lastname}")


def today() -> date:
    return datetime.now(UTC).date()
