"""Stakeholders: the list, one person's page, export and erasure, and lists of people to be added."""
