"""What is peculiar about the resources, by domain. Importing a module registers what it knows in `hooks`."""

from . import account as account
from . import companies as companies
from . import invoices as invoices
from . import people as people
from . import projects as projects
from . import time as time
