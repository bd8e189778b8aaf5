"""Status updates: the facts a draft begins with, what its claims are checked against, and what its readers did."""
