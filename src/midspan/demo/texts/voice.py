"""Calls to the voice line of a shop: what is heard and what is said. Speech has no formatting."""

from typing import Final

Exchange = tuple[str, str]

CALLS: Final[tuple[tuple[Exchange, ...], ...]] = (
    (("Yeah hi, I'm just calling to see if you're open on Sunday?", "We are, from eleven until five. Is there anything I can put aside for you?"),
     ("Oh that'd be great, the {product}, in case you have it.", "We have two on the shelf. I'll keep one at the till under your name until Sunday evening. What is your name?"),
     ("{name}.", "Thank you, {name}. See you on Sunday!")),
    (("Hello? I got a text that my delivery failed.", "I'm sorry about that. Could you read me the order number? It's in the text, one letter and five digits."),
     ("Uh, {order}.", "Thank you. The driver found nobody at the door this morning. I can have it brought again tomorrow, or left at a pickup point near you. What would you like?"),
     ("Tomorrow's fine but after four please.", "Tomorrow between four and eight it is. You'll get a text when the driver is close."),
     ("Cheers, bye.", "Goodbye!")),
    (("I want to speak to a human.", "Of course. May I ask what it is about, so that I put you through to the right person?"),
     ("A refund. It's been weeks.", "I understand. I'm connecting you with {agent} from our payments team. It will take about a minute.")),
    (("Hi, do you repair things, or only sell them? It's my {product}.", "We repair what we sell, and a lot of what we don't. What's wrong with it?"),
     ("The strap's torn at the seam.", "That's usually a quick one, about a week, and between fifteen and twenty five. You can bring it by without an appointment."),
     ("Do I need the receipt?", "Only if it's less than two years old: then it's free.")),
    (("Can you tell me how much the {product} is?", "It's {price}. There are two colours left in stock, green and black."),
     ("And is that with tax?", "Yes, that's what you pay in the end."),
     ("Okay, and shipping to {city}?", "Free from fifty, so free for this one. It takes two to three days.")),
    (("Good afternoon. I would like to change the delivery address for my order, please.", "With pleasure. What is your order number?"),
     ("{order}.", "Thank you. It hasn't left yet, so that's easy. What is the new address?"),
     ("Fourteen Lark Lane, {city}.", "Fourteen Lark Lane in {city}. I've changed it, and you'll have an email in a moment.")),
    (("Hey, um, my kid put a battery in the wrong way and now the light is, like, blinking?", "No harm done, it has a protection for that. Take the batteries out for ten seconds, then put them in the right way round."),
     ("Hang on. Okay. Oh, it works!", "Lovely. If it blinks red again, the batteries are low.")),
    (("Is the workshop on {date} still on?", "It is, at six in the evening, and there are four places left. Shall I book one?"),
     ("Two, actually.", "Two places, then. Under which name?"),
     ("{name}, like it sounds.", "You're booked, {name}. Bring clothes that may get dirty!")),
    (("You charged me twice!", "That would be annoying indeed. Let me look. What are the last four digits of the order or of the card?"),
     ("{last4}.", "I see two entries. One is only reserved and will disappear by itself within three days; nothing was charged twice. I'll send you that in writing."),
     ("Hm. Alright. If not I'm calling again.", "Please do. I've left a note, so that nobody asks you for all of it again.")),
    (("What's your return policy?", "Thirty days, unused, and the label is free. Is it for something you've ordered already?"),
     ("Not yet, just thinking about the {product}.", "Then you can try it without any risk.")),
    (("Je voudrais savoir si vous livrez à Lyon?", "Oui, nous livrons à Lyon en trois à quatre jours. Pour quel article ?"),
     ("Le sac à dos, le vert.", "Il est en stock. Souhaitez-vous que je le commande pour vous ?")),
    (("I'm outside the shop and it's closed?", "I'm sorry! We close at two today, for stocktaking. We're back tomorrow at ten."),
     ("It doesn't say that on Google.", "You're right, I'll have it corrected. May I make it up to you with a coffee tomorrow?")),
    (("Hallo, ich wollte fragen, ob mein Paket heute noch kommt.", "Ich sehe gern nach. Wie lautet die Bestellnummer?"),
     ("{order}.", "Das Paket ist seit heute früh im Zustellfahrzeug und kommt voraussichtlich bis achtzehn Uhr.")),
    (("Do you have gift cards?", "We do, from ten to five hundred, by email or on nice paper."),
     ("Paper. Fifty.", "I can post it today, or keep it at the till. Which is better?"),
     ("Till. I'm coming by at lunch.", "It'll be ready at noon.")),
)  # fmt: skip

SYSTEM: Final = "You answer the phone of {shop}. Speak in one or two short sentences. No lists, no formatting, no links. Numbers are spoken slowly. If the caller asks for a person, connect them."
