"""What runs beside the pages: mails and webhooks on their way, what is due by itself, what other processes wrote."""
