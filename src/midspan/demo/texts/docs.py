"""The documentation that the docs assistant answers from: passages, and questions with their answers."""

from typing import Final, NamedTuple

PASSAGES: Final = {
    "webhooks/retries": "Tern retries a webhook that is not answered with 2xx within 10 seconds: after 1, 5 and 30 minutes, then each hour for a day. Deliveries carry the same `Tern-Delivery` id each time, so that receivers can drop repeats.",
    "webhooks/signatures": "Each delivery is signed: `Tern-Signature` holds `t=<unix seconds>,v1=<hex>`, the HMAC-SHA256 of `<t>.<raw body>` with the endpoint's secret. Compare in constant time, over the raw bytes, and refuse what is older than five minutes.",
    "webhooks/ordering": "Deliveries are not ordered. `order.paid` may come before `order.created`; use `sequence` in the event to tell which of two is the newer.",
    "api/pagination": "Lists answer with `items` and `next_cursor`. A cursor is good for 24 hours and holds its filter. Do not build cursors yourself.",
    "api/rate-limits": "Each key may make 40 requests a second, in bursts of 120. Answers carry `RateLimit-Remaining`; 429 carries `Retry-After` in seconds.",
    "api/idempotency": "POST requests take an `Idempotency-Key` of up to 64 characters. The first answer is repeated for 24 hours. Another body under the same key is refused with 409.",
    "api/errors": "Errors are JSON with `code`, `message` and, for faults of fields, `fields`. Codes are stable; messages are not.",
    "api/versions": "The version is a date in the `Tern-Version` header. Without it the version of the key's creation is used. Versions are kept for 18 months.",
    "storefront/themes": "A theme is a folder with `theme.toml`, `templates/` and `assets/`. `tern theme dev` serves it with live reload against the data of the development shop.",
    "storefront/caching": 'Pages are cached at the edge for 60 seconds and by tag: changing a product purges `product:<id>`. `Cache-Control` of templates is ignored unless `cache = "custom"` is set.',
    "storefront/search": "Search is typo-tolerant and boosts what is in stock. Synonyms are set under Settings → Search, or with `PUT /v2/search/synonyms`.",
    "storefront/images": "The image service resizes on the way: `?w=800&fm=webp`. Originals are never served; sizes are rounded up to multiples of 50.",
    "checkout/extensions": "Extensions run in a sandbox without network. They may change shipping options and add fields, and have 50 ms and 16 MB each.",
    "checkout/taxes": "Prices are gross in the EU and the UK, net in the US and Canada. Tax is computed at checkout by the delivery address; `tax_lines` of an order says how.",
    "checkout/payments": 'Payments are captured when goods ship. `capture = "immediate"` on the shop changes that. An authorisation lapses after seven days.',
    "orders/partial-refunds": "`POST /v2/orders/{id}/refunds` takes `lines` or `amount`, not both. Shipping is refunded with `include_shipping`. The sum of refunds is at most what was captured.",
    "orders/exports": "Exports of orders are made in the background and kept for seven days. CSV, JSON Lines and Parquet; up to five million rows each.",
    "orders/statuses": "An order is `open`, `paid`, `packed`, `shipped`, `delivered`, `returned` or `cancelled`. A transition that is skipped is recorded as if it had been made at the same moment.",
    "inventory/reservations": "Stock is reserved when payment begins, for 15 minutes. A reservation that lapses is freed within a minute.",
    "inventory/locations": "Stock belongs to locations. `available` is on hand less reserved and less the safety stock, summed over the locations that serve the delivery address.",
    "migrations/shopify": "`tern import shopify` takes products, customers and orders of an export. Passwords cannot be moved; customers get a link to set a new one. Redirects are made from the old handles.",
    "migrations/bulk": "The bulk endpoint takes JSON Lines, up to 100 MB compressed, and answers with a job. Each line stands for itself: a bad one does not stop the others.",
    "auth/oauth": "Apps use OAuth 2 with PKCE. Access tokens live for an hour, refresh tokens for 60 days and are replaced at each use. Scopes are listed at install and cannot grow without consent.",
    "auth/keys": "Keys belong to an environment and have scopes. A key is shown once. Rotating makes a second secret that is valid beside the first for 72 hours.",
    "apps/local-dev": "`tern app dev` opens a tunnel and installs the app into the development shop. Set `TERN_TUNNEL=none` to use an address of your own.",
    "analytics/events": "The pixel sends `page_view`, `add_to_cart`, `checkout_started` and `purchase`. Events of visitors who have not agreed are counted without an identifier.",
    "agents/handoff": "A support agent hands over by calling `handoff` with a reason. The conversation shows up in the inbox with a summary, and the agent stays silent until a person gives it back.",
    "agents/evaluations": "Each night a tenth of the conversations is judged for helpfulness, groundedness and tone. Judges are models; the sheet under Quality shows where people disagree with them.",
    "status/regions": "Shops live in one of us-east, us-west, eu-west, ap-northeast and ap-southeast. Moving between regions takes about an hour, with reads going on and writes paused for two minutes.",
    "billing/usage": "Usage is billed monthly by orders and by agent conversations. A conversation is all messages of one customer within 24 hours.",
}


