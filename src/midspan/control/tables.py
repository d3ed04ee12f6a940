"""The control data's tables: who may do what, and at which prices. `migrations/` creates them.

Times are microseconds since 1970. Money is decimal text, so that no engine rounds it.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Money(TypeDecorator[Decimal]):
    """A decimal kept digit for digit; SQLite's own NUMERIC would make a float of it."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


organizations = Table(
    "organizations",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("environment", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    # SHA-256 in hex. A fast hash is right here: the secret has 256 random bits, and is looked up for every request.
    Column("hash", String(64), nullable=False, unique=True),
    # The part of the secret that people may see, to tell keys apart.
    Column("prefix", String(40), nullable=False),
    Column("rights", String(100), nullable=False),
    Column("requests_per_second", Float),
    Column("spans_per_second", Float),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
    Index(None, "organization_id"),
)

price_overrides = Table(
    "price_overrides",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("model", String(255), nullable=False),
    # Empty: whoever serves the model.
    Column("provider", String(255), nullable=False),
    # USD per million tokens. What null means is said in domain/price.py.
    Column("input_price", Money, nullable=False),
    Column("output_price", Money, nullable=False),
    Column("cache_read_price", Money),
    Column("cache_write_5m_price", Money),
    Column("cache_write_1h_price", Money),
    # valid_from <= time of the span < valid_to; null: open.
    Column("valid_from", BigInteger),
    Column("valid_to", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "organization_id"),
)

customers = Table(
    "customers",
    METADATA,
    # What people say of a customer, and when they deleted one; who is a customer at all, spans say.
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("environment", String(16), primary_key=True),
    Column("customer_identifier", String(254), primary_key=True),
    # Empty: what spans say of it.
    Column("name", String(255), nullable=False),
    Column("email", String(320), nullable=False),
    # JSON object; empty as above.
    Column("customer_metadata", Text, nullable=False),
    # USD; null as above.
    Column("period_budget", Money),
    Column("total_budget", Money),
    Column("budget_duration", String(16), nullable=False),
    Column("period_start", BigInteger),
    Column("period_end", BigInteger),
    Column("markup_percentage", Money),
    Column("updated_at", BigInteger),
    Column("deleted_at", BigInteger),
)

shares = Table(
    "shares",
    METADATA,
    # A row: anybody who has the link may read the trace.
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("environment", String(16), primary_key=True),
    Column("trace_unique_id", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)

environments = Table(
    "environments",
    METADATA,
    # Those that an organization made; each has `prod` and `test` besides.
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)

members = Table(
    "members",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("email", String(320), nullable=False),
    # The email in the one form in which it is looked for, so that no two members differ by a letter's case.
    Column("email_folded", String(640), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    # Argon2id in PHC's form. Empty: no password opens this account.
    Column("password_hash", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger),
    Index(None, "organization_id"),
)

identities = Table(
    "identities",
    METADATA,
    # Who a member is at the identity provider; its email may change there, and somebody else may get it.
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "member_id"),
)

sessions = Table(
    "sessions",
    METADATA,
    # SHA-256 of the token in hex; as with keys, the token has 256 random bits.
    Column("hash", String(64), primary_key=True),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Index(None, "member_id"),
)

invitations = Table(
    "invitations",
    METADATA,
    # A link that opens an account, once: the first admin's (welcome), a new member's (invitation), or that of
    # somebody who lost the password (reset). A row goes when its link is used or revoked.
    Column("id", String(32), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    # Empty: whoever has the link says who they are.
    Column("email", String(320), nullable=False),
    Column("role", String(16), nullable=False),
    # Whose password is set, by a reset.
    Column("member_id", ForeignKey("members.id")),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "organization_id"),
)

views = Table(
    "views",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    # A member's id; empty where authentication was off.
    Column("owner_id", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("page", String(32), nullable=False),
    # The query string of the page's address.
    Column("state", Text, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "organization_id"),
)

preferences = Table(
    "preferences",
    METADATA,
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    # As in views.
    Column("owner_id", String(32), primary_key=True),
    # JSON object.
    Column("value", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

repricings = Table(
    "repricings",
    METADATA,
    # How the last one went.
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("environment", String(16), primary_key=True),
    # JSON object.
    Column("value", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

state = Table(
    "state",
    METADATA,
    # One row. `revision` grows with every change to keys, members, organizations or prices: other processes watch it.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("bootstrapped_at", BigInteger),
)
