"""Whom the demo's applications work for: shops of very different sizes, and the people who write to them."""

from random import Random
from typing import Final, NamedTuple
from unicodedata import normalize


class Customer(NamedTuple):
    """A shop. `weight` is its share of the traffic, next to the others'."""

    identifier: str
    name: str
    email: str
    tier: str
    region: str
    weight: float


def _shop(name: str, contact: str, tier: str, region: str, weight: float) -> Customer:
    plain = normalize("NFKD", name.lower().replace("'", "")).encode("ascii", "ignore").decode()
    identifier = "-".join("".join(c if c.isalnum() else " " for c in plain).split())
    return Customer(identifier, name, f"{contact}@{identifier.replace('-', '')}.example", tier, region, weight)


CUSTOMERS: Final = (
    _shop("Harbor & Pine", "dana.whitlock", "enterprise", "us-east", 118),
    _shop("Fjällgren Outdoor", "elin.fjallgren", "enterprise", "eu-west", 84),
    _shop("Copper Kettle Coffee", "marcus", "business", "us-east", 61),
    _shop("Maison Aurélie", "aurelie.fontaine", "business", "eu-west", 47),
    _shop("Trailhead Supply Co.", "ops", "business", "us-west", 41),
    _shop("Little Acorn Toys", "priya.raman", "business", "eu-west", 33),
    _shop("Kumo Stationery", "haruka.ito", "business", "ap-northeast", 29),
    _shop("Saltmarsh Ceramics", "theo", "team", "us-east", 22),
    _shop("Bluebell & Thread", "niamh.okane", "team", "eu-west", 19),
    _shop("Northfork Cycles", "jonas.berg", "team", "eu-west", 17),
    _shop("The Paper Lantern", "mei.chen", "team", "ap-southeast", 15),
    _shop("Old Mill Bakery Tools", "walter", "team", "us-east", 13),
    _shop("Casa Verde Plants", "lucia.moreno", "team", "eu-west", 12),
    _shop("Juniper Skin", "hello", "team", "us-west", 11),
    _shop("Riverstone Audio", "sam.adeyemi", "team", "us-east", 9.5),
    _shop("Tidewater Surf", "kai", "team", "us-west", 8.5),
    _shop("Hearth & Loom", "freya.lindqvist", "team", "eu-west", 7.6),
    _shop("Peak Provisions", "support", "team", "us-west", 6.8),
    _shop("Nimbus Luggage", "arjun.mehta", "business", "ap-southeast", 6.2),
    _shop("Stoneground Mills", "ruth.abel", "team", "us-east", 5.4),
    _shop("Velvet Hour Candles", "simone", "starter", "us-east", 4.7),
    _shop("Otter & Oak Furniture", "gareth.pugh", "team", "eu-west", 4.3),
    _shop("Mercato Sette", "paolo.ricci", "starter", "eu-west", 3.8),
    _shop("Pixel & Pawn Games", "dev", "starter", "us-west", 3.4),
    _shop("Wren Optics", "isla.mackay", "starter", "eu-west", 3.0),
    _shop("Sunday Linen", "clara", "starter", "us-east", 2.7),
    _shop("Basalt Climbing", "tomas.novak", "starter", "eu-west", 2.4),
    _shop("Marigold Spice", "anjali", "starter", "ap-southeast", 2.1),
    _shop("Fenwick Fountain Pens", "edmund.fenwick", "starter", "eu-west", 1.9),
    _shop("Dune & Ember", "layla.haddad", "starter", "eu-west", 1.6),
    _shop("Two Rivers Tackle", "bill", "starter", "us-east", 1.4),
    _shop("Aster Bridal", "zoe.marchetti", "starter", "us-west", 1.2),
    _shop("Hollow Tree Books", "agnes", "starter", "us-east", 1.0),
    _shop("Kestrel Knives", "rolf.brandt", "starter", "eu-west", 0.8),
    _shop("Moss & Fern Terrariums", "joy", "starter", "us-west", 0.6),
    _shop("Grandpa Joe's Hot Sauce", "joe", "starter", "us-east", 0.4),
)

INCIDENT: Final = CUSTOMERS[4]
"""Whose agent ran in circles yesterday."""

