"""Letters, words, lists of words and digits: counting, turning, sorting."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_COUNT = "{out}\nThere are {out}.\nIt is {out}.\nThe count is {out}."
_TEXT = '{out}\n"{out}"'

TEXTS = (
    Template(
        "w=word c=letter",
        """
        [How many times does|How often does] the letter {c} [appear|occur] in [the word |]{w}?
        [How many {c}'s are in {w}?|How many letters {c} does {w} have?|Count the {c}s in {w}]
        [How many "{c}" are there in "{w}"?|number of {c} in {w}]
        """,
        'print("{w}".count("{c}"))',
        _COUNT,
        is_verbatim=True,
    ),
    Template(
        "w=word",
        """
        [How many letters does|How many letters are there in] the word {w}[ have|]?
        [How long is the word {w}?|Count the letters of {w}|letters in "{w}"?]
        """,
        'print(len("{w}"))',
        "{out}\n{out} letters\nIt has {out} letters.",
        is_verbatim=True,
    ),
    Template(
        "w=word",
        """
        How many vowels [are in|does] the word {w}[ have|]?
        [Count the vowels in {w}|vowels in "{w}"?]
        """,
        (
            'print(len([c for c in "{w}" if c in "aeiou"]))',
            (
                'count = 0\nfor letter in "{w}":\n    if letter in "aeiou":\n        count += 1\n'
                "print(count)"
            ),
        ),
        _COUNT,
        is_verbatim=True,
    ),
    Template(
        "w=word",
        """
        How many [different|distinct|unique] letters does {w} [have|contain]?
        [Number of different letters in "{w}"|How many distinct letters are in the word {w}?]
        """,
        'print(len(set("{w}")))',
        _COUNT,
        is_verbatim=True,
    ),
    Template(
        "w=word",
        """
        [Spell {w} backwards|What is {w} backwards?|Reverse the word {w}|{w} in reverse]
        [Write "{w}" from right to left|Turn the word {w} around, letter by letter]
        """,
        'print("{w}"[::-1])',
        _TEXT,
        is_verbatim=True,
        is_text=True,
    ),
    Template(
        "s=sentence",
        """
        How many words [are in|are there in|does this have]: "{s}"?
        [Count the words: {s}|Number of words in "{s}"|word count of: {s}]
        """,
        'print(len("{s}".split()))',
        "{out}\n{out} words\nIt has {out} words.",
        is_verbatim=True,
    ),
    Template(
        "s=sentence c=letter",
        """
        How [often|many times] does the letter {c} [appear|occur] in "{s}"?
        [Count the letter {c} in: {s}|How many {c}'s are in this sentence: {s}]
        """,
        'print("{s}".count("{c}"))',
        _COUNT,
        is_verbatim=True,
    ),
    Template(
        "s=sentence",
        """
        How many characters [are in|does this have, spaces included]: "{s}"?
        Length of this text [with|including] spaces: "{s}"
        """,
        'print(len("{s}"))',
        "{out}\n{out} characters\nIt is {out} characters long, so {out}.",
        is_verbatim=True,
    ),
    Template(
        "s=sentence",
        """
        How many letters, not counting spaces, are in "{s}"?
        [Number of characters without spaces: {s}|Count the characters, no spaces: "{s}"]
        """,
        'print(len("{s}".replace(" ", "")))',
        _COUNT,
        is_verbatim=True,
    ),
    Template(
        "s=sentence",
        """
        What is the longest word in "{s}"?
        [Find the longest word: {s}|Which word is longest in this: "{s}"?]
        """,
        'print(max("{s}".split(), key=len))',
        "{out}\nIt is {out}.\nThe longest word is {out}.",
        is_verbatim=True,
        is_text=True,
    ),
    Template(
        "a=item b=item c=item d=item e=item",
        """
        [Sort|Put in alphabetical order|Order alphabetically]: {a}, {b}, {c}, {d}, {e}
        [What is the alphabetical order of|Alphabetise] {a}, {b}, {c}, {d}, {e}?
        """,
        'print(", ".join(sorted(["{a}", "{b}", "{c}", "{d}", "{e}"])))',
        "{out}",
        is_verbatim=True,
        is_text=True,
    ),
    Template(
        "a=name b=name c=name d=name",
        """
        Which of [these names|the names] comes first in the alphabet: {a}, {b}, {c} or {d}?
        [Alphabetically first of|First in alphabetical order:] {a}, {b}, {c}, {d}?
        """,
        'print(min(["{a}", "{b}", "{c}", "{d}"]))',
        "{out}\nIt is {out}.\nThe first is {out}.",
        is_verbatim=True,
        is_text=True,
    ),
    Template(
        "n=100..9999999!",
        """
        What is the [sum of the digits|digit sum|cross sum] of {n}?
        [Add up the digits of {n}|Sum the digits in {n}]
        """,
        "print(sum([int(d) for d in str({n})]))",
        "{out}\nThe digit sum is {out}.\nIt is {out}.",
    ),
    Template(
        "n=100000..999999999!",
        """
        How many digits does {n} have?
        [Number of digits in {n}|count the digits of {n}]
        """,
        "print(len(str({n})))",
        "{out}\n{out} digits\nIt has {out} digits.",
    ),
    Template(
        "n=5..1023!",
        """
        [What is {n} in binary?|Convert {n} to binary|{n} as a binary number|Write {n} in base 2]
        """,
        "print(bin({n})[2:])",
        "{out}\n{n} in binary is {out}.",
    ),
    Template(
        "n=10..4095!",
        """
        [What is {n} in hexadecimal?|Convert {n} to hex|{n} in base 16|hex of {n}]
        """,
        "print(hex({n})[2:])",
        "{out}\nIn hexadecimal it is {out}.",
        is_text=True,
        when=lambda v: (
            any(c in "abcdf" for c in f"{int(v['n']):x}") and not f"{int(v['n']):x}"[0].isdigit()
        ),
    ),
    Template(
        "n=3..997!",
        """
        is {n} a prime number?
        [is {n} prime?|prime or not: {n}?]
        """,
        (
            "n = {n}\nprime = n > 1 and all([n % d for d in range(2, int(n ** 0.5) + 1)])\n"
            'print("yes" if prime else "no")'
        ),
        "{out}",
        is_text=True,
    ),
    Template(
        "a=30..400! b=3..29!",
        """
        is {a} divisible by {b}?
        can {a} be divided by {b} without a remainder?
        is {a} a multiple of {b}?
        """,
        'print("yes" if {a} % {b} == 0 else "no")',
        "{out}",
        is_text=True,
    ),
    Template(
        "a=10..60! b=61..400! c=3..12!",
        """
        how many [numbers|whole numbers] from {a} to {b} are divisible by {c}?
        how many multiples of {c} [lie|are] between {a} and {b}, both included?
        """,
        "print(len([n for n in range({a}, {b} + 1) if n % {c} == 0]))",
        _COUNT,
    ),
)
