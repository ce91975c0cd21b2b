"""The questions that the rules take for calculations, what the user then reads, and all others.

Every program runs in the real python tool; the expected sentences were worked out by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from calculations import TODAY, answer

from orchestra_cli.rules.calculation import find_calculation
from orchestra_cli.rules.number_words import digits_for_words
from orchestra_cli.rules.program import show_number
from tools.python import PythonTool


@pytest.fixture(scope="module")
def tool() -> Iterator[PythonTool]:
    python = PythonTool()
    yield python
    python.close()


CALCULATIONS = [
    ("What is 17% of 2,350?", "17% of 2,350 is 399.5."),
    ("what's 12 + 30", "12 + 30 = 42"),
    ("2+2", "2+2 = 4"),
    ("2 + 2 = ?", "2 + 2 = 4"),
    ("How much is 1,204 minus 377?", "1,204 minus 377 is 827."),
    ("compute 3.5 * (2 + 8)", "3.5 * (2 + 8) = 35"),
    ("Please calculate 144 divided by 12.", "144 divided by 12 is 12."),
    ("Could you work out 19 times 21 for me?", "19 times 21 is 399."),
    ("whats 7 x 8", "7 x 8 = 56"),
    ("6×7?", "6×7 = 42"),
    ("what is seven times eight", "7 times 8 is 56."),
    ("Two hundred and five plus ninety-nine", "205 plus 99 is 304."),
    ("what is 2.5 million divided by 4", "2,500,000 divided by 4 is 625,000."),
    ("Hey, what does 15 plus 27 equal?", "15 plus 27 is 42."),
    ("how much does 40 plus 2 make", "40 plus 2 is 42."),
    ("what do you get if you multiply 12 by 15", "12 times 15 is 180."),
    ("Multiply 2.5 and 8", "2.5 times 8 is 20."),
    ("Divide 81 by 9 please", "81 divided by 9 is 9."),
    ("add 17 to 25", "17 plus 25 is 42."),
    ("Add up 3, 5, and 8", "The sum of 3, 5, and 8 is 16."),
    ("what is the sum of 1,200, 34 and 6", "The sum of 1,200, 34 and 6 is 1,240."),
    ("Subtract 18 from 60", "60 minus 18 is 42."),
    ("what is 5 subtracted from 12", "12 minus 5 is 7."),
    ("What's the difference between 93 and 120?", "The difference of 93 and 120 is 27."),
    ("what is the product of 4, 5 and 6?", "The product of 4, 5 and 6 is 120."),
    ("What is the average of 4, 8, 15 and 17?", "The average of 4, 8, 15 and 17 is 11."),
    ("mean of 1,2,3,4", "The average of 1,2,3,4 is 2.5."),
    ("square root of 144", "Square root of 144 is 12."),
    ("What's the square root of 2?", "Square root of 2 is 1.4142135624."),
    ("sqrt(81) + 1", "Sqrt(81) + 1 is 10."),
    ("cube root of 27", "The cube root of 27 is 3."),
    ("What is 2 to the power of 10?", "2 to the power of 10 is 1,024."),
    ("2^10", "2^10 = 1,024"),
    ("2**100", "2**100 = 1,267,650,600,228,229,401,496,703,205,376"),
    ("what is 3 to the 4th power", "3 to the power of 4 is 81."),
    ("12 squared", "12 squared is 144."),
    ("5 cubed minus 5", "5 cubed minus 5 is 120."),
    ("factorial of 6", "Factorial of 6 is 720."),
    ("5!", "5! = 120"),
    ("20 factorial", "20 factorial is 2,432,902,008,176,640,000."),
    ("17 mod 5", "17 mod 5 is 2."),
    ("remainder of 17 divided by 5", "17 divided by 5 leaves 2."),
    ("What's the remainder when 100 is divided by 7?", "100 divided by 7 leaves 2."),
    ("how many times does 7 go into 91", "91 divided by 7 is 13."),
    ("half of 86", "Half of 86 is 43."),
    ("a third of 2.4", "A third of 2.4 is 0.8."),
    ("What is 3/4 of 80?", "3/4 of 80 is 60."),
    ("twice 21", "Twice 21 is 42."),
    ("10 / 4", "10 / 4 = 2.5"),
    ("10 over 4", "10 over 4 is 2.5."),
    ("1 / 3", "1 / 3 = 0.3333333333"),
    ("0.1 + 0.2 - 0.3", "0.1 + 0.2 - 0.3 = 0"),
    ("33.3 - 33.29", "33.3 - 33.29 = 0.01"),
    ("-5 + 3", "-5 + 3 = -2"),
    ("2(3+4)", "2(3+4) = 14"),
    ("$19.99 + $5.01", "$19.99 + $5.01 = 25"),
    ("20 percent of 60", "20% of 60 is 12."),
    ("What's fifteen percent of eighty?", "15% of 80 is 12."),
    ("What is 0.5% of 10,000", "0.5% of 10,000 is 50."),
    ("increase 200 by 15%", "200 plus 15% is 230."),
    ("If I reduce 80 by 25 per cent what do I get?", "80 less 25% is 60."),
    ("250 - 20%", "250 less 20% is 200."),
    ("100 plus 20% VAT", "100 plus 20% is 120."),
    ("30% off 85", "85 less 30% is 59.5."),
    ("What is a 15% tip on $45?", "A 15% tip on $45 is 6.75."),
    ("What percentage of 80 is 20?", "20 is 25% of 80."),
    ("What percent is 30 of 120", "30 is 25% of 120."),
    ("18 is what percent of 72?", "18 is 25% of 72."),
    ("45 out of 60 as a percentage", "45 is 75% of 60."),
    ("12 is 30% of what number?", "12 is 30% of 40."),
    ("percentage increase from 40 to 50", "From 40 to 50 is a change of 25%."),
    ("How many days between 1 March 2024 and 1 March 2025?",
     "From 1 March 2024 to 1 March 2025 it is 365 days."),
    ("How many weeks are there from 2024-01-01 to 2024-03-11?",
     "From 2024-01-01 to 2024-03-11 it is 10 weeks."),
    ("how many days until Christmas?", "Until Christmas it is 225 days."),
    ("How many days are there between 20 December and 5 January?",
     "From 20 December to 5 January it is 16 days."),
    ("days since May 1st, 2025", "Since May 1st, 2025 it has been 13 days."),
    ("What day of the week was July 20, 1969?", "July 20, 1969 was a Sunday."),
    ("which weekday does 29 February 2028 fall on", "29 February 2028 is a Tuesday."),
    ("On what day of the week will the 4th of July 2026 be?",
     "The 4th of July 2026 is a Saturday."),
    ("what date is 90 days after 28 February 2024",
     "90 days after 28 February 2024 is Tuesday 28 May 2024."),
    ("What's the date 2 weeks ago?", "2 weeks before today is Wednesday 30 April 2025."),
    ("what day will it be in 100 days?", "100 days after today is Friday 22 August 2025."),
    ("a week before Christmas", "1 week before Christmas is Thursday 18 December 2025."),
    ("In 45 days, what date will it be?", "45 days after today is Saturday 28 June 2025."),
    ("What's today's date?", "Today is Wednesday 14 May 2025."),
    ("what day is it today", "Today is Wednesday 14 May 2025."),
    ("Is 2024 a leap year?", "2024 was a leap year."),
    ("Was 1900 a leap year?", "1900 was not a leap year."),
    ("5 miles in km", "5 miles is 8.04672 km."),
    ("How many ounces are in 2.5 kg?", "2.5 kg is 88.184905 ounces."),
    ("100 F to C", "100 F is 37.777778 C."),
    ("convert minus forty celsius to fahrenheit", "-40 celsius is -40 fahrenheit."),
    ("what is 20°C in Fahrenheit?", "20 C is 68 Fahrenheit."),
    ("how many feet are there in a mile?", "1 mile is 5,280 feet."),
    ("How many seconds in a week", "1 week is 604,800 seconds."),
    ("how tall is 6 feet in cm", "6 feet is 182.88 cm."),
    ("How many litres are 3 gallons?", "3 gallons is 11.356235 litres (US measures)."),
    ("120 km/h in mph", "120 km/h is 74.564543 mph."),
    ("how many MB are in 2.5 GB", "2.5 GB is 2,500 MB."),
    ("100 Mb in MB", "100 Mb is 12.5 MB."),
    ("3 acres to hectares", "3 acres is 1.214057 hectares."),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), CALCULATIONS, ids=[q for q, _ in CALCULATIONS])
def test_sentence(tool: PythonTool, question: str, expected: str) -> None:
    assert answer(tool, question) == expected


NO_CALCULATIONS = [
    "Who wrote Nineteen Eighty-Four?",
    "What happened on 9/11?",
    "What is 9/11?",
    "What does 24/7 mean?",
    "what is 24/7",
    "Explain the 80/20 rule.",
    "What was the 1914-1918 war?",
    "what is 1914-1918",
    "Call 555-1234",
    "555-1234",
    "what is 030-555-0199",
    "03/04/2024",
    "How many days between 03/04/2024 and 05/06/2024?",
    "what day is 3/4/2024",
    "3/4/2024",
    "What weekday is February 30 2024?",
    "What day was 29 February 2023?",
    "How many days between 31 April 2024 and 2 May 2024?",
    "what day is 2024-13-01",
    "What is a day?",
    "What is a date?",
    "what are 7 days",
    "What is 3 weeks?",
    "What happened 100 days ago?",
    "How long is a day on Mars?",
    "How many days are in a lunar month?",
    "A train travels 60 miles in 2 hours. How fast is it?",
    "If Anna has 3 apples and buys 4 more, how many apples does she have?",
    "Tom is twice as old as Ann, who is 12. How old is Tom?",
    "A shirt costs 40 euros plus 20% VAT and I have 50 euros, can I buy it?",
    "Split 120 euros among Ann, Bob and Cy in the ratio 1:2:3.",
    "What is the population of Paris divided by that of Lyon?",
    "How many people are 5 feet tall?",
    "Is 17 a prime number?",
    "What is the meaning of 42?",
    "Why is 2 + 2 = 4?",
    "2 + 2 = 5",
    "Solve 2x + 3 = 7",
    "What is 10% + 5?",
    "20% - 5",
    "what is 3,5% of 80",
    "1,5 + 2,5",
    "add up 1,200,5",
    "average of 1,200",
    "What is 0x10 + 1?",
    "what is 7 times 8!",
    "What is a 4x4?",
    "Tell me about the Boeing 747-400.",
    "Which is bigger, 3/4 or 5/8?",
    "How do I convert miles to kilometres?",
    "How many miles is it from Rome to Naples?",
    "What is 5 pounds in euros?",
    "convert 5 USD to EUR",
    "How many calories are in 100 g of rice?",
    "How many cups are in 200 grams of flour?",
    "what is 5 miles in kilograms",
    "how many ounces are in a gallon",
    "2 tons in kg",
    "5 m/s in celsius",
    "What percentage of people are left-handed?",
    "What's the difference between TCP and UDP?",
    "what is the sum of human knowledge",
    "Give me 3 reasons to learn 2 languages.",
    "ISBN 978-3-16-148410-0",
    "What is Python 3.11.2?",
    "Half of all marriages end how?",
    "One plus One is a Russian film, isn't it?",
    "how do plus sizes work",
    "What time is it in Tokyo?",
    "Who won 3-1 last night?",
    "It is 10 over there, is it not?",
    "C++",
    "5",
    "-5",
    "sqrt",
    "sqrt + 2",
    "factorial(2, 3)",
    "__import__('os').system('true') + 1",
    "(lambda: 5)() + 1",
    "'a' * 10",
    "2 if 3 else 4",
    "1if 2else 3",
    "٣ + ٤",
    "",
    "?",
]


@pytest.mark.parametrize("question", NO_CALCULATIONS)
def test_anything_else_is_not_claimed(question: str) -> None:
    assert find_calculation(question, today=TODAY) is None


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("twenty-five", "25"),
        ("nine hundred and ninety nine", "999"),
        ("seven hundred", "700"),
        ("two hundred thousand", "200,000"),
        ("1.5 million people", "1,500,000 people"),
        ("3,5 million", "3,5 million"),
        ("one two", "1 2"),
        ("someone often weighs a ton", "someone often weighs a ton"),
        ("twenty-something", "twenty-something"),
        ("two-thirds", "two-thirds"),
    ],
)
def test_numbers_in_words(words: str, digits: str) -> None:
    assert digits_for_words(words) == digits


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9396", "9,396"),
        ("-0.0", "0"),
        ("1e-07", "0.0000001"),
        ("1e+22", "about 10,000,000,000,000,000,000,000"),
        ("1e+300", "1e+300"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("Sunday", "Sunday"),
        ("(1+2j)", "(1+2j)"),
        ("0.30000000000000004", "0.3"),
        ("1" * 60, re.sub(r"(?<=1)(?=(?:111)+$)", ",", "1" * 60)),
    ],
)
def test_numbers_are_shown_as_people_write_them(text: str, shown: str) -> None:
    assert show_number(text) == shown
