"""Promises and milestones: how they stand, how their dates moved, and what an order of the backlog means for them."""
