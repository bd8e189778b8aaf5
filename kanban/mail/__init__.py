"""Mail: what is said, to whom, with which links, and the conversation with the mail server; the outbox is a model."""
