"""The demo's webhook: added for a chat that was never connected, and switched off so that nothing is sent."""

from functools import partial

from kanban.addresses import Reach
from kanban.demo.workspace import Workspace
from kanban.models import Hears, Webhook
from kanban.reads import webhooks

_DAYS_AGO = 2
_ADDRESS = "https://chat.example.com/hooks/ferry"


def tell(ferry: Workspace) -> None:
    """Schedule adding it, and switching it off a few minutes later."""
    ferry.ago(partial(_add, ferry), days=_DAYS_AGO)
    ferry.ago(partial(_switch_off, ferry), days=_DAYS_AGO - 0.01)


def _add(ferry: Workspace) -> None:
    product, owner = ferry.lock(), ferry.owner()
    hears = (Hears.QUESTIONS, Hears.PROMISES, Hears.UPDATES)
    hook = Webhook.add(product, name="Team chat", address=_ADDRESS, hears=hears, reach=Reach.PUBLIC, known=0, by=owner)
    ferry.session.add(hook)


def _switch_off(ferry: Workspace) -> None:
    hook = webhooks.webhook_in(ferry.session, ferry.lock(), 1)
    assert hook is not None
    hook.switch_off(by=ferry.owner())
