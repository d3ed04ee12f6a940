"""How the last re-pricing of each environment went."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "repricings",
        sa.Column("organization_id", sa.String(32), nullable=False),
        sa.Column("environment", sa.String(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "environment", name="pk_repricings"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_repricings_organization_id"),
    )
