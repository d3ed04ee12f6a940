"""Alembic's scripts for the control data; `midspan.control.database` runs them at every start."""
