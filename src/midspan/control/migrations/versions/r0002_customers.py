"""What people say of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("organization_id", sa.String(32), nullable=False),
        sa.Column("environment", sa.String(16), nullable=False),
        sa.Column("customer_identifier", sa.String(254), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("customer_metadata", sa.Text, nullable=False),
        sa.Column("period_budget", sa.String(40)),
        sa.Column("total_budget", sa.String(40)),
        sa.Column("budget_duration", sa.String(16), nullable=False),
        sa.Column("period_start", sa.BigInteger),
        sa.Column("period_end", sa.BigInteger),
        sa.Column("markup_percentage", sa.String(40)),
        sa.Column("updated_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("organization_id", "environment", "customer_identifier", name="pk_customers"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_customers_organization_id"),
    )
