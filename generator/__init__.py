"""The code generator: `openapi/` becomes `src/moco_async/models` and `src/moco_async/resources`."""
