"""What the log tells of each noun besides items: one file a noun, replayed step by step and held against its tables."""
