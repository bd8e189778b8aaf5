"""Pure numbers about how work flows: plain records in, plain records out; no database, no web, no clock of its own."""
