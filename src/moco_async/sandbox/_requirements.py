"""The check that the extra `sandbox` is installed, made before anything needs it."""

try:
    import jsonschema  # noqa: F401 - only to see that it is there
    import starlette  # noqa: F401 - likewise
except ImportError as error:
    raise ImportError("the sandbox needs more than the client does: pip install 'moco-async[sandbox]'") from error
