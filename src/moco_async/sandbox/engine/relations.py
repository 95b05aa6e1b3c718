"""Relations between records, and other facts that the spec cannot express."""

from __future__ import annotations

REFERENCES = {
    "approver": "users",
    "approver2": "users",
    "assigned_to": "users",
    "billing_contact": "contacts",
    "catalog_service": "catalog_services",
    "category": "deal_categories",
    "company": "companies",
    "contact": "contacts",
    "co_leader": "users",
    "created_by": "users",
    "creator": "users",
    "customer": "companies",
    "customer_vat": "vat_code_sales",
    "deal": "deals",
    "expense": "project_expenses",
    "impersonating_user": "users",
    "internal_contact": "users",
    "invoice": "invoices",
    "leader": "users",
    "offer": "offers",
    "person": "contacts",
    "project": "projects",
    "processed_by": "users",
    "project_group": "project_groups",
    "purchase": "purchases",
    "purchase_budget": "purchase_budgets",
    "purchase_category": "purchase_categories",
    "purchase_draft": "purchase_drafts",
    "receipt": "receipts",
    "refund_request": "refund_requests",
    "revenue_category": "revenue_categories",
    "role": "user_roles",
    "secondary_contact": "contacts",
    "selected_approver": "users",
    "task": "project_tasks",
    "unit": "units",
    "supplier_vat": "vat_code_purchases",
    "user": "users",
    "vat": "vat_code_sales",
}
"""The collection that an attribute such as `leader` refers to; records store `leader_id`."""

CHILDREN = {
    ("catalog_services", "items"): ("account/catalog_services/items", "catalog_service_id"),
    ("invoices", "payments"): ("invoice_payments", "invoice_id"),
    ("invoices", "reminders"): ("invoice_reminders", "invoice_id"),
    ("project_groups", "projects"): ("projects", "project_group_id"),
    ("projects", "contracts"): ("project_contracts", "project_id"),
    ("projects", "tasks"): ("project_tasks", "project_id"),
    ("planned_purchases", "purchases"): ("purchases", "planned_purchase_id"),
    ("purchases", "payments"): ("purchase_payments", "purchase_id"),
    ("units", "users"): ("users", "unit_id"),
}
"""Embedded lists of child records: the children's collection, and their foreign key."""

ALIASES = {
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
    "contacts": {
        "bday": "birthday",
        "customer_id": "company_id",
        "name": "lastname",
        "organization_id": "company_id",
    },
    "deals": {"customer_id": "company_id", "deal_category_id": "category_id"},
    "invoice_bookkeeping_exports": {"trigger_submission": "with_direct_online_submission"},
    "offers": {"vat_code_id": "vat_id"},
    "projects": {"company_id": "customer_id", "labels": "tags"},
    "purchase_bookkeeping_exports": {"trigger_submission": "with_direct_online_submission"},
    "purchases": {"custom_property_values": "custom_properties"},
    "users": {"bday": "birthday", "external": "extern", "name": "lastname"},
}
"""The stored names of attributes that requests call something else."""

OMITTED_IN_LISTS = {
    "comments": frozenset(["attachment_filename", "attachment_content"]),
    "contacts": frozenset(["info"]),
    "invoices": frozenset(
        ["salutation", "footer", "items", "payments", "reminders", "internal_contact", "activity_hours_modified"]
    ),
    "offers": frozenset(["salutation", "footer", "items", "internal_contact"]),
}
"""Attributes that lists leave out."""

BAD_REQUEST_IF_UNKNOWN = {("deals", "status")}
"""Attributes for which an unknown value is a 400, not a 422."""

EXPANDED_BY = {"include_company": "customer"}
"""Parameters that expand a reference to the whole record."""

SEARCHED_ATTRIBUTES = {
    "activities": ("tag", "description", "remote_id"),
    "companies": ("name", "identifier", "email", "website"),
    "contacts": ("name", "work_email", "company_name"),
    "invoices": ("title", "identifier", "recipient_address"),
    "projects": ("name", "identifier", "customer_name"),
    "reports": ("description",),
    "todos": ("title",),
    "purchases": ("item_titles",),
    "revenue_categories": ("name", "revenue_account"),
}
"""The attributes that the filter `term` searches."""
