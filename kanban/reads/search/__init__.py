"""The search: what somebody types, what matches it, and what is shown of it."""
