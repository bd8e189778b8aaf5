"""Loaders: one for each page or command; every query of the program stands here, none in views or models."""
