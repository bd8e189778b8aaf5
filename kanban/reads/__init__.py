"""Loaders: one for each page or command. Views and models have no queries of their own; what asks outside of pages (the
gate, sign-ins, streams, mail, transfer) keeps its queries with it."""