FIRST: Final = (
    "Amara", "Ben", "Carla", "Daniel", "Esther", "Felix", "Grace", "Hamid", "Ingrid", "Julian", "Keiko", "Leon",
    "Miriam", "Noah", "Olivia", "Pedro", "Quinn", "Rosa", "Stefan", "Tamsin", "Usman", "Vera", "Wes", "Ximena", "Yusuf",
    "Zara", "Aoife", "Bruno", "Chloe", "Dmitri", "Elena", "Farah", "Gideon", "Hannah", "Ivan", "Jade", "Kwame", "Lina",
    "Matteo", "Nadia", "Oscar", "Paige", "Rahul", "Sofia", "Tobias", "Una", "Victor", "Willa", "Yara", "Zane",
)  # fmt: skip

CITIES: Final = (
    "Portland", "Leeds", "Utrecht", "Austin", "Lyon", "Cork", "Denver", "Malmö", "Bristol", "Porto", "Chicago", "Ghent",
    "Halifax", "Graz", "Savannah", "Turin", "Oakland", "Bergen", "Tucson", "Aarhus", "Boise", "Seville", "Madison",
    "Kyoto", "Penang", "Raleigh", "Dundee", "Leipzig",
)  # fmt: skip

PRODUCTS: Final = (
    ("Drift 40 rain jacket", 189.0), ("enamel pour-over kettle", 64.0), ("Lumen bike light set", 48.5),
    ("linen duvet cover, queen", 142.0), ("walnut chopping board", 79.0), ("Ridge trail shoe, size 43", 134.95),
    ("stoneware dinner set for four", 168.0), ("merino base layer, medium", 72.0), ("brass desk lamp", 119.0),
    ("canvas weekender bag", 156.0), ("beeswax candle trio", 36.0), ("cold brew carafe, 1 l", 42.0),
    ("dotted notebook, pack of three", 27.0), ("cedar shoe rack", 94.0), ("wool throw, ochre", 110.0),
    ("Pebble wireless speaker", 129.0), ("titanium camp mug", 34.0), ("indoor herb planter", 58.0),
    ("sourdough starter kit", 39.0), ("alpine 55 backpack", 214.0), ("ceramic bird feeder", 46.0),
    ("cast iron skillet, 26 cm", 88.0), ("fountain pen, fine nib", 96.0), ("bamboo bath caddy", 52.0),
    ("children's balance bike", 149.0), ("felted slippers, size 39", 61.0), ("glass terrarium, tall", 73.0),
    ("folding camp chair", 66.0), ("olive oil gift tin", 44.0), ("Kite carry-on, 38 l", 245.0),
    ("espresso tamper, 58 mm", 55.0), ("waxed cotton apron", 68.0), ("bouldering chalk bag", 29.0),
    ("silk pillowcase, ivory", 59.0), ("jigsaw puzzle, 1,000 pieces", 31.0), ("hand-thrown vase", 84.0),
)  # fmt: skip

CARRIERS: Final = ("DHL", "UPS", "DPD", "FedEx", "Royal Mail", "PostNL", "USPS")


def anybody(dice: Random, customers: tuple[Customer, ...] = CUSTOMERS) -> Customer:
    """One of the shops, the large ones more often."""
    return dice.choices(customers, [customer.weight for customer in customers])[0]


def particulars(dice: Random) -> dict[str, str]:
    """What one conversation is about: the words for a text's {slots}."""
    product, price = dice.choice(PRODUCTS)
    other, _ = dice.choice(PRODUCTS)
    quantity = dice.choices((1, 2, 3), (8, 2, 1))[0]
    return {
        "name": dice.choice(FIRST),
        "agent": dice.choice(FIRST),
        "city": dice.choice(CITIES),
        "product": product.partition(",")[0],
        "title": product,
        "other": other.partition(",")[0],
        "price": f"{price:.2f}",
        "amount": f"{price * quantity:.2f}",
        "quantity": str(quantity),
        "order": f"{dice.choice('ABCDEHKMNPRTW')}{dice.randrange(10_000, 99_999)}",
        "ticket": str(dice.randrange(18_000, 64_000)),
        "carrier": dice.choice(CARRIERS),
        "tracking": f"{dice.randrange(10**9, 10**10)}{dice.choice('ABDKLMR')}",
        "days": str(dice.randrange(2, 9)),
        "date": f"the {dice.randrange(4, 21)}th",
        "last4": f"{dice.randrange(1000, 9999)}",
    }


BUDGETS: Final = {"enterprise": 120, "business": 40, "team": 15}
"""USD a month, for the shops of a tier."""
