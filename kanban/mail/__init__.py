"""Mail: what it says, to whom, with which links, and the exchange with the mail server; the outbox is a model."""
