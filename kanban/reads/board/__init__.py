"""The board: its cards, what an open screen needs to follow it, and where a card may go."""
