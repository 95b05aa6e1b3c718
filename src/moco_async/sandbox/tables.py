"""What the spec cannot say about records, as tables."""

from __future__ import annotations

REFERENCES = {
    "billing_contact": "contacts",
    "company": "companies",
    "contact": "contacts",
    "co_leader": "users",
    "customer": "companies",
    "customer_vat": "vat_code_sales",
    "deal": "deals",
    "internal_contact": "users",
    "invoice": "invoices",
    "leader": "users",
    "offer": "offers",
    "project": "projects",
    "project_group": "project_groups",
    "role": "user_roles",
    "secondary_contact": "contacts",
    "task": "project_tasks",
    "unit": "units",
    "supplier_vat": "vat_code_purchases",
    "user": "users",
    "vat": "vat_code_sales",
}
"""The collection that an attribute such as `leader` refers to; records keep `leader_id`."""

CHILDREN = {
    ("invoices", "payments"): ("invoice_payments", "invoice_id"),
    ("invoices", "reminders"): ("invoice_reminders", "invoice_id"),
    ("projects", "contracts"): ("project_contracts", "project_id"),
    ("projects", "tasks"): ("project_tasks", "project_id"),
}
"""Lists inside a record that are records of their own: their collection, and how they refer to it."""

OTHER_NAMES = {
    "activities": {"company_id": "customer_id"},
    "companies": {
        "customer_vat_code_id": "customer_vat_id",
        "invoice_due_days": "default_invoice_due_days",
        "labels": "tags",
        "supplier_vat_code_id": "supplier_vat_id",
        "work_email": "email",
        "work_fax": "fax",
        "work_phone": "phone",
        "work_website": "website",
    },
    "invoices": {"company_id": "customer_id", "vat_code_id": "vat_id"},
    "projects": {"company_id": "customer_id", "labels": "tags"},
    "users": {"bday": "birthday", "external": "extern", "name": "lastname"},
}
"""Names in requests that differ from the ones records keep."""

LISTS_OMIT = {
    "invoices": frozenset(
        ["salutation", "footer", "items", "payments", "reminders", "internal_contact", "activity_hours_modified"]
    ),
}
"""Attributes that only single records show."""

EXPANDED_BY = {"include_company": "customer"}
"""Parameters that ask for a reference to be shown in full."""

SEARCHED = {
    "activities": ("tag", "description", "remote_id"),
    "companies": ("name", "identifier", "email", "website"),
    "invoices": ("title", "identifier", "recipient_address"),
    "projects": ("name", "identifier", "customer_name"),
}
"""Where the filter `term` looks."""
