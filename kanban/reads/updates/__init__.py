"""Status updates: the facts they begin with, what claims are held against, and what their readers did."""
