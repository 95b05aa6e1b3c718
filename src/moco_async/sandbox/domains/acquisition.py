"""Contacts, deals and their categories, and what the account has to sell."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from .. import crud
from ..calls import Call, Refusal, invalid
from ..filters import filters
from ..hooks import action, computed, prepares, releases
from ..store import Record, Store, Values
from .documents import handed_in

TEXTS = (
    "firstname",
    "home_address",
    "home_email",
    "info",
    "job_position",
    "mobile_phone",
    "salutation",
    "title",
    "work_address",
    "work_email",
    "work_fax",
    "work_phone",
)
OPEN = {"potential", "pending"}
ITEMS = "account/catalog_services/items"


@prepares("contacts")
def prepare_contact(call: Call, contact: Record, values: Values) -> None:
    if not contact:
        # A text that is not set is empty.
        defaults = dict.fromkeys(TEXTS, "") | {"tags": [], "custom_properties": {}, "user_id": call.user["id"]}
        values.update(defaults | {"gender": "U"} | values)
    responsible = call.store.find("users", values.get("user_id"))
    if responsible and not responsible["active"]:
        raise invalid(user_id="must be an active user")
    if "avatar" in values:
        values["avatar_url"] = handed_in(call.store, "avatar", values.pop("avatar"))["url"]


@computed("contacts", "name")
def name(store: Store, contact: Record) -> Any:
    return f"{contact['firstname']} {contact['lastname']}".strip()


@computed("contacts", "company_name")
def company_name(store: Store, contact: Record) -> Any:
    company = store.find("companies", contact.get("company_id"))
    return company and company["name"]


@filters("contacts", "phone")
def has_phone(store: Store, contact: Record, wanted: str) -> bool:
    """Spaces and signs do not count."""
    numbers = (_digits(contact.get(kind) or "") for kind in ("work_phone", "mobile_phone"))
    return any(_digits(wanted) in number for number in numbers if number)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


@prepares("deals")
def prepare_deal(call: Call, deal: Record, values: Values) -> None:
    if not deal:
        values.update({"status": "pending", "info": "", "tags": [], "custom_properties": {}} | values)
    whole = {"closed_on": None, **deal, **values}
    if whole["status"] in OPEN:
        values["closed_on"] = None
    elif whole["closed_on"] is None:
        values["closed_on"] = call.today.isoformat()
    start, end = (whole.get(f"service_period_{side}") for side in ("from", "to"))
    if start and date.fromisoformat(start).day != 1:
        raise invalid(service_period_from="must be the first day of a month")
    if end and date.fromisoformat(end).day != monthrange(*map(int, end.split("-")[:2]))[1]:
        raise invalid(service_period_to="must be the last day of a month")


@computed("deals", "customer_id")
def customer_id(store: Store, deal: Record) -> Any:
    return deal.get("company_id")


@computed("deals", "inbox_email_address")
def inbox_email_address(store: Store, deal: Record) -> Any:
    return f"lead-{deal['id']}-{store.subdomain}@inbox.mocoapp.com"


@filters("deals", "closed_from")
def is_closed_from(store: Store, deal: Record, day: str) -> bool:
    return (deal["closed_on"] or "") >= day


@filters("deals", "closed_to")
def is_closed_to(store: Store, deal: Record, day: str) -> bool:
    return "" < (deal["closed_on"] or "") <= day


@releases("deals")
def release_deal(call: Call, deal: Record) -> None:
    for collection in ("offers", "planning_entries", "projects"):
        if call.store.where(collection, deal_id=deal["id"]):
            raise invalid(base=f"The deal has {collection.replace('_', ' ')}")


@releases("deal_categories")
def release_category(call: Call, category: Record) -> None:
    if call.store.where("deals", category_id=category["id"]):
        raise Refusal(403, {"errors": ["The deal category is in use"]})


@prepares("revenue_categories")
def prepare_revenue_category(call: Call, category: Record, values: Values) -> None:
    if not category:
        values.setdefault("assignment_kind", "tasks_and_expenses")


@releases("revenue_categories")
def release_revenue_category(call: Call, category: Record) -> None:
    for collection in ("project_tasks", "project_expenses"):
        if call.store.where(collection, revenue_category_id=category["id"]):
            raise invalid(base=f"The revenue category has {collection.removeprefix('project_')}")


@action("catalog_services.create")
def create_service(call: Call) -> Record:
    items = call.body.pop("items", [])
    service = crud.create(call)
    crud.create_from(call, ITEMS, *({**item, "catalog_service_id": service["id"]} for item in items))
    return service


@prepares(ITEMS)
def prepare_item(call: Call, item: Record, values: Values) -> None:
    values.pop("id", None)
    whole = {**item, **values}
    quantity, price = whole.get("quantity"), whole.get("unit_price")
    if quantity is not None and price is not None:
        values["net_total"] = round(quantity * price, 2)


@action("catalog_services.update_item")
def update_item(call: Call) -> Record:
    return crud.delete(call) if call.body.pop("destroyed", False) else crud.update(call)


action("catalog_services.create_item")(crud.create)
action("catalog_services.get_item")(crud.get)
action("catalog_services.delete_item")(crud.delete)


@releases("catalog_services")
def release_service(call: Call, service: Record) -> None:
    for item in call.store.where(ITEMS, catalog_service_id=service["id"]):
        call.store.remove(item)
