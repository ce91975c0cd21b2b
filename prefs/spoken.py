"""What a user says in plain words (`--prefer`), read for the obvious.

Only what is plain is understood: a name of a known tool or expert right behind "no", "avoid" or
"prefer", and words such as cheap, fast, careful and offline (`spoken.toml` has them). The text
itself is passed on to the orchestrator word for word: what is not understood here is not lost.

    never   a plain prohibition: no X, not X, without X, don't use X, anything but X
    0       avoid X, rather not X, Y instead of X; also a prohibition with an "unless" behind it
    1       prefer X, use X, only X, or X and nothing else

`never` holds known names and `@remote`, nothing else; no text makes `parse_preference` raise.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from prefs.rules import REMOTE

NOTHING_LEAVES = "nothing leaves this machine"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was understood."""

    preset: str | None = None
    tools: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    never: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    """The same for the user to read."""


class _Mood(Enum):
    """What is being said of the names that come next."""

    NEVER = "never"
    AVOID = "avoid"
    PREFER = "prefer"


def parse_preference(text: str, known_names: Collection[str]) -> Parsed:
    """What is obvious in the text; `known_names` are tools and experts as they are called."""
    if not text.strip():
        return Parsed()
    vocabulary = _vocabulary()
    text = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    text = re.sub(r"[^\S\n]+", " ", text)
    spoken = _spoken_forms(known_names)
    token = _scanner(spoken)
    moods = _read_names(text, token, spoken)
    # A name may hold a word such as local or fast: it says nothing more than the name.
    rest = token.sub(lambda m: "_" if m.lastgroup == "name" else m[0], text)
    preset = next(
        (str(m.lastgroup) for m in vocabulary.preset.finditer(rest) if _meant(m, rest)), None
    )
    here = any(_meant(m, rest) for m in vocabulary.here.finditer(rest))
    never = tuple(name for name, mood in moods.items() if mood is _Mood.NEVER)
    tools = {n: float(m is _Mood.PREFER) for n, m in moods.items() if m is not _Mood.NEVER}
    return Parsed(
        preset=preset,
        tools=MappingProxyType(tools),
        never=(*never, REMOTE) if here and REMOTE not in never else never,
        understood=(
            *([preset] if preset else []),
            *(f"{mood.value} {name}" for name, mood in moods.items()),
            *([NOTHING_LEAVES] if here else []),
        ),
    )


def _meant(match: re.Match[str], text: str) -> bool:
    """Whether nothing right before it takes it back, as in: not fast."""
    return not _vocabulary().negated.search(text[max(0, match.start() - 60) : match.start()])


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """`spoken.toml`, as patterns."""

    words: Mapping[str, frozenset[str]]
    not_a_name: str
    """Markers, ends of clauses and other words."""
    negated: re.Pattern[str]
    preset: re.Pattern[str]
    here: re.Pattern[str]


@cache  # not at import: most runs have no such text
def _vocabulary() -> _Vocabulary:
    file = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    markers = "|".join(  # "rather not" before "not" before "rather"
        rf"(?P<{kind}>{_any_of(file['markers'][kind])})" for kind in ("avoid", "never", "prefer")
    )
    before, between = (_any_of(file["negation"][place]) for place in ("before", "between"))
    presets = "|".join(rf"(?P<{name}>{_any_of(words)})" for name, words in file["presets"].items())
    return _Vocabulary(
        words={kind: frozenset(words) for kind, words in file["words"].items()},
        not_a_name=rf"{markers}|(?P<stop>[,;.!?()\n])|(?P<word>[^\W_]+(?:'[^\W_]+)*)",
        negated=re.compile(rf"{before}(?: {between})* ?$"),
        preset=re.compile(presets),
        here=re.compile(_any_of(file["here"]["phrases"])),
    )


def _any_of(words: Sequence[str]) -> str:
    """A pattern for whichever of these whole words comes."""
    return rf"(?<!\w)(?:{'|'.join(words)})(?!\w)"


def _spoken_forms(known_names: Collection[str]) -> dict[str, list[str]]:
    """The names by what is left of them when nobody looks at case, spaces, _ and -."""
    forms: dict[str, list[str]] = {}
    for name in known_names:
        if key := _bare(name):
            forms.setdefault(key, []).append(name)
        if name.endswith("_search") and (place := _bare(name.removesuffix("_search"))):
            for spoken in (f"searchthe{place}", f"searchingthe{place}", f"{place}searches"):
                forms.setdefault(spoken, []).append(name)
    return forms


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.casefold())


