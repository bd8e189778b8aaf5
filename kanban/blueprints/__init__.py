"""The pages: HTTP only. Each view reads input, passes the gate, calls one verb, commits and answers."""
