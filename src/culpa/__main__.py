"""`python -m culpa`."""

from .cli import main

main()
