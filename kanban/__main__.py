"""`python -m kanban` is the command line."""

from kanban.cli import main

main()
