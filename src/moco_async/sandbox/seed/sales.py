"""The seeder of deals, offers, purchases and receipts."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, timedelta
from typing import Any

from ..engine.pdf import one_page
from ..engine.record import Record
from ..engine.store import Store
from .backdate import Seeder

DEAL_CATEGORIES = [("Kontakt", 10), ("Angebot", 40), ("Verhandlung", 75)]
PURCHASE_CATEGORIES = [("Hosting & Software", "4964"), ("Fremdleistungen", "5900"), ("Reisekosten", "6650")]
REVENUE_CATEGORIES = [("Beratung", 8400), ("Entwicklung", 8410), ("Auslagen", 8590)]
DEALS = [
    # name, customer, stage, value, status
    ("Onlineshop, zweite Stufe", 1, 2, 18000.0, "pending"),
    ("Messestand", 5, 0, 9500.0, "potential"),
    ("Hauszeitschrift", 2, 1, 12000.0, "lost"),
    ("App für den Außendienst", 4, 1, 54000.0, "won"),
]
PURCHASES = [
    # title, supplier, category, price, VAT, months back, how much is paid
    ("Plakatdruck", 0, 1, 1180.0, 19.0, 2, 1.0),
    ("Serverhosting", 1, 0, 240.0, 0.0, 2, 1.0),
    ("Serverhosting", 1, 0, 240.0, 0.0, 1, 1.0),
    ("Broschüren", 0, 1, 860.0, 7.0, 1, 0.5),
    ("Serverhosting", 1, 0, 240.0, 0.0, 0, 0.0),
]


class SalesSeeder(Seeder):
    def __init__(self, store: Store, months: int = 3) -> None:
        super().__init__(store, months)
        self.customers = store.where("companies", type="customer")
        self.suppliers = store.where("companies", type="supplier")
        self.users = list(store["users"].values())
        self.vat = {code["tax"]: code["id"] for code in store["vat_code_purchases"].values()}

    def run(self) -> None:
        self._create_settings()
        deals = [self._create_deal(deal) for deal in DEALS]
        self._create_offer(deals[0], "created")
        self._create_offer(deals[3], "sent")
        self._confirm_offer(self._create_offer(deals[3], "sent"))
        overdue = self.store.where("invoices", status="overdue")[0]
        self.perform("invoice_reminders.create", self.today, {"invoice_id": overdue["id"], "fee": 5.0})
        self._create_budget()
        for purchase in PURCHASES:
            self._create_purchase(purchase)
        self._create_receipts()
        self._export_books()

    def _create_settings(self) -> None:
        """Settings, some of which the API cannot create, and the catalog."""
        exempt = {"tax": 0.0, "reverse_charge": True, "intra_eu": True, "active": True, "code": "94"}
        notice = "Steuerschuldnerschaft des Leistungsempfängers"
        sale = {"print_gross_total": True, "notice_tax_exemption": notice, "notice_tax_exemption_alt": "Reverse charge"}
        self.store.add("vat_code_sales", **exempt, **sale, description="Reverse Charge EU")
        self.store.add("vat_code_purchases", **exempt, description="Reverse Charge EU")
        for template in ("invoice", "offer", "timesheet"):
            self.store.add("letter_papers", name=f"Agentur {template}", active=True, template=template, file=None)
        for name, account in PURCHASE_CATEGORIES:
            self.store.add("purchase_categories", name=name, credit_account=account, active=True)
        for name, number in REVENUE_CATEGORIES:
            self.perform("revenue_categories.create", self.start, {"name": name, "revenue_account": number})
        for name, probability in DEAL_CATEGORIES:
            self.perform("deal_categories.create", self.start, {"name": name, "probability": probability})
        rows = [
            {"type": "item", "title": "Workshop", "quantity": 2.0, "unit": "Tage", "unit_price": 1280.0},
            {"type": "item", "title": "Einrichtung", "net_total": 900.0},
        ]
        self.perform("catalog_services.create", self.start, {"title": "Website-Start", "items": rows})

    def _create_deal(self, deal: tuple[str, int, int, float, str]) -> Record:
        name, customer, stage, money, status = deal
        company = self.customers[customer]
        body = {
            "name": name,
            "currency": company["currency"],
            "money": money,
            "reminder_date": (self.today + timedelta(days=14)).isoformat(),
            "user_id": self.users[1]["id"],
            "deal_category_id": list(self.store["deal_categories"])[stage],
            "company_id": company["id"],
            "person_id": self.store.where("contacts", company_id=company["id"])[0]["id"],
            "status": status,
            "tags": company["tags"],
        }
        created: Record = self.perform("deals.create", self.month(2), body)
        return created

    def _create_offer(self, deal: Record, status: str) -> Record:
        day, company = self.month(1), self.store["companies"][deal["company_id"]]
        body = {
            "company_id": company["id"],
            "deal_id": deal["id"],
            "recipient_address": company["address"],
            "date": day.isoformat(),
            "due_date": (day + timedelta(days=30)).isoformat(),
            "title": f"Angebot {deal['name']}",
            "vat_code_id": company["customer_vat_id"],
            "internal_contact_id": deal["user_id"],
            "items": [
                {"type": "title", "title": "Leistungen"},
                {"type": "item", "title": "Konzept", "quantity": 3.0, "unit": "Tage", "unit_price": 1120.0},
                {"type": "item", "title": "Umsetzung", "net_total": round(deal["money"] * 0.8, 2)},
                {"type": "item", "title": "Schulung", "net_total": 800.0, "optional": True},
            ],
        }
        offer: Record = self.perform("offers.create", day, body)
        self.perform("offers.update_status", day + timedelta(days=1), {"status": status}, path={"id": offer["id"]})
        return offer

    def _confirm_offer(self, offer: Record) -> None:
        day, ids = self.month(1) + timedelta(days=2), {"offer_id": offer["id"]}
        self.perform("offer_customer_approval.activate", day, {}, path=ids)
        self.perform("offer_confirmations.create", day + timedelta(days=1), ids)

    def _create_budget(self) -> None:
        budget = self.perform("purchase_budgets.create", self.start, {"title": "Betrieb und Hosting"})
        target = {"target_amount": 6000.0, "year": self.today.year}
        self.perform("purchase_budgets.target", self.start, target, path={"id": budget["id"]})
        planned = {
            "date": self.month(2).isoformat(),
            "frequency": "monthly",
            "title": "Serverhosting",
            "net_total": 240.0,
            "currency": "EUR",
            "company_id": self.suppliers[1]["id"],
            "purchase_budget_id": budget["id"],
            "user_id": self.users[0]["id"],
        }
        self.planned: Record = self.perform("planned_purchases.create", self.start, planned)

    def _create_purchase(self, row: tuple[str, int, int, float, float, int, float]) -> None:
        title, supplier, category, price, tax, back, paid = row
        day = min(self.month(back) + timedelta(days=4), self.today)
        item = {"title": title, "total": price, "vat_code_id": self.vat[tax]}
        body: dict[str, Any] = {
            "date": day.isoformat(),
            "due_date": (day + timedelta(days=30)).isoformat(),
            "currency": "EUR",
            "payment_method": "bank_transfer",
            "company_id": self.suppliers[supplier]["id"],
            "iban": self.suppliers[supplier]["iban"],
            "receipt_identifier": f"{title[:2].upper()}-{day:%y%m}",
            "items": [{**item, "category_id": list(self.store["purchase_categories"])[category]}],
            "file": _build_file(f"{title}.pdf"),
        }
        purchase = self.perform("purchases.create", day, body)
        if title == self.planned["title"]:
            budget = self.planned["purchase_budget_id"]
            planned = {"planned_purchase_id": self.planned["id"], "purchase_budget_id": budget}
            self.store.change_silently(purchase, **planned)
        if paid:
            total = round(purchase["gross_total"] * paid, 2)
            self._pay_purchase(min(day + timedelta(days=10), self.today), purchase, total)

    def _pay_purchase(self, day: date, purchase: Record, total: float) -> None:
        payment = {"date": day.isoformat(), "purchase_id": purchase["id"], "total": total}
        self.perform("purchase_payments.create", day, payment)
        if total == purchase["gross_total"]:
            day, path = day + timedelta(days=1), {"id": purchase["id"]}
            self.perform("purchases.update_status", day, {"status": "archived"}, path=path)

    def _create_receipts(self) -> None:
        """Receipts, one of which is refunded, and the draft of a purchase."""
        project = next(iter(self.store["projects"]))
        trip = {"vat_code_id": self.vat[7.0], "purchase_category_id": list(self.store["purchase_categories"])[2]}
        for title, total in (("Bahnfahrt Luzern", 118.4), ("Taxi zum Workshop", 23.5)):
            items = [{**trip, "gross_total": total}]
            body = {"date": self.month(1).isoformat(), "title": title, "project_id": project, "items": items}
            receipt = self.perform("receipts.create", self.month(1), body, user=self.users[2])
            if title.startswith("Bahn"):
                refund = {"user_id": self.users[2]["id"], "comment": "Reise zum Kunden", "status": "pending"}
                request = self.store.add("refund_requests", **refund)
                self.store.change_silently(receipt, refund_request_id=request["id"])
        self.perform(
            "purchase_drafts.create", self.today, {"title": "Rechnung Papeterie", "file": _build_file("Papeterie.pdf")}
        )

    def _export_books(self) -> None:
        """Bookkeeping exports of what is older than a month."""
        end = self.month(1).isoformat()
        for kind, ids in (("invoice", "invoice_ids"), ("purchase", "purchase_ids")):
            rows = [row["id"] for row in self.store[f"{kind}s"].values() if row["date"] < end]
            body = {ids: rows, "comment": "Monatsabschluss", "with_direct_online_submission": False}
            self.perform(f"{kind}_bookkeeping_exports.create", self.month(1), body)


def _build_file(name: str) -> dict[str, str]:
    content = one_page(name.removesuffix(".pdf"), [])
    return {"filename": name, "base64": b64encode(content).decode()}
