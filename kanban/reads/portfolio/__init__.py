"""All products of a person, side by side."""
