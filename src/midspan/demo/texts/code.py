"""What the coding agent is asked, the repositories it works in, and what it says and sees on its way."""

from typing import Final, NamedTuple


class Task(NamedTuple):
    goal: str
    repository: str
    files: tuple[str, ...]
    symbols: tuple[str, ...]
    diff: str
    summary: str


SYSTEM: Final = """You are a software engineer working in the repository {repository} (branch {branch}). Use the tools to read, search, edit and test. \
Make the smallest change that is right, run the tests before you say that you are done, and never weaken a test to make it pass.

Conventions: type hints everywhere, no new dependencies without asking, one commit for each change, messages in the imperative."""

TASKS: Final = (
    Task("Webhook deliveries are retried even when the endpoint answers 204. Find out why and fix it.", "tern/dispatch",
         ("dispatch/delivery.py", "dispatch/retry.py", "dispatch/client.py", "tests/test_delivery.py", "tests/test_retry.py"), ("Delivery.settle", "should_retry", "Response.is_success"),
         "--- a/dispatch/retry.py\n+++ b/dispatch/retry.py\n@@ -41,7 +41,7 @@ def should_retry(answer: Answer) -> bool:\n     if answer.timed_out:\n         return True\n-    return answer.status != 200\n+    return not 200 <= answer.status < 300",
         "`should_retry` compared with 200 alone, so every other 2xx was sent again. It now takes the whole range; two tests cover 202 and 204."),
    Task("The order export runs out of memory above a million rows. Stream it.", "tern/exports",
         ("exports/writer.py", "exports/job.py", "exports/parquet.py", "tests/test_writer.py", "tests/test_memory.py"), ("Writer.write_all", "ParquetSink", "rows_of"),
         "--- a/exports/writer.py\n+++ b/exports/writer.py\n@@ -18,9 +18,10 @@ class Writer:\n-        rows = list(self.source.rows())\n-        self.sink.write(rows)\n+        for page in batched(self.source.rows(), PAGE_ROWS):\n+            self.sink.write(page)\n+            self.progress.advance(len(page))",
         "The writer collected every row before the first byte went out. It now works page by page (5,000 rows): 1.2 million rows peak at 84 MB instead of 3.1 GB."),
    Task("Add `sequence` to order events, increasing for each order, without gaps.", "tern/events",
         ("events/order.py", "events/store.py", "migrations/0042_sequence.sql", "tests/test_order_events.py"), ("OrderEvent", "EventStore.append", "next_sequence"),
         "--- a/events/store.py\n+++ b/events/store.py\n@@ -63,6 +63,8 @@ class EventStore:\n         with self.transaction() as t:\n+            t.execute(\"SELECT 1 FROM orders WHERE id = %s FOR UPDATE\", (event.order,))\n+            event.sequence = t.scalar(NEXT_SEQUENCE, (event.order,))\n             t.execute(INSERT, event.row())",
         "Events now carry `sequence`. The order's row is locked while it is taken, so there are neither gaps nor doubles under concurrency; a test with 16 writers shows it."),
    Task("Flaky test: tests/test_reservations.py::test_lapse fails about once in thirty runs.", "tern/inventory",
         ("inventory/reservations.py", "inventory/clock.py", "tests/test_reservations.py", "tests/conftest.py"), ("Reservation.lapse", "Clock", "sweep"),
         "--- a/inventory/reservations.py\n+++ b/inventory/reservations.py\n@@ -27,7 +27,7 @@ def sweep(clock: Clock) -> int:\n-    now = datetime.now(UTC)\n+    now = clock.now()",
         "`sweep` looked at the wall clock while the test moved a fake one, so it depended on how fast the machine was. It asks the given clock now; 500 runs in a row are green."),
    Task("Typing: make `tern/search` pass mypy --strict.", "tern/search",
         ("search/index.py", "search/synonyms.py", "search/ranking.py", "search/query.py", "tests/test_ranking.py"), ("Index.query", "Ranking", "expand"),
         "--- a/search/ranking.py\n+++ b/search/ranking.py\n@@ -9,7 +9,7 @@\n-def score(hit, weights=None):\n+def score(hit: Hit, weights: Mapping[str, float] | None = None) -> float:",
         "38 errors, all gone, without an `Any` and without an ignore. Two of them were real: `Ranking.best` could return None and nobody looked."),
    Task("Checkout shows free shipping for orders that fall below the threshold after a discount.", "tern/checkout",
         ("checkout/totals.ts", "checkout/shipping.ts", "checkout/discounts.ts", "test/shipping.test.ts"), ("shippingOptions", "applyDiscounts", "subtotal"),
         "--- a/checkout/shipping.ts\n+++ b/checkout/shipping.ts\n@@ -33,7 +33,7 @@ export function shippingOptions(cart: Cart): Option[] {\n-  const isFree = cart.subtotal >= rules.freeFrom;\n+  const isFree = applyDiscounts(cart).subtotal >= rules.freeFrom;",
         "The threshold was compared with the sum before discounts. It is compared with what the customer pays now, as the help page says."),
    Task("Upgrade the payment client to v9 and handle the new `requires_action` state.", "tern/payments",
         ("payments/client.py", "payments/states.py", "payments/webhooks.py", "tests/test_states.py", "tests/test_client.py"), ("PaymentState", "Client.capture", "on_event"),
         "--- a/payments/states.py\n+++ b/payments/states.py\n@@ -14,6 +14,7 @@ class PaymentState(StrEnum):\n     AUTHORISED = \"authorised\"\n+    REQUIRES_ACTION = \"requires_action\"\n     CAPTURED = \"captured\"",
         "The client is at v9. `requires_action` keeps the order open and mails the customer a link; it lapses with the authorisation after seven days."),
    Task("The theme dev server doesn't reload when a file is saved by an editor that replaces files.", "tern/cli",
         ("cli/watch.rs", "cli/dev.rs", "cli/theme.rs", "tests/watch.rs"), ("Watcher::next", "debounce", "ThemeServer"),
         "--- a/cli/watch.rs\n+++ b/cli/watch.rs\n@@ -52,7 +52,7 @@ impl Watcher {\n-            EventKind::Modify(_) => self.queue(path),\n+            EventKind::Modify(_) | EventKind::Create(_) => self.queue(path),",
         "Editors that write a new file and rename it cause `Create`, not `Modify`. Both reload now, debounced by 40 ms so that one save is one reload."),
    Task("Speed up the product list: p95 is 1.9 s for shops with 100k products.", "tern/catalogue",
         ("catalogue/list.py", "catalogue/queries.sql", "catalogue/prices.py", "tests/test_list.py", "bench/list.py"), ("list_products", "price_of", "Page"),
         "--- a/catalogue/list.py\n+++ b/catalogue/list.py\n@@ -20,8 +20,9 @@\n-    for product in page:\n-        product.price = price_of(product.id)\n+    prices = prices_of([product.id for product in page])\n+    for product in page:\n+        product.price = prices[product.id]",
         "One query for each product's price: 50 for a page. They are one now, and the list has an index on (shop, position). p95 falls from 1,900 to 140 ms in `bench/list.py`."),
    Task("Write a migration that moves addresses into a table of their own, in batches, without downtime.", "tern/core",
         ("migrations/0117_addresses.py", "core/address.py", "core/customer.py", "tests/test_migration.py"), ("Address", "backfill", "Customer.addresses"),
         "--- /dev/null\n+++ b/migrations/0117_addresses.py\n@@ -0,0 +1,24 @@\n+def backfill(connection, size=2_000):\n+    last = 0\n+    while rows := connection.fetch(PAGE, last, size):\n+        connection.executemany(INSERT, map(address_of, rows))\n+        last = rows[-1].id",
         "Three steps: the table and double writes, the backfill in batches of 2,000 that may be stopped and repeated, then reads from the new table. Each can be deployed and undone by itself."),
    Task("Our OAuth refresh sometimes logs merchants out. Two workers refresh at once, I think.", "tern/apps",
         ("apps/tokens.py", "apps/oauth.py", "apps/locks.py", "tests/test_tokens.py"), ("TokenStore.refresh", "advisory_lock", "OAuthClient"),
         "--- a/apps/tokens.py\n+++ b/apps/tokens.py\n@@ -38,6 +38,9 @@\n-        fresh = await self.client.refresh(token)\n+        async with advisory_lock(token.install):\n+            token = await self.load(token.install)\n+            fresh = token if token.is_fresh() else await self.client.refresh(token)",
         "You were right: refresh tokens are replaced at each use, and the second worker was left with a dead one. They take a lock now and look again once they have it."),
    Task("Add a dark theme to the dashboard, following the system and with a switch.", "tern/dashboard",
         ("src/theme.ts", "src/tokens.css", "src/components/Switch.tsx", "src/theme.test.ts"), ("useTheme", "applyTheme", "ThemeSwitch"),
         "--- a/src/theme.ts\n+++ b/src/theme.ts\n@@ -5,4 +5,8 @@\n+export function resolve(choice: Choice): Theme {\n+  if (choice !== \"system\") return choice;\n+  return matchMedia(\"(prefers-color-scheme: dark)\").matches ? \"dark\" : \"light\";\n+}",
         "Colours come from tokens now, with a second set for dark. The switch has three states and is remembered; contrast is at least 4.5 everywhere, checked in the tests."),
)  # fmt: skip

