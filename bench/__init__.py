"""What a release is measured by: each module is a script that prints its figures and one last line of JSON."""
