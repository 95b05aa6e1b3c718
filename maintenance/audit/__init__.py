"""Keeps the spec true: what MOCO publishes as facts, compared with ours."""
