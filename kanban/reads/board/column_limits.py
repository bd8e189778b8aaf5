"""How full a column is, in words, and what its WIP limit will say about more items."""

from flask_babel import gettext as _
from flask_babel import ngettext

from kanban.errors import Refused
from kanban.models import Column


def occupancy_words(column: Column, count: int) -> str:
    """How many items the column holds, and of how many it may."""
    if not column.is_limited or column.wip_limit is None:
        return ngettext("%(num)d item", "%(num)d items", count)
    words = {"count": count, "limit": column.wip_limit}
    if count > column.wip_limit:
        return _("%(count)d of %(limit)d, over the limit", **words)
    return _("%(count)d of %(limit)d, full", **words) if column.is_full(count) else _("%(count)d of %(limit)d", **words)


def limit_warning(column: Column, *, occupancy: int, arriving: int = 1) -> str:
    """What the limit will say if `arriving` items join the `occupancy`; empty if they fit."""
    words = {"count": occupancy + arriving, "limit": column.wip_limit}
    try:
        breach = column.admit(arriving, occupancy=occupancy)
    except Refused as refused:
        asks = refused.code == "reason_required"
        return _("Will hold %(count)d of %(limit)d: it asks why.", **words) if asks else refused.sentence
    return _("Will hold %(count)d of %(limit)d, over its limit.", **words) if breach else ""
