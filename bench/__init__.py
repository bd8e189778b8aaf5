"""The benchmarks of a release: each module is a script that prints its figures and, last, one line of JSON."""
