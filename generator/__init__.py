"""The way from `openapi/` to `src/moco_async/models` and `src/moco_async/resources`."""