THOUGHTS: Final = {
    "read": (
        "Let me look at `{file}` first.", "The tests beside `{file}` should tell what was intended.", "The docstring of `{symbol}` promises something else than I expected; let me read on.",
        "I'd rather see how `{file}` does this than invent a second way.", "Let me read the fixture; the culprit may be there.", "That file is generated; I'll look at its source instead.",
        "The failing assertion is about `{symbol}`, so back to `{file}`.", "Let me compare with the other branch of the condition.", "I've only seen half of `{file}`; the rest of it next.",
        "Before I change anything I want to know who owns this state.", "Let me look at the boundary: what happens with an empty list?",
    ),
    "search": (
        "The name `{symbol}` comes up in several places; I'll search for it.", "Let me see who calls `{symbol}`.", "There may be a second caller that I've missed.",
        "This would break callers that pass a string. Let me see if there are any.", "Is `{symbol}` used outside of the tests at all?", "Let me check that nothing else relies on the old value.",
        "The error is raised in one place only, I think. Searching to be sure.", "I'll look for other comparisons of the same kind.",
    ),
    "edit": (
        "Now the smallest change that makes it right.", "I'll add a test for the edge first.", "Found it: the order of the two lines in `{symbol}` matters.", "I'll undo that; it fixed the symptom and not the cause.",
        "I'll write down why, as the next reader will wonder too.", "The type says it may be None here; I'll handle that where it is made.", "The linter complains about the import order; quick fix.",
    ),
    "run": (
        "Before I change anything I want to see it fail.", "Running the tests of this part.", "This passes alone but fails with the others, so something is shared. Once more, in order.", "Green. Now the whole folder.",
        "Let me run the type checker over it, too.", "One failure left, and it's in a test that expected the old behaviour. Running it alone.", "Let me see what has changed so far.", "I'll check the history, this line looks deliberate.",
        "Let me narrow it down with a smaller input.", "Same again, with the seed of the failure.",
    ),
}  # fmt: skip
"""What it says before it uses a tool."""

