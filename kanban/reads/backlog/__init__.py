"""The backlog in its one order: what is shown of it, and every way to change the order or what stands in it."""
