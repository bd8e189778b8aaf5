"""What goes out to other programs: one client for all such requests, the messages and their signature, the courier."""