SNIPPETS: Final = {
    "py": (
        "def should_retry(answer: Answer) -> bool:\n    \"\"\"Whether a delivery is sent again.\"\"\"\n    if answer.timed_out:\n        return True\n    return answer.status != 200\n",
        "class Delivery:\n    def __init__(self, endpoint: Endpoint, event: Event) -> None:\n        self.endpoint = endpoint\n        self.event = event\n        self.tries = 0\n\n    def settle(self, answer: Answer) -> None:\n        self.tries += 1\n        if not should_retry(answer):\n            self.endpoint.delivered(self.event)\n",
        "@dataclass(frozen=True)\nclass Page:\n    rows: list[Row]\n    cursor: str | None\n\n    @property\n    def is_last(self) -> bool:\n        return self.cursor is None\n",
        "def sweep(clock: Clock) -> int:\n    \"\"\"Free what has lapsed; how many that were.\"\"\"\n    now = clock.now()\n    lapsed = [r for r in open_reservations() if r.until <= now]\n    for reservation in lapsed:\n        reservation.free()\n    return len(lapsed)\n",
        "    with self.transaction() as t:\n        row = t.one(SELECT_FOR_UPDATE, (order,))\n        if row is None:\n            raise NotFound(order)\n        t.execute(INSERT, event.row())\n        self.published.send(event)\n",
        "async def refresh(self, token: Token) -> Token:\n    fresh = await self.client.refresh(token)\n    await self.save(fresh)\n    logger.info(\"refreshed %s\", token.install)\n    return fresh\n",
        "def test_settles_once(client, clock):\n    delivery = client.deliver(event(\"order.paid\"))\n    clock.advance(minutes=1)\n    assert delivery.tries == 1\n",
        "@pytest.mark.parametrize(\"status\", [200, 202, 204])\ndef test_any_success_is_enough(status, endpoint):\n    endpoint.answers(status)\n    assert deliver(endpoint).is_done\n",
        "@pytest.fixture\ndef clock() -> Iterator[FakeClock]:\n    with FakeClock(start=datetime(2026, 3, 1, tzinfo=UTC)) as clock:\n        yield clock\n",
        "PAGE_ROWS = 5_000\n\n\ndef batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:\n    rows = iter(rows)\n    while page := list(islice(rows, size)):\n        yield page\n",
        "def score(hit: Hit, weights: Mapping[str, float] | None = None) -> float:\n    weights = weights or DEFAULT\n    return sum(weights[name] * hit.signals.get(name, 0.0) for name in weights)\n",
    ),
    "ts": (
        "export function shippingOptions(cart: Cart): Option[] {\n  const rules = rulesFor(cart.country);\n  const isFree = cart.subtotal >= rules.freeFrom;\n  return rules.options.map((o) => (isFree ? { ...o, price: 0 } : o));\n}\n",
        "export function applyDiscounts(cart: Cart): Cart {\n  return cart.codes.reduce((c, code) => code.apply(c), cart);\n}\n",
        "describe(\"free shipping\", () => {\n  it(\"is judged after discounts\", () => {\n    const cart = withCode(cartOf(55), percent(20));\n    expect(shippingOptions(cart)[0].price).toBe(4.9);\n  });\n});\n",
        "const media = matchMedia(\"(prefers-color-scheme: dark)\");\n\nexport function useTheme(): Theme {\n  const [choice] = useStored<Choice>(\"theme\", \"system\");\n  return resolve(choice);\n}\n",
    ),
    "tsx": ("export function ThemeSwitch() {\n  const [choice, choose] = useStored<Choice>(\"theme\", \"system\");\n  return <Segmented value={choice} options={CHOICES} onChange={choose} label=\"Theme\" />;\n}\n",),
    "css": (":root {\n  --surface: #ffffff;\n  --text: #1a1c1e;\n  --accent: #0b6e4f;\n}\n\n[data-theme=\"dark\"] {\n  --surface: #15171a;\n  --text: #e8eaed;\n}\n",),
    "rs": (
        "impl Watcher {\n    pub fn next(&mut self) -> Option<PathBuf> {\n        match self.events.recv().ok()? {\n            Event { kind: EventKind::Modify(_), paths, .. } => paths.into_iter().next(),\n            _ => None,\n        }\n    }\n}\n",
        "fn debounce(rx: &Receiver<PathBuf>, quiet: Duration) -> Vec<PathBuf> {\n    let mut seen = BTreeSet::new();\n    while let Ok(path) = rx.recv_timeout(quiet) {\n        seen.insert(path);\n    }\n    seen.into_iter().collect()\n}\n",
        "#[test]\nfn a_replaced_file_reloads_once() {\n    let dir = tempdir().unwrap();\n    let server = ThemeServer::on(dir.path());\n    replace(dir.path().join(\"theme.toml\"));\n    assert_eq!(server.reloads(), 1);\n}\n",
    ),
    "sql": (
        "-- name: list_products\nSELECT id, title, position\nFROM products\nWHERE shop = :shop AND position > :after\nORDER BY position\nLIMIT :size;\n",
        "ALTER TABLE order_events ADD COLUMN sequence BIGINT;\nCREATE UNIQUE INDEX CONCURRENTLY order_events_sequence\n    ON order_events (order_id, sequence);\n",
    ),
}  # fmt: skip
"""Pieces of files, by how their names end."""

