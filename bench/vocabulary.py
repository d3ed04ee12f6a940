"""Text that looks like language to a compressor and to a search index: Zipf-distributed words in sentences."""

import random

import numpy as np

COMMON = (
    "the of and to a in is for on that with as are this be at or from by it an was which you have not can will your "
    "if has we all but their more our one when about what may there no its into other than please order customer "
    "account data model answer question report system user request time value result table error service update "
    "product support team price date number file code test"
)
ODD = ("naïve", "café", "東京", "über", "—", "résumé", "“quoted”", "5 €", "🙂")
WORDS = 6000
CHARACTERS_A_WORD = 6.2
STREAM = 1 << 16


class Text:
    """An endless stream of words, cut into texts of a wanted length. The same seed gives the same texts."""

    def __init__(self, seed: int) -> None:
        self.words = _vocabulary(random.Random(seed))
        cumulative = np.cumsum(1.0 / (np.arange(len(self.words)) + 2) ** 0.9)
        self.cumulative = cumulative / cumulative[-1]
        self.chance = np.random.Generator(np.random.PCG64(seed))
        self.stream: list[str] = []
        self.at = 0

    def make(self, characters: float) -> str:
        """About that many characters, at least three words."""
        count = max(3, int(characters / CHARACTERS_A_WORD))
        if self.at + count > len(self.stream):
            self.stream, self.at = self._more(max(count, STREAM)), 0
        start, self.at = self.at, self.at + count
        return " ".join(self.stream[start : self.at])

    def _more(self, count: int) -> list[str]:
        chosen = np.searchsorted(self.cumulative, self.chance.random(count)).tolist()
        stream = [self.words[index] for index in chosen]
        ends = np.cumsum(self.chance.integers(7, 19, size=count // 7)).tolist()
        marks = self.chance.integers(0, 6, size=len(ends)).tolist()
        start = 0
        for end, mark in zip(ends, marks, strict=True):
            if end >= count:
                break
            stream[start] = stream[start].capitalize()
            stream[end] += (".", ".", ".", "?", ":", ".\n\n")[mark]
            start = end + 1
        for place in self.chance.integers(0, count, size=count // 60).tolist():
            stream[place] = str(place * 7919 % 10**6) if place % 10 < 7 else ODD[place % len(ODD)]
        return stream


def _vocabulary(chance: random.Random) -> list[str]:
    consonants = (*"bcdfghklmnprstvw", "st", "tr", "ch", "pl")
    vowels = (*"aeiou", "ai", "ea", "ou")
    words = dict.fromkeys(COMMON.split())
    while len(words) < WORDS:
        syllables = (chance.choice(consonants) + chance.choice(vowels) for _ in range(chance.randint(1, 4)))
        words.setdefault("".join(syllables) + chance.choice(("", "n", "r", "s", "ing", "ed", "tion", "ly")))
    return list(words)
