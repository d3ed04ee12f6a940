"""Traces that anybody may read who has the link."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("organization_id", sa.String(32), nullable=False),
        sa.Column("environment", sa.String(16), nullable=False),
        sa.Column("trace_unique_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "environment", "trace_unique_id", name="pk_shares"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_shares_organization_id"),
    )
