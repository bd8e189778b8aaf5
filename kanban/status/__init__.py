"""Pure rules about a status update's claim: what happened, and how far the facts carry it; no database, no web."""
