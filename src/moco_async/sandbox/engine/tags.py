"""Tags, and the names of tags that records have."""

from __future__ import annotations

from collections.abc import Iterable

from .record import Record
from .store import Store

TAGGABLE = {
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "Purchase": "purchases",
    "User": "users",
}
"""The collections of records that have tags, by their `taggable_type`."""

CONTEXTS = {collection: kind for kind, collection in TAGGABLE.items()}
GREY = "#BBBBBB"


def create_missing_tags(store: Store, collection: str, names: Iterable[str]) -> None:
    """Create the tags of a collection that do not exist yet."""
    if context := CONTEXTS.get(collection):
        known = {tag["name"] for tag in store.where("tags", context=context)}
        for name in dict.fromkeys(names):
            if name not in known:
                store.add("tags", name=name, context=context, color=GREY)


def replace_tag(store: Store, tag: Record, name: str | None) -> None:
    """Replace a tag of all records by another name, or remove it."""
    for record in store[TAGGABLE[tag["context"]]].values():
        if tag["name"] in record.get("tags", ()):
            names = (name if each == tag["name"] else each for each in record["tags"])
            store.change(record, tags=list(dict.fromkeys(each for each in names if each is not None)))
