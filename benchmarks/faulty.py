"""Duplicates among POSTs over connections that are cut before and after the server commits."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from loopback import client_of, serving
from rows import Row

from moco_async import APIConnectionError

POSTS = 1000


async def cut_posts() -> Row:
    """Send 1,000 POSTs, identified by their path, and cut a third of the connections."""
    committed: Counter[str] = Counter()
    dice = random.Random(7)

    def answer(method: str, target: str) -> tuple[int, dict[str, str], bytes] | None:
        fate = dice.random()
        if fate < 1 / 6:
            return None  # cut before the commit
        committed[target] += 1
        if fate < 2 / 6:
            return None  # cut after it
        return 200, {"Content-Type": "application/json"}, b"{}"

    async with serving(answer) as address, client_of(address, None) as client:

        async def post(number: int) -> None:
            try:
                await client.request("POST", f"/rows/{number}", json={"number": number})
            except APIConnectionError as error:
                assert error.request_sent, "the connection was cut after the request had been sent"

        for begin in range(0, POSTS, 20):
            await asyncio.gather(*(post(number) for number in range(begin, begin + 20)))
    duplicates = sum(count - 1 for count in committed.values())
    return Row("duplicates after 1,000 POSTs with connections cut", duplicates, 0, "")
