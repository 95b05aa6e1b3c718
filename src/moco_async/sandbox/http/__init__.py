"""The HTTP layer of the sandbox: the ASGI application, the admin API, the start page, and faults."""
