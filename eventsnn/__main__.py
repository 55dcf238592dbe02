"""``python -m eventsnn`` is the ``eventsnn`` command."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
