"""A probe of a real account: each operation that reads is called once, and its answers are compared with the spec."""
