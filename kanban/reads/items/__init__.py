"""Items one by one: all that an item's page and the API tell, and what was done to it."""
