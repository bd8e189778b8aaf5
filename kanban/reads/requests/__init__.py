"""Requests: what came in, what became of it, and what those who asked may see."""
