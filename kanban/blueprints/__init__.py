"""The pages: HTTP only. Each view passes the gate, reads its input, calls one verb, commits and answers."""
