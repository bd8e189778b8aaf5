"""The application for a WSGI server of your own: `gunicorn --threads 600 -w 1 wsgi:app` (see docs/operations.md).

Upgrade the database first (`kanban db upgrade`), and run `kanban worker` beside it: this module only answers requests
and keeps open screens up to date. It must be loaded in the process that serves, so don't use `--preload`.
"""

from kanban.app import create_app
from kanban.service import watcher_of

app = create_app()
watcher_of(app).start()
