"""The engine of the sandbox: the spec, the store, and the operations that all resources have in common."""