class Question(NamedTuple):
    asks: tuple[str, ...]
    found: tuple[str, ...]
    """The passages that answer it, the best one first."""
    answer: str


QUESTIONS: Final = (
    Question(("How do I verify webhook signatures in Python?", "webhook signature check fails in flask, what am i doing wrong", "Is there an example for checking Tern-Signature?"), ("webhooks/signatures", "webhooks/retries", "api/errors"),
        "Compute the HMAC over the **raw** body and compare in constant time:\n\n```python\nimport hashlib, hmac, time\n\ndef is_genuine(secret: bytes, header: str, body: bytes) -> bool:\n    parts = dict(p.split(\"=\", 1) for p in header.split(\",\"))\n    if abs(time.time() - int(parts[\"t\"])) > 300:\n        return False\n    expected = hmac.new(secret, f\"{parts['t']}.\".encode() + body, hashlib.sha256).hexdigest()\n    return hmac.compare_digest(expected, parts[\"v1\"])\n```\n\nThe usual mistake is to hash JSON that a framework has parsed and written again. In Flask use `request.get_data()`. [webhooks/signatures]"),
    Question(("Why do I get the same webhook twice?", "duplicate order.paid events, is that normal?", "How often are webhooks retried and how do I dedupe?"), ("webhooks/retries", "webhooks/ordering"),
        "Because a delivery that isn't answered with 2xx **within 10 seconds** is sent again: after 1, 5 and 30 minutes, then hourly for a day. Repeats have the same `Tern-Delivery` id, so keep the ids that you have seen and drop the rest. Answer first and work afterwards. [webhooks/retries]"),
    Question(("Are events guaranteed to arrive in order?", "got order.paid before order.created, bug?"), ("webhooks/ordering", "orders/statuses"),
        "No, and it's not a bug: deliveries are not ordered. Each event has a `sequence`; keep the highest you have seen for an order, and ignore an event with a lower one. [webhooks/ordering]"),
    Question(("What are the API rate limits?", "how many requests per second can i make with one key", "429 Too Many Requests when syncing products, how to avoid?"), ("api/rate-limits", "migrations/bulk", "api/pagination"),
        "40 requests a second for each key, with bursts of 120. Two things help:\n\n- watch `RateLimit-Remaining`, and on 429 wait for `Retry-After` seconds;\n- for a sync of many products use the **bulk endpoint**, which takes 100 MB of JSON Lines in one request. [api/rate-limits] [migrations/bulk]"),
    Question(("How do I refund only part of an order?", "partial refund including shipping via API", "POST /refunds with amount and lines gives 422"), ("orders/partial-refunds", "checkout/payments", "api/errors"),
        "Send `lines` *or* `amount`; both together are refused, which is your 422.\n\n```bash\ncurl -X POST https://api.tern.example/v2/orders/$ID/refunds \\\n  -H \"Authorization: Bearer $KEY\" \\\n  -d '{\"lines\": [{\"id\": \"ln_2\", \"quantity\": 1}], \"include_shipping\": true}'\n```\n\nAll refunds together can't exceed what was captured. [orders/partial-refunds]"),
    Question(("My theme changes don't show up on the live site", "How long are storefront pages cached?", "disable edge cache for one template?"), ("storefront/caching", "storefront/themes"),
        "Pages are cached at the edge for 60 seconds, so wait a minute first. If a template needs its own rule, set `cache = \"custom\"` in `theme.toml`; only then its `Cache-Control` counts. [storefront/caching]"),
    Question(("Can I resize product images on the fly?", "what's the url parameter for webp thumbnails", "images look blurry on retina, best practice?"), ("storefront/images", "storefront/themes"),
        "Yes: `?w=800&fm=webp`. For sharp screens give the browser a choice:\n\n```html\n<img src=\"/img/kettle.jpg?w=400&fm=webp\"\n     srcset=\"/img/kettle.jpg?w=800&fm=webp 2x\" width=\"400\" alt=\"Kettle\">\n```\n\nWidths are rounded up to the next 50. [storefront/images]"),
    Question(("How do I move from Shopify?", "shopify import: do customers keep their passwords?", "Will my old product URLs still work after migrating?"), ("migrations/shopify", "migrations/bulk"),
        "Run `tern import shopify export.zip`. Products, customers and orders come along and old URLs are redirected. **Passwords can't be moved**: each customer gets a link to set a new one, so tell them in advance. [migrations/shopify]"),
    Question(("When is the customer's card actually charged?", "capture on order instead of on shipment?", "payment authorisation expired before we shipped, what now"), ("checkout/payments", "orders/statuses"),
        "When the goods ship. To charge at once, set `capture = \"immediate\"` on the shop. An authorisation lapses after **seven days**; if you ship later than that, the order needs a new payment link. [checkout/payments]"),
    Question(("What does an app token's lifetime look like?", "refresh token suddenly invalid", "OAuth scopes: can I add one later?"), ("auth/oauth", "auth/keys"),
        "Access tokens live for an hour, refresh tokens for 60 days. A refresh token is **replaced each time** it's used; if two of your workers refresh at once, one of them is left with a dead token. Take a lock, or refresh in one place. New scopes need the merchant's consent. [auth/oauth]"),
    Question(("How do I rotate an API key without downtime?", "key leaked on github, what now?"), ("auth/keys", "api/versions"),
        "1. *Settings → Keys → Rotate*: a second secret is made.\n2. Deploy it. Both work for 72 hours.\n3. The old one ends by itself.\n\nIf the key **leaked**, revoke it at once instead, and look at its last uses. [auth/keys]"),
    Question(("Why is available stock lower than what's on the shelf?", "inventory says 14 available but we have 20", "How long is stock reserved during checkout?"), ("inventory/locations", "inventory/reservations"),
        "`available` = on hand − reserved − safety stock, over the locations that serve the address. Reservations are made when payment begins and last **15 minutes**. 20 on the shelf with 4 in open checkouts and a safety stock of 2 are 14. [inventory/locations]"),
    Question(("Are prices via the API gross or net?", "tax is wrong for orders to canada", "Where do I see how the tax of an order was computed?"), ("checkout/taxes", "orders/statuses"),
        "Gross in the EU and the UK, net in the US and Canada. Tax follows the delivery address; `tax_lines` on the order shows each rate and what it was applied to. [checkout/taxes]"),
    Question(("How do I export all orders of last year?", "order export limits?", "parquet export possible?"), ("orders/exports", "api/pagination"),
        "`POST /v2/exports` with `{\"resource\": \"orders\", \"format\": \"parquet\"}`. It runs in the background, takes up to five million rows, and the file is kept for seven days. [orders/exports]"),
    Question(("Can checkout extensions call my server?", "fetch is not defined in checkout extension", "extension limits"), ("checkout/extensions", "apps/local-dev"),
        "No. They run in a sandbox **without network**, with 50 ms and 16 MB. Put what they need into the shop's metafields beforehand, and read it from there. [checkout/extensions]"),
    Question(("How do I test an app on localhost?", "tunnel doesn't work behind our proxy"), ("apps/local-dev", "auth/oauth"),
        "`tern app dev` opens a tunnel and installs the app into your development shop. Behind a proxy use an address of your own:\n\n```bash\nTERN_TUNNEL=none tern app dev --url https://dev.mycompany.example\n```\n\n[apps/local-dev]"),
    Question(("When does the support agent hand over to a human?", "agent keeps answering after handoff", "how do I force a handoff for refunds over 500?"), ("agents/handoff", "agents/evaluations"),
        "It calls `handoff` with a reason, and then stays silent until a person gives the conversation back. To force it, add a rule under *Agent → Limits*: `refund.amount > 500 → handoff`. [agents/handoff]"),
    Question(("How are agent conversations billed?", "what counts as one conversation?"), ("billing/usage", "agents/handoff"),
        "By conversation, monthly. All messages of one customer **within 24 hours** are one conversation, whatever the channel. [billing/usage]"),
    Question(("What happens if I send the same Idempotency-Key with another body?", "409 idempotency conflict on retry", "How long is an idempotency key valid?"), ("api/idempotency", "api/errors"),
        "It's refused with 409: a key stands for one request. Make a new key for each *intent*, and use the same one only to repeat the very same body. The first answer is kept for 24 hours. [api/idempotency]"),
    Question(("How do I pin the API version?", "Response shape changed overnight, help", "how long are old api versions supported"), ("api/versions", "api/errors"),
        "Send `Tern-Version: 2026-07-01`. Without the header you get the version of the day your key was made. Each version is kept for 18 months, so nothing changes overnight; a *new key* without the header is the usual reason. [api/versions]"),
    Question(("Can I move my shop to another region?", "latency from Japan is high, can you host us in Tokyo?"), ("status/regions", "storefront/caching"),
        "Yes, to any of `us-east`, `us-west`, `eu-west`, `ap-northeast` and `ap-southeast`. It takes about an hour; reads go on, writes pause for some two minutes. [status/regions]"),
    Question(("Does the analytics pixel respect consent?", "purchase events missing for some visitors", "which events does the pixel send"), ("analytics/events", "checkout/extensions"),
        "It does: who hasn't agreed is counted **without an identifier**, so their purchases show in totals and not in journeys. It sends `page_view`, `add_to_cart`, `checkout_started` and `purchase`. [analytics/events]"),
    Question(("Search doesn't find 'tshirt' for 'T-Shirt'", "how do i add search synonyms", "boost in-stock products in search?"), ("storefront/search", "storefront/themes"),
        "Add a synonym under *Settings → Search*, or by API:\n\n```json\nPUT /v2/search/synonyms\n{\"groups\": [[\"tshirt\", \"t-shirt\", \"tee\"]]}\n```\n\nWhat's in stock is boosted already. [storefront/search]"),
    Question(("How do I page through 200k products?", "next_cursor expired", "can I jump to page 500?"), ("api/pagination", "migrations/bulk"),
        "Follow `next_cursor` until it is null; you can't jump. A cursor is good for 24 hours. For all 200,000 at once an export is faster. [api/pagination]"),
    Question(("Do you support GraphQL subscriptions?", "is there a roadmap for a native iOS SDK", "Can I run Tern on my own servers?"), ("status/regions", "auth/oauth"),
        "I couldn't find that in the documentation. What I did find doesn't answer it, so I'd rather not guess; the team at support@tern.example will know."),
)  # fmt: skip

SYSTEM: Final = """You answer questions of developers about Tern from the passages below, and from nothing else. Name the passage in \
square brackets. If the passages do not answer the question, say so. Use Markdown; code in fenced blocks with its language."""