HITS: Final = (
    "from {module} import {bare}",
    "    found = {bare}(order)",
    "        assert {bare}(row) is not None",
    "    # see {symbol}",
    "    return {bare}(page, size=50)",
    '    with patch.object(module, "{bare}"):',
)

NAMES: Final = ("settle", "advance", "resolve", "backfill", "collect", "merge", "expire", "enqueue", "narrow", "commit")

COMMANDS: Final = {
    "py": ("pytest -q {test}", "pytest -q {test} -x --ff", "mypy --strict {folder}", "ruff check {folder}", "git diff --stat", "git log --oneline -3 -- {file}"),
    "ts": ("pnpm vitest run {test}", "pnpm tsc --noEmit", "pnpm eslint {folder}", "git diff --stat", "git log --oneline -3 -- {file}"),
    "rs": ("cargo test --quiet", "cargo clippy --quiet", "git diff --stat", "git log --oneline -3 -- {file}"),
}  # fmt: skip

FAILURES: Final = (
    "FAILED {test}::test_settles_once - assert 2 == 1", "FAILED {test}::test_any_success_is_enough[204] - AssertionError", "FAILED {test}::test_lapse - TimeoutError: waited 5 s",
    "FAILED {test}::test_of_nothing - IndexError: list index out of range", "FAILED {test}::test_order_of_events - assert [2, 1] == [1, 2]",
)  # fmt: skip
