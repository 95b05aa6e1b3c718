"""The records that every account has from the start."""

from __future__ import annotations

from ..domains.users import build_new_user
from ..engine.auth import AREAS, FULL, NONE, READ
from ..engine.record import Record
from ..engine.store import Store

PASSWORD = "sandbox"
DEFAULT_PERMISSIONS = {"companies": READ, "contacts": READ, "projects": READ}
"""The permissions of ordinary users."""

ABSENCES = [
    ("1", "Nicht planbar", "#BBB"),
    ("2", "Feiertag", "#7ED321"),
    ("3", "Krankheit", "#D0021B"),
    ("4", "Ferien", "#F5A623"),
    ("5", "Absenz", "#BD10E0"),
]
"""The kinds of absences: code, name and color."""


def create_account(store: Store) -> Record:
    """Create roles, a team, VAT codes and an administrator, who is returned."""
    admin = store.add("users")
    role = store.add("user_roles", name="Administration", is_admin=True, permission=dict.fromkeys(AREAS, FULL))
    permission = {area: DEFAULT_PERMISSIONS.get(area, NONE) for area in AREAS}
    store.add("user_roles", name="Mitarbeit", is_admin=False, is_default=True, permission=permission)
    unit = store.add("units", name="Geschäftsleitung")
    for tax in (19.0, 7.0, 0.0):
        code = {"tax": tax, "reverse_charge": False, "intra_eu": False, "active": True, "code": ""}
        notices = dict.fromkeys(["notice_tax_exemption", "notice_tax_exemption_alt"], "")
        store.add("vat_code_sales", **code, **notices, print_gross_total=True, description=f"USt. {tax:g} %")
        store.add("vat_code_purchases", **code, description=f"VSt. {tax:g} %")
    for number, title, color in ABSENCES:
        kind = {"code": number, "name": title, "color": color, "type": "Absence"}
        store.add("absence_kinds", **kind, customer_name=store.subdomain)
    name = {"firstname": "Sandra", "lastname": "Keller", "email": "sandra.keller@sandbox.example"}
    membership = {"unit_id": unit["id"], "role_id": role["id"], "password": PASSWORD}
    return store.change(admin, **name, **membership, **build_new_user(store, name["email"]))
