"""Organizations, API keys, prices of one's own, and the revision that other processes watch."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sa.UniqueConstraint("name", name="uq_organizations_name"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("organization_id", sa.String(32), nullable=False),
        sa.Column("environment", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(40), nullable=False),
        sa.Column("rights", sa.String(100), nullable=False),
        sa.Column("requests_per_second", sa.Float),
        sa.Column("spans_per_second", sa.Float),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_api_keys_organization_id"),
    )
    op.create_index("ix_api_keys_organization_id", "api_keys", ["organization_id"])
    op.create_table(
        "price_overrides",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("organization_id", sa.String(32), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("provider", sa.String(255), nullable=False),
        sa.Column("input_price", sa.String(40), nullable=False),
        sa.Column("output_price", sa.String(40), nullable=False),
        sa.Column("cache_read_price", sa.String(40)),
        sa.Column("cache_write_5m_price", sa.String(40)),
        sa.Column("cache_write_1h_price", sa.String(40)),
        sa.Column("valid_from", sa.BigInteger),
        sa.Column("valid_to", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_price_overrides"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_price_overrides_organization_id"),
    )
    op.create_index("ix_price_overrides_organization_id", "price_overrides", ["organization_id"])
    state = op.create_table(
        "state",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("bootstrapped_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_state"),
    )
    assert state is not None
    op.bulk_insert(state, [{"id": 1, "revision": 0, "bootstrapped_at": None}])
