"""Numbers about how work flows: plain records in, plain records out. No database, no web, and no clock of its own."""
