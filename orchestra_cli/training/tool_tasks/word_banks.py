"""Words that fill gaps: people, things, places. Plain and many."""

# ruff: noqa: SIM905

NAMES = (
    "Anna Ben Clara David Emma Farid Grace Hugo Ines Jonas Kofi Lena Maria Nils Olga Paul "
    "Rosa Sam Tara Umar Vera Will Yara Zoe Amir Bella Carlos Dana Elif Finn Gina Hana Ivan "
    "Julia Karl Lucy Marco Nadia Oscar Priya Quinn Ravi Sofia Tom Uma Victor Wanda Xavier "
    "Yusuf Mei Liam Noah Ada Leo Maya Peter Ruth Sven Theo Iris Otto Nora"
).split()
SURNAMES = (
    "Baker Novak Okafor Lindqvist Meyer Santos Petrov Hughes Kowalski Tanaka Fischer Moreau "
    "Rossi Jensen Walsh Haddad Mbeki Larsen Dubois Costa Keller Singh Brandt Nowak Weber "
    "Ortega Varga Bianchi Hall Osei Ferreira Lund Marsh Quist Reyes Stone Tran Ueda Voss "
    "Yilmaz Zeller Abbott"
).split()
ITEMS = (
    "apples pens notebooks tickets mugs chairs lamps shirts books candles towels bottles "
    "pizzas sandwiches plants bricks tiles batteries cables folders posters eggs lemons "
    "bagels muffins tulips stickers scarves magnets umbrellas cushions postcards screws vases"
).split()
COUNTED = (
    "marbles stamps coins shells cards stickers beads crayons buttons sweets pencils toys "
    "photos badges acorns balloons cookies pebbles"
).split()
GROUPS = "boxes bags crates trays packs shelves rows tables baskets cartons jars drawers".split()
DEAR = (
    "laptop bicycle sofa jacket camera phone guitar desk coat watch tent fridge mattress "
    "monitor suitcase dress printer dishwasher blender rug bookcase ring TV headset"
).split()
FOODS = (
    "flour sugar rice lentils cheese coffee apples potatoes chicken butter almonds pasta "
    "oats beef tomatoes grapes salmon honey beans carrots"
).split()
DISHES = "pancakes soup stew curry lasagne muffins risotto pizza pie bread chilli waffles".split()
CITIES = (
    "Lyon Porto Hamburg Leeds Turin Bergen Gdansk Bilbao Ghent Malmö Graz Basel Cork Bari "
    "Nantes Kiel Utrecht Dijon Split Tartu Oxford Denver Austin Perth Calgary"
).split()
STREETS = (
    "Elm Street, Harbour Road, Station Lane, Mill Street, Oak Avenue, Park Row, Bridge "
    "Street, Lindenweg, Chapel Lane, Garden Road, Market Square, Hill Street, Birch Close, "
    "Canal Street, Rue Voltaire, Queen Street, North Terrace, Rose Alley, Maple Drive, "
    "Castle Street"
).split(", ")
VEHICLES = "car train bus van truck motorbike coach tram lorry ferry".split()
WORDS = (
    "strawberry banana mississippi committee bookkeeper parallel necessary accommodation "
    "onomatopoeia refrigerator encyclopedia balloon raspberry watermelon successful "
    "occurrence embarrassment possession assessment tennessee rhythm international chocolate "
    "university pepper caterpillar wednesday anniversary intelligence programming "
    "hippopotamus statistics engineering butterfly mathematics assassin alliteration "
    "bubblegum dictionary queue television photograph grasshopper adventure kangaroo "
    "umbrella crocodile philosophy satellite vegetable marmalade pineapple responsibility "
    "electricity xylophone giraffe lollipop cinnamon marshmallow temperature"
).split()
SENTENCES = (
    "the quick brown fox jumps over the lazy dog",
    "we will meet at the station after lunch",
    "she sells sea shells by the sea shore",
    "please bring your own cup and a warm coat",
    "nobody knows what the cat does at night",
    "a small boat crossed the wide grey river",
    "our team won the last game of the season",
    "turn left at the church and follow the path",
    "the invoice must be paid before the end of the month",
    "rain is expected in the north during the evening",
    "my sister keeps bees behind the old barn",
    "every good story needs a door that stays shut",
    "the museum opens late on the first friday",
    "he put the letters back in the blue tin",
    "five green bottles were standing on the wall",
    "we ran out of bread before the guests came",
)
