"""Lists from other tools into a product and out of it again, plain lists of finishes, and backups."""
