"""The spec in `openapi/`: bundled, checked, and located by file and line."""
