"""The HTTP face of the sandbox: the ASGI application, its admin API, and what goes wrong on request."""
