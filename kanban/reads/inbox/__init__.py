"""A person's notifications: made from the log, shown, and known to be settled."""
