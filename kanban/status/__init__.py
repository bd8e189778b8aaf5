"""Pure rules about a status update: what has happened, and how far the facts support its claim; no database, no web."""
