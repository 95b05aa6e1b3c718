"""What is peculiar about the resources, by domain. Importing a module registers what it knows in `hooks`."""

from . import acceptance as acceptance
from . import account as account
from . import acquisition as acquisition
from . import approvals as approvals
from . import assignments as assignments
from . import bookkeeping as bookkeeping
from . import budgets as budgets
from . import comments as comments
from . import companies as companies
from . import documents as documents
from . import employment as employment
from . import expenses as expenses
from . import invoices as invoices
from . import offers as offers
from . import payables as payables
from . import people as people
from . import planning as planning
from . import positions as positions
from . import projects as projects
from . import purchases as purchases
from . import receipts as receipts
from . import reports as reports
from . import settings as settings
from . import tags as tags
from . import time as time
