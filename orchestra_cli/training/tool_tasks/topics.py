"""What people ask experts about: concepts, events, works, chores, choices. Words for templates."""

# ruff: noqa: SIM905

from __future__ import annotations

CONCEPTS = (
    "photosynthesis|inflation|the greenhouse effect|quantum entanglement|natural selection|a "
    "black hole|machine learning|the placebo effect|supply and demand|osmosis|plate "
    "tectonics|the French Revolution|stoicism|blockchain|gravity|the water cycle|encryption|"
    "recursion|existentialism|the immune system|opportunity cost|nuclear fusion|a mortgage|"
    "compound sentences|the stock market|antibiotic resistance|fermentation|impressionism|"
    "relativity|habeas corpus|the Doppler effect|mitosis|a virus|democracy|game theory|the "
    "carbon cycle|jazz harmony|iambic pentameter|a vaccine|dark matter|the big bang|monetary "
    "policy|CRISPR|entropy|a semiconductor|the ozone layer|probability|the subjunctive|"
    "utilitarianism|a hash table|photons|tectonic plates"
).split("|")
PAIRS = (
    "weather and climate|a virus and a bacterium|HTTP and HTTPS|jam and marmalade|mitosis "
    "and meiosis|stocks and bonds|affect and effect|a frog and a toad|TCP and UDP|baking "
    "soda and baking powder|socialism and communism|RAM and storage|a psychologist and a "
    "psychiatrist|who and whom|a crocodile and an alligator|speed and velocity|civil law and "
    "criminal law|lager and ale|a list and a tuple in Python|a comet and an asteroid|butter "
    "and margarine|metaphor and simile|a debit card and a credit card|arteries and veins|a "
    "violin and a viola|machine learning and statistics|espresso and filter coffee|a "
    "solicitor and a barrister|acids and bases|atoms and molecules"
).split("|")
WHYS = (
    "the sky blue|the sea salty|bread rising with yeast|honey never going bad|ice floating "
    "on water|the moon always showing the same face|onions making us cry|leaves changing "
    "colour|thunder coming after lightning|planes able to fly|the earth's core hot|cats "
    "purring|rust red|the Roman Empire gone|metal colder to the touch than wood|yawning "
    "contagious|stars twinkling|Venice sinking|sugar bad for teeth|the Mona Lisa so famous|"
    "Latin a dead language|bees important"
).split("|")
DOINGS = (
    "remove red wine from a carpet|fix a dripping tap|descale a kettle|sharpen a kitchen "
    "knife|tie a bow tie|ask for a raise|prepare for a job interview|stop hiccups|train a "
    "puppy|learn the guitar|fall asleep faster|repot an orchid|change a flat tyre|bake "
    "sourdough bread|negotiate my rent|write a will|clean a cast iron pan|make friends in a "
    "new city|stop biting my nails|start running|boil an egg|fold a fitted sheet|jump-start "
    "a car|set up a VPN|get rid of ants|paint a wall without streaks|meditate|memorise "
    "vocabulary|prune roses|unclog a drain|poach an egg|choose a mattress|start a podcast|"
    "write a CV|give better presentations|potty-train a toddler|hang a heavy picture|wash a "
    "down jacket|remove a tick|reset a router|deal with a rude colleague|cook rice without a "
    "rice cooker|back up my phone|get over a break-up|grow basil indoors|ripen an avocado|"
    "iron a shirt|apply for a visa|read more books|change a fuse"
).split("|")
THINGS = (
    "autumn|my grandmother's garden|a lonely lighthouse|the sea|an old bicycle|the first "
    "snow|a lost cat|coffee|friendship|the night train|a robot that paints|winter in the "
    "city|homesickness|a dog who is afraid of thunder|two rivals|time travel|the last "
    "bookshop|moving house|a stubborn goat|the smell of rain|a clock that runs backwards|"
    "growing up|a picnic|silence|a village on an island"
).split("|")
FORMS = "a poem|a short story|a haiku|a limerick|a song text|a fairy tale|a joke|a riddle".split(
    "|"
)
LETTERS = (
    "asking my landlord to repair the heating|thanking a colleague for her help|to complain "
    "about a late parcel|cancelling my gym membership|applying for a job as a gardener|"
    "inviting friends to a housewarming|apologising to a customer|to my teacher about a "
    "missed test|asking for a day off|declining an offer politely|recommending a former "
    "employee|to a neighbour about noise|asking a professor for a reference|reminding "
    "someone of an unpaid bill|congratulating my boss"
).split("|")
CHOICES = (
    "buy or rent a flat|learn Python or JavaScript first|get a cat or a dog|study law or "
    "medicine|take the train or fly|move to the countryside|quit my job without a new one|"
    "buy an electric car|switch to Linux|work from home|go vegan|start a family at thirty|"
    "invest in gold|repair my old laptop or replace it|tell my friend the truth|take up "
    "running or swimming|lend money to my brother|change my career at forty|send my child to "
    "a private school|get a tattoo"
).split("|")
COUNTRIES = (
    "Portugal|Mongolia|Kenya|Bolivia|Latvia|New Zealand|Vietnam|Slovenia|Jordan|Uruguay|"
    "Ghana|Iceland|Nepal|Paraguay|Estonia|Morocco|Sri Lanka|Bulgaria|Senegal|Peru|Laos|"
    "Croatia|Oman|Chile|Cyprus|Ethiopia|Norway|Ecuador|Cambodia|Lithuania|Tunisia|Finland|"
    "Panama|Georgia|Kazakhstan"
).split("|")
WORKS = (
    "Moby-Dick|The Magic Flute|Frankenstein|The Night Watch|Don Quixote|Pride and Prejudice|"
    "The Trial|Crime and Punishment|The Four Seasons|Guernica|The Odyssey|Hamlet|One Hundred "
    "Years of Solitude|The Starry Night|War and Peace|Carmen|The Divine Comedy|Brave New "
    "World|Swan Lake|The Scream|Dracula|Middlemarch|La Bohème|The Thinker|Animal Farm|"
    "Ulysses|Faust|Candide"
).split("|")
EVENTS = (
    "the Berlin Wall|the Roman Republic|the Black Death|the moon landing|the printing press|"
    "the Suez Canal|the Magna Carta|the Boston Tea Party|the Russian Revolution|the fall of "
    "Constantinople|the Great Fire of London|the Meiji Restoration|apartheid|the Cuban "
    "missile crisis|the Silk Road|the Treaty of Versailles|the Industrial Revolution|the "
    "Spanish Armada|the Great Depression"
).split("|")
PEOPLE = (
    "Marie Curie|Ibn Battuta|Ada Lovelace|Simón Bolívar|Rosa Parks|Johannes Kepler|Hypatia|"
    "Alan Turing|Frida Kahlo|Genghis Khan|Florence Nightingale|Socrates|Nelson Mandela|"
    "Charles Darwin|Cleopatra|Confucius|Amelia Earhart|Leonardo da Vinci|Mary Shelley|Mozart|"
    "Emmy Noether|Hannibal"
).split("|")
LANGUAGES = "German|French|Spanish|Italian|Dutch|Portuguese|Polish|Swedish|Japanese|Turkish".split(
    "|"
)
PHRASES = (
    "good evening, may I come in?|where is the nearest pharmacy?|I would like to pay, please|"
    "the train is late again|happy birthday to you all|I have a reservation for tonight|"
    "could you speak more slowly?|we are lost|my luggage did not arrive|it was a pleasure to "
    "meet you|I am allergic to nuts|what do you recommend?|see you next week|I love this "
    "city|can you help my father?"
).split("|")
CODES = (
    "reverses a linked list|reads a CSV file and prints its columns|finds duplicates in a "
    "folder|checks whether a text is a palindrome|sends an email|scrapes a table from a web "
    "page|merges two sorted lists|validates an email address|draws a bar chart|parses "
    "command line arguments|renames photos by their date|computes a moving average|caches "
    "results|retries a failed download|traverses a binary tree|resizes images|converts JSON "
    "to YAML|counts words in a file"
).split("|")
AILMENTS = (
    "a sore throat|a twisted ankle|migraine|a cough that won't go away|sunburn|heartburn|a "
    "stiff neck|a nosebleed|insomnia|a bee sting|dry skin|seasickness|a swollen knee|hay "
    "fever|a burn"
).split("|")
KINDS_OF_ADVICE = (
    "a novel for a long flight|a film for a rainy evening|a gift for my father|a name for a "
    "grey cat|a board game for four|a beginner's telescope|a hobby for the winter|a quick "
    "vegetarian dinner|a podcast about history|a city for a long weekend|a plant for a dark "
    "room|a first programming language|a good non-alcoholic drink|a workout without "
    "equipment|a slogan for a bakery|a title for my blog about bread|a wine for grilled fish|"
    "a toast for a wedding|a day trip with children"
).split("|")
FACTS = (
    "who invented the telephone|what is the largest ocean|how do bees make honey|what causes "
    "tides|which planet has the most moons|who was the first woman in space|what is the "
    "chemical symbol of tungsten|how does a microwave oven work|what language is spoken in "
    "Brazil|which animal sleeps the most|who painted the ceiling of the Sistine Chapel|what "
    "is the currency of Japan|where do penguins live|how do vaccines work|what does GDP "
    "stand for|which river flows through Vienna|who discovered penicillin|what is the "
    "fastest land animal|how are diamonds formed|what is the smallest country|who was the "
    "first emperor of Rome|why did the dinosaurs die out|which metal is liquid at room "
    "temperature|what is the national dish of Ethiopia|how do submarines dive|what is a "
    "group of crows called|who developed the theory of evolution|how does GPS find my "
    "position|what are the rules of cricket|which instrument has 88 keys|what is the boiling "
    "point of mercury|who is the patron saint of travellers|what do pandas eat|how do "
    "magnets work|where does cinnamon come from|which war ended in 1648|what is the tallest "
    "mountain in Africa|how do touch screens work|who composed the Moonlight Sonata|what are "
    "the symptoms of scurvy|how is paper made|which vitamin does sunlight give us|what is "
    "the plot of The Tempest|who won the world cup in 1998"
).split("|")
