"""People: accounts, their work, the products where they are members, and newcomers."""
