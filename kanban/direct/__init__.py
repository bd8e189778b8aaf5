"""Ways past SQLAlchemy for what every request and every move does: statements, objects from rows, and plain writes.

Each does what SQLAlchemy would do, in a fraction of its time, and its tests compare it with SQLAlchemy's own way
(decision 0016 says what was measured). Use it where every request or every move passes; use SQLAlchemy for all else.
"""
