"""Runs the command line as `python -m kanban`."""

from kanban.cli import main

main()
