"""Webhook subscriptions: bring those of an account in line with the code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from .router import check_names

if TYPE_CHECKING:
    from .._client import MocoClient
    from ..models import WebHook

__all__ = ["Subscriptions", "ensure_web_hooks"]


@attrs.frozen
class Subscriptions:
    """The webhooks of one URL.

    Attributes:
        created: Those that were missing.
        enabled: Those that had been disabled, by a user or by MOCO after too many failures.
        unchanged: Those that were already right.
        superfluous: Those that are unwanted or duplicates. They are still delivered.
        removed: Those that were superfluous, and have been deleted.
    """

    created: list[WebHook] = attrs.field(factory=list)
    enabled: list[WebHook] = attrs.field(factory=list)
    unchanged: list[WebHook] = attrs.field(factory=list)
    superfluous: list[WebHook] = attrs.field(factory=list)
    removed: list[WebHook] = attrs.field(factory=list)


async def ensure_web_hooks(
    client: MocoClient, url: str, events: Iterable[tuple[str, str]], *, remove: bool = False
) -> Subscriptions:
    """Subscribe a URL to the given events. Webhooks of other URLs are left alone.

    Idempotent, but not safe to run concurrently: two runs would both create what is missing.

    Args:
        client: A client whose user may manage the account's settings.
        url: The exact URL that MOCO posts to.
        events: Targets and events, such as `{("Activity", "create"), ("Activity", "update")}`.
        remove: Whether to delete superfluous webhooks.

    Raises:
        ValueError: MOCO has no such target or event; a new one is `Unrecognized("...")`.
        APIError, APIConnectionError: as with every call. Changes made so far remain.
    """
    missing = {check_names(target, event, subscribing=True) for target, event in events}
    result = Subscriptions()
    hooks = [hook async for hook in client.web_hooks.list() if hook.hook == url]
    hooks.sort(key=lambda hook: (hook.disabled, hook.id))  # of duplicates keep an enabled one, the oldest
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
