"""Questions: whose turn it is, what the silence costs, and the way from a mail to an answer."""
