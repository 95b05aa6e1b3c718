"""The sign-in, **which checks no password**. This is the one part of the example that is a toy.

A real service has its own sign-in (mostly OpenID Connect) and its own mapping to the id of a MOCO user. The rest of
the example needs only `current_person`.
"""

from __future__ import annotations

from secrets import token_urlsafe
from typing import NamedTuple

from fastapi import HTTPException, Request, Response
from fastapi.requests import HTTPConnection

COOKIE = "session"


async def only_here(request: Request) -> None:
    """Serve the pages locally only: at the public URL anyone could book as anyone."""
    if request.url.hostname not in {"127.0.0.1", "localhost"}:
        raise HTTPException(403, "the pages are served on 127.0.0.1 only: see sign_in.py")


class Person(NamedTuple):
    id: int
    name: str


class Sessions:
    """Sessions in memory."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def open(self, person: Person, response: Response) -> None:
        token = token_urlsafe()
        self._people[token] = person
        # `lax` keeps other sites from posting in a user's name.
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax")

    def close(self, request: Request, response: Response) -> None:
        self._people.pop(request.cookies.get(COOKIE, ""), None)
        response.delete_cookie(COOKIE)

    def person(self, token: str) -> Person | None:
        return self._people.get(token)


async def current_person(connection: HTTPConnection) -> Person | None:
    """The signed-in person, as a dependency."""
    sessions: Sessions = connection.app.state.sessions
    return sessions.person(connection.cookies.get(COOKIE, ""))


async def current_user_id(connection: HTTPConnection) -> int | None:
    """The MOCO user id of the signed-in person."""
    person = await current_person(connection)
    return person.id if person else None
