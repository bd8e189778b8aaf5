"""What goes out to other programs: the HTTP client for such requests, the messages and their signature."""
