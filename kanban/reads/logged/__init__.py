"""What the log says about each noun except items: one file per noun, replayed event by event and compared with
its tables."""
