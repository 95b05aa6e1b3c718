"""The subscriptions of an account, as the code says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from .._client import MocoClient
    from ..models import WebHook

__all__ = ["Subscriptions", "ensure_web_hooks"]


@attrs.frozen
class Subscriptions:
    """The web hooks of one address.

    Attributes:
        created: Those that were missing.
        enabled: Those that had been switched off, by somebody or by MOCO after too many failures.
        unchanged: Those that were as they are wanted.
        superfluous: Those that are not wanted, or wanted once and there twice. They are still delivered.
        removed: Those that were superfluous, and are deleted.
    """

    created: list[WebHook] = attrs.field(factory=list)
    enabled: list[WebHook] = attrs.field(factory=list)
    unchanged: list[WebHook] = attrs.field(factory=list)
    superfluous: list[WebHook] = attrs.field(factory=list)
    removed: list[WebHook] = attrs.field(factory=list)


async def ensure_web_hooks(
    client: MocoClient, url: str, events: Iterable[tuple[str, str]], *, remove: bool = False
) -> Subscriptions:
    """Make the web hooks that MOCO has for an address those that are wanted. Those of other addresses stay.

    It can be called again and again; from one place at a time, though, as two would both create what is missing.

    Args:
        client: A client whose user may manage the account's settings.
        url: The address that MOCO posts to, letter for letter.
        events: Targets and events, as `{("Activity", "create"), ("Activity", "update")}`.
        remove: Whether to delete what is superfluous.

    Raises:
        APIError, APIConnectionError: as with every call. What was done until then stays.
    """
    result = Subscriptions()
    hooks = [hook async for hook in client.web_hooks.list() if hook.hook == url]
    hooks.sort(key=lambda hook: (hook.disabled, hook.id))  # of several the one that is on, and the first
    missing = set(events)
    for hook in hooks:
        if (hook.target, hook.event) not in missing:
            result.superfluous.append(hook)
            continue
        missing.discard((hook.target, hook.event))
        if hook.disabled:
            result.enabled.append(await client.web_hooks.enable(hook.id))
        else:
            result.unchanged.append(hook)
    for target, event in sorted(missing):
        result.created.append(await client.web_hooks.create(target=target, event=event, hook=url))
    while remove and result.superfluous:
        await client.web_hooks.delete(result.superfluous[0].id)
        result.removed.append(result.superfluous.pop(0))
    return result
