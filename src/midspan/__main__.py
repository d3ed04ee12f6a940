"""`python -m midspan` is the command `midspan`."""

from midspan.cli import run

if __name__ == "__main__":
    run()
