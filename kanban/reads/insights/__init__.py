"""How work flows and when it will be done: histories from the log, charts, the forecast and its track record."""
