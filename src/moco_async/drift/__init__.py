"""What MOCO's answers have that the spec has not, noted without a customer's values."""

from .recorder import DriftRecorder

__all__ = ["DriftRecorder"]
