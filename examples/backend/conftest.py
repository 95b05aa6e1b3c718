"""The fixtures of the SDK. pytest finds them by itself where the SDK is installed, which it may not be here."""

from moco_async.integrations.pytest import moco, moco_sandbox

__all__ = ["moco", "moco_sandbox"]
