"""A small service on MOCO: hours by project from a table of its own, and bookings by the signed-in user."""
