"""Questions: whose turn it is, what the silence costs, and how a link in a mail leads to an answer."""
