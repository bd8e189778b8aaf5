"""Loaders, which query the database for one page or command each.

Views and models run no queries of their own. Code that serves no page (the gate, sign-ins, streams, mail, transfer)
keeps its queries in its own package.
"""
