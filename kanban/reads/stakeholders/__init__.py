"""Stakeholders: the list, one person's page, export and forgetting, and lists of people to be added."""