def _scanner(spoken: Mapping[str, list[str]]) -> re.Pattern[str]:
    """Finds names (the longest first), markers, ends of clauses and other words."""
    longest_first = sorted(spoken, key=len, reverse=True)
    forms = "|".join(r"[\s_-]*".join(map(re.escape, form)) for form in longest_first)
    names = rf"(?<![\w.-])(?:{forms})(?![\w]|[-.:/]\w)" if forms else r"(?!)"
    return re.compile(f"(?P<name>{names})|{_vocabulary().not_a_name}")


def _read_names(
    text: str, token: re.Pattern[str], spoken: Mapping[str, list[str]]
) -> dict[str, _Mood]:
    """What is said of each name; the strictest, where several things are."""
    moods: dict[str, _Mood] = {}
    for key, mood in _Reader(list(token.finditer(text))).read():
        for name in spoken.get(_bare(key), ()):
            moods[name] = min(mood, moods.get(name, mood), key=list(_Mood).index)
    return moods


class _Reader:
    """Goes through the tokens with the mood that the last marker set.

    Only fillers may stand between a marker and a name, so that "don't hesitate to use X" forbids
    nothing.
    """

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._words = _vocabulary().words
        self._mood: _Mood | None = None
        self._marker = ""
        self._fresh = False
        """No name has come since the marker."""
        self._bare_names: list[str] | None = []
        """The names of a clause that has nothing but names so far; else None."""

    def read(self) -> Iterator[tuple[str, _Mood]]:
        """(a name as it was said, the mood) for each name of which something is said."""
        for i, token in enumerate(self._tokens):
            if token.lastgroup == "name":
                yield from self._name(token[0], i)
            elif token.lastgroup == "stop" or token[0] == "but":
                if not (token[0] == "," and self._list_goes_on(i)):
                    yield from self._end_clause()
            elif self._compares(token[0]):
                self._mood, self._fresh = _Mood.AVOID, True
            elif token.lastgroup == "word":
                if not self._continues(token[0]):
                    self._mood = self._bare_names = None
            else:
                self._mark(_Mood(token.lastgroup), token[0])
        yield from self._end_clause()

    def _name(self, name: str, i: int) -> Iterator[tuple[str, _Mood]]:
        if self._mood is None:
            if self._bare_names is not None:
                self._bare_names.append(name)
            return
        self._fresh = False
        following = self._tokens[i + 1] if i + 1 < len(self._tokens) else None
        mood = self._mood
        if (
            following is not None
            and following[0] in self._words["conditions"]
            and mood is _Mood.NEVER
        ):
            mood = _Mood.AVOID
        elif name.isalpha() and self._is_a_word(i):
            return
        yield name, mood

    def _is_a_word(self, i: int) -> bool:
        """Whether this name may be a plain word: don't answer in French; but: don't use answer."""
        if i and self._tokens[i - 1][0] in self._words["verbs"] or i + 1 == len(self._tokens):
            return False
        following = self._tokens[i + 1]
        return following.lastgroup == "word" and not (
            following[0] in self._words["fillers"] or following[0] in self._words["tails"]
        )

    def _mark(self, mood: _Mood, marker: str) -> None:
        negated = self._mood is _Mood.NEVER and self._fresh
        avoided = self._mood is _Mood.AVOID and self._fresh
        self._bare_names = None
        if mood is _Mood.PREFER and (negated or avoided) and marker in self._words["verbs"]:
            return  # don't use, rather not ask
        if negated and marker != "nor":
            # not prefer; but: not avoid, not without, not only
            prefers = mood is _Mood.PREFER and marker != "only"
            self._mood = _Mood.AVOID if prefers else None
        elif marker in self._words["opposing"] and self._mood is not _Mood.PREFER:
            self._mood = _Mood.AVOID if self._mood is None else None
        else:
            self._mood = mood
        self._marker, self._fresh = marker, True

    def _continues(self, word: str) -> bool:
        """Whether more may be said in the same mood."""
        return word in self._words["fillers"] or (self._fresh and word in self._words["links"])

    def _compares(self, word: str) -> bool:
        """Whether the other side of a preference comes: prefer X to Y, rather X than Y."""
        if self._mood is not _Mood.PREFER or self._fresh:
            return False
        return word in ("over", "than") or (word == "to" and self._marker.startswith("prefer"))

    def _list_goes_on(self, i: int) -> bool:
        """Whether a comma stands between names, as in: no X, Y or Z."""
        following = [t for t in self._tokens[i + 1 : i + 4] if t[0] not in ("and", "or", "nor")]
        names_come = bool(following) and following[0].lastgroup == "name"
        return names_come and self._mood is not None and not self._fresh

    def _end_clause(self) -> Iterator[tuple[str, _Mood]]:
        """A clause of names alone prefers them."""
        for name in self._bare_names or ():
            yield name, _Mood.PREFER
        self._mood, self._bare_names = None, []
