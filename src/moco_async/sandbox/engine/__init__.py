"""The engine of the sandbox: the spec, the store, and what every resource can do."""
