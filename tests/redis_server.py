"""A real Redis for tests, on a socket of its own, without a disk."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REDIS_SERVER = shutil.which("redis-server")


@contextmanager
def running_redis() -> Iterator[str]:
    """Run `redis-server`, and yield its address."""
    assert REDIS_SERVER is not None
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        socket = Path(folder) / "redis.sock"
        command = [REDIS_SERVER, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
        with subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL) as server:
            try:
                until = time.monotonic() + 10
                while not socket.exists():
                    assert server.poll() is None, "redis-server ended at once"
                    assert time.monotonic() < until, "redis-server did not start"
                    time.sleep(0.01)
                yield f"unix://{socket}"
            finally:
                server.kill()
