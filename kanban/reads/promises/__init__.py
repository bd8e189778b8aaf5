"""Promises and milestones: how they stand, how they moved, and what an order of the backlog means for them."""
