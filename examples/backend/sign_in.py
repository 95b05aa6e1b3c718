"""Who is signed in: **anybody who says so**. This is the one part of the example that is a toy.

A real service has its own sign-in (OpenID Connect, mostly) and its own way from that to the id of a MOCO user. All
that the rest needs is `current_person`.
"""

from __future__ import annotations

from secrets import token_urlsafe
from typing import NamedTuple

from fastapi import HTTPException, Request, Response
from fastapi.requests import HTTPConnection

COOKIE = "session"


async def only_here(request: Request) -> None:
    """Keep the pages from the address that MOCO posts to, where anybody could come and book as anybody."""
    if request.url.hostname not in {"127.0.0.1", "localhost"}:
        raise HTTPException(403, "the pages are shown on 127.0.0.1 alone: see sign_in.py")


class Person(NamedTuple):
    id: int
    name: str


class Sessions:
    """Who is signed in, until the process ends."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def open(self, person: Person, response: Response) -> None:
        token = token_urlsafe()
        self._people[token] = person
        # `lax` is what keeps other sites from posting in somebody's name.
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax")

    def close(self, request: Request, response: Response) -> None:
        self._people.pop(request.cookies.get(COOKIE, ""), None)
        response.delete_cookie(COOKIE)

    def person(self, token: str) -> Person | None:
        return self._people.get(token)


async def current_person(connection: HTTPConnection) -> Person | None:
    """Who is signed in, as a dependency."""
    sessions: Sessions = connection.app.state.sessions
    return sessions.person(connection.cookies.get(COOKIE, ""))


async def current_user_id(connection: HTTPConnection) -> int | None:
    """The id of their MOCO user."""
    person = await current_person(connection)
    return person.id if person else None
