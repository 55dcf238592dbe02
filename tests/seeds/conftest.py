"""The programs here are read and run by tests/test_seed_programs.py; they are no tests themselves."""

collect_ignore_glob = ["0*.py"]
