"""What runs beside the pages: mails and webhooks are sent, duties fall due, and other processes' writes are noticed."""
