"""What the log says about each noun except items, replayed event by event and compared with its tables.

One file per noun.
"""
