"""VAT codes, which are set up in MOCO itself; the API can only read them."""

from __future__ import annotations

from ..engine import crud
from ..engine.record import Record
from ..engine.registry import operation
from ..engine.store import Store

operation("vat_codes.list_sales", "vat_codes.list_purchases")(crud.list_)
operation("vat_codes.get_sale", "vat_codes.get_purchase")(crud.get)


def find_vat_code(store: Store, codes: str, tax: float | None = None) -> Record | None:
    """The first VAT code with a rate, or the account's default, which is its first."""
    fitting = (code for code in store[codes].values() if tax is None or code["tax"] == tax)
    return next(fitting, None)
