"""Presences."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ..engine.context import HTTPError, OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation
from ..engine.store import Store


@before_save("presences")
def prepare(context: OperationContext, presence: Record, values: Values) -> None:
    for name in ("from", "to"):
        if values.get(name) is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", values[name]):
            raise invalid(**{name: "is invalid"})
    if not presence:
        values.update({"is_home_office": False, "to": None} | values, user_id=context.user["id"])
    whole = {**presence, **values}
    if whole["to"] is not None and whole["to"] <= (whole["from"] or ""):
        raise invalid(to="must be after the beginning")
    if _overlaps(context.store, whole):
        raise invalid(base="The presence overlaps with another one")
    if "is_home_office" in values:
        for other in context.store.where("presences", user_id=whole["user_id"], date=whole["date"]):
            # Home office is for the whole day.
            context.store.change_silently(other, is_home_office=values["is_home_office"])


def _overlaps(store: Store, presence: dict[str, Any]) -> bool:
    """Whether a presence overlaps with another one of the user; an open one lasts until the end of the day."""
    others = store.where("presences", user_id=presence["user_id"], date=presence["date"])
    start, end = presence["from"] or "", presence["to"] or "24:00"
    return any(
        start < (other["to"] or "24:00") and (other["from"] or "") < end
        for other in others
        if other["id"] != presence.get("id")
    )


@operation("presences.touch")
def touch(context: OperationContext) -> Record | None:
    """End the open presence of the day, or open one. A presence that would end within its minute is discarded."""
    try:
        moment = datetime.strptime(context.body["override"], "%Y-%m-%d %H:%M") if "override" in context.body else None
    except ValueError:
        raise invalid(override="is invalid") from None
    moment = moment or context.store.clock()
    day, now = moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M")
    mine = {"user_id": context.user["id"], "date": day}
    if running := context.store.where("presences", **mine, to=None):
        presence = running[0]
        if presence["from"] == now:
            context.store.remove(presence)
            return None
        if now < presence["from"] or _overlaps(context.store, {**presence, "to": now}):
            raise HTTPError(423)
        return context.store.change(presence, to=now)
    if _overlaps(context.store, {**mine, "from": now, "to": now}):
        raise HTTPError(423)
    return context.store.add(
        "presences", **mine, **{"from": now, "to": None}, is_home_office=context.body.get("is_home_office", False)
    )
