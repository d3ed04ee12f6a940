"""Smaller texts: product copy, ticket triage, judgements, notes of people, and remarks of evaluators."""

from typing import Final

OPENINGS: Final = (
    "Made for mornings that start before the kettle does.", "Some things earn their place by being used every day.", "It looks simple. That took eleven prototypes.",
    "Built to be handed down, priced to be used.", "The one you'll reach for without thinking.", "Good weather is optional.", "Small enough to forget, good enough to notice.",
    "We asked the people who mend things how they'd make it.", "Nothing to charge, nothing to update.", "For rooms that are lived in.", "Heavier than it looks, in the best way.", "Made in a workshop of four, in batches of sixty.",
)  # fmt: skip
MIDDLES: Final = (
    "The {product} is cut from a single piece, so there's no seam to give up first.", "Each {product} is checked by hand and signed by whoever finished it.", "We kept what you loved about the last {product}, and mended the rest.",
    "The {product} comes with spare parts, because that's what fails first.", "There are two colours of the {product}, and both hide a coffee stain.", "A {product} that gets better as it gets older.",
    "The {product} packs flat, weighs little, and doesn't rattle.", "Five years of warranty on the {product}: we'd rather repair than replace.",
)  # fmt: skip
ENDINGS: Final = (
    "Ships in paper, not plastic.", "Free returns for 30 days.", "Pairs well with the {other}.", "Wipe clean; no dishwasher, please.", "In stock, and on its way tomorrow.", "Limited to what we can make this season.",
)  # fmt: skip

LABELS: Final = ("shipping", "returns", "payment", "product question", "account", "complaint", "wholesale", "spam")

MAILS: Final = (
    "Hello, this is {name} from {city}. It's about the {product} that I ordered on {date}.",
    "Hi team, I can't find the {product} in my orders any more, did something go wrong?",
    "Dear Sir or Madam, I am writing about order {order}, which I placed for my mother.",
    "hey, quick one: does the {product} come in other colours?",
    "I was charged {amount} and I have no idea what for. Order {order}.",
    "We met at the fair in {city} and I promised to write about stocking the {product}.",
    "Grow your shop with 10,000 real followers!!! Limited offer for {name}.",
    "The {product} is wonderful, thank you. One small thing about the invoice, though.",
    "My parcel with {carrier} says *returned to sender*. What happens now?",
    "Could you merge my two accounts? I seem to have signed up twice, once from {city}.",
)  # fmt: skip
FAREWELLS: Final = (
    "Could you get back to me? {name}", "No hurry at all. Best, {name}", "Please answer today, I'm leaving tomorrow. {name}",
    "Thanks in advance, {name}", "Kind regards from {city}, {name}", "Sent from my phone", "{name} (order {order})",
)  # fmt: skip

NOTES: Final = (
    "Answer is right but cites the wrong passage. Asked the docs team to split it.", "Customer called again the next day, see the thread.", "Great tone here, use as an example in the training set.",
    "Should have handed over one turn earlier.", "Latency spike was on the provider's side, see their status page.", "Good catch on the allergy question: it didn't guess.",
    "Prompt v7 regression? Compare with the same question last week.", "Refund was correct, wording a bit stiff.", "False positive of the guardrail.", "Ticket reopened, tracking was right after all.",
)  # fmt: skip

REMARKS: Final = {
    "good": ("Answers what was asked, in the order in which it was asked.", "Looked the order up before making any claim.", "Clear next step for the customer.", "Cites the passage that supports the answer.", "Short, warm, and complete."),
    "fair": ("Right, but longer than it needs to be.", "The second half of the question is left open.", "Correct, though the date is only implied.", "Would be better with an example."),
    "poor": ("The passage doesn't say that.", "Promises a delivery date that no tool returned.", "Misses that the customer has asked before.", "Tone is off for somebody who is upset."),
}  # fmt: skip

PIXEL: Final = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAIAAADYYG7QAAAA0UlEQVR42u3XsQ1CMQwE0JuBmlEQwzAdJRMwAiUTUDIESEiUfPt8F1Gc5OY30dP5J3HwfNz/qhBQQAEFFFBAq0CX0/F3rQNtUiYs0JrDfvcuuQlcMB9N3VRngW5TF1Q0CUDakDD5ix0hYbKnCNCmSQMShoThkSMPSQZShYT5oRyQoWteEBHSOtD8uoVq0ghI2rUVoFZIrruMC8l4uXIhGechAmScGImueUdYIiTjq4MIqfrquF3Praqbvp+t9dugoonTkKAii1uWB5kqoIACctcLxHUmzJQBsVUAAAAASUVORK5CYII="
"""A picture of a cracked bowl, as a data URL."""
