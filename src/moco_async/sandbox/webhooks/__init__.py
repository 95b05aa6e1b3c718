"""Webhooks of the sandbox: which changes are events, and how they are delivered."""
