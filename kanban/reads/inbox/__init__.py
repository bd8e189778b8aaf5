"""A person's notifications: made from the log, shown, and marked as read once they are settled."""
