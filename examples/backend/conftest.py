"""The fixtures of the SDK. In a project that has it installed pytest finds them by itself; here it may not."""

from moco_async.integrations.pytest import moco, moco_sandbox

__all__ = ["moco", "moco_sandbox"]
