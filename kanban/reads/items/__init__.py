"""Single items: everything that an item's page and the API show of one, and what was done to it."""
