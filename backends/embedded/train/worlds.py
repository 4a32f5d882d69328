"""The small worlds that Abacus' problems are set in.

A world is three lists of pieces: how a problem opens, what happens then, and what is asked. A piece
is a sentence with slots and the expression of the value after it. In expressions, a, b, k are the
piece's own numbers, v is the value so far, and p the value before the world's first "other".

Slots: {N} and {M} two people, {he} {his} {him} of N, {T} things, {a} {b} {k} numbers.
"""

BOYS = "Tom Ben Sam Leo Max Tim Jack Paul Omar Luis Ivan Noah Adam Finn Hugo Karl".split()
GIRLS = "Ann Eva Mia Zoe Lily Sara Nora Ida Ruth Lena Emma Kate Rosa Jane Aya Vera".split()

# Things that are counted, all plural and regular enough for every sentence below.
THINGS = (
    "apples pears plums cookies stamps coins pens books cards balls shells stones buttons "
    "beads marbles stickers tickets eggs cups keys nuts toys roses candles"
).split()

WORLDS = {
    # One person's things come and go.
    "things": {
        "open": [
            ("{N} has {a} {T}.", "a"),
            ("{N} owns {a} {T}.", "a"),
            ("{N} starts with {a} {T}.", "a"),
            ("There are {a} {T} in {N}'s bag.", "a"),
            ("{N} has {a} boxes of {b} {T}.", "a*b"),
            ("{N} buys {a} bags with {b} {T} each.", "a*b"),
            ("{N} has {a} red {T} and {b} blue {T}.", "a+b"),
            ("{N} finds {a} {T} at home and {b} at school.", "a+b"),
            ("{N} and {M} share {a} {T} equally. {N} keeps {his} half.", "a/2"),
            ("{N} had {a} {T} but lost {b}.", "a-b"),
        ],
        "then": [
            ("{he} buys {b} more.", "v+b"),
            ("{he} finds {b} more {T}.", "v+b"),
            ("{M} gives {him} {b} {T}.", "v+b"),
            ("{he} gets {b} from {M}.", "v+b"),
            ("{he} gives {b} to {M}.", "v-b"),
            ("{he} loses {b} of them.", "v-b"),
            ("{he} sells {b} {T}.", "v-b"),
            ("{M} takes {b} of them.", "v-b"),
            ("{he} buys {a} bags of {b} {T} more.", "v+a*b"),
            ("{he} gives {a} {T} to each of {k} friends.", "v-a*k"),
            ("Then {his} number of {T} doubles.", "v*2"),
            ("By May {he} has {k} times as many.", "v*k"),
            ("{he} splits them into {k} equal heaps and keeps one.", "v/k"),
            ("{he} gives half of them away.", "v/2"),
        ],
        "ask": [
            ("How many {T} does {N} have?", "v"),
            ("How many {T} does {he} have now?", "v"),
            ("How many {T} are left with {N}?", "v"),
            ("{he} puts them equally into {k} boxes. How many {T} are in each box?", "v/k"),
            ("{he} needs {b} {T}. How many more does {he} need?", "b-v"),
        ],
    },
    # Two people compare.
    "two people": {
        "open": [
            ("{N} has {a} {T}.", "a"),
            ("{N} has {a} boxes of {b} {T}.", "a*b"),
            ("{N} had {a} {T} and got {b} more.", "a+b"),
            ("{N} had {a} {T} and gave {b} away.", "a-b"),
        ],
        "other": [
            ("{M} has {b} more than {N}.", "v+b"),
            ("{M} has {b} fewer than {N}.", "v-b"),
            ("{M} has {k} times as many as {N}.", "v*k"),
            ("{M} has half as many as {N}.", "v/2"),
        ],
        "then": [
            ("{M} buys {b} more.", "v+b"),
            ("{M} loses {b}.", "v-b"),
        ],
        "ask": [
            ("How many {T} does {M} have?", "v"),
            ("How many {T} do {N} and {M} have together?", "p+v"),
            ("How many {T} do they have in all?", "p+v"),
        ],
    },
    "money": {
        "open": [
            ("One toy costs {a} dollars. {N} buys {b} toys.", "a*b"),
            ("{N} buys {b} tickets at {a} dollars each.", "a*b"),
            ("{N} buys a hat for {a} dollars and a scarf for {b} dollars.", "a+b"),
            ("A coat costs {a} dollars, but today it is {b} dollars cheaper. {N} buys it.", "a-b"),
            ("{N} buys a lamp for {a} dollars.", "a"),
        ],
        "then": [
            ("{he} also buys a cake for {b} dollars.", "v+b"),
            ("{he} also takes {a} pens at {k} dollars each.", "v+a*k"),
            ("{he} has a coupon for {b} dollars off.", "v-b"),
            ("Posting costs {b} dollars more.", "v+b"),
            ("{he} and {M} each pay half.", "v/2"),
        ],
        "ask": [
            ("How many dollars does {N} pay?", "v"),
            ("What does {he} pay, in dollars?", "v"),
            ("{he} pays with {b} dollars. How many dollars does {he} get back?", "b-v"),
            ("{he} had {b} dollars. How many dollars are left?", "b-v"),
        ],
    },
    "work": {
        "open": [
            ("{N} reads {a} pages a day for {b} days.", "a*b"),
            ("{N} earns {a} points a game and plays {b} games.", "a*b"),
            ("{N} read {a} pages on Monday and {b} on Tuesday.", "a+b"),
            ("{N} saves {a} dollars a week for {b} weeks.", "a*b"),
            ("{N} bakes {a} rolls before noon and {b} after.", "a+b"),
            ("{N} plants {a} rows of {b} trees.", "a*b"),
        ],
        "then": [
            ("Then {he} adds {b}.", "v+b"),
            ("The next week it is {b} more than that.", "v+b"),
            ("Of these, {b} do not count.", "v-b"),
            ("A bonus makes it {k} times as much.", "v*k"),
            ("They are shared by {k} people, and {he} takes one share.", "v/k"),
            ("Then {b} are taken away.", "v-b"),
        ],
        "ask": [
            ("How many is that in the end?", "v"),
            ("What number does {N} end with?", "v"),
            ("The goal is {b}. How many are missing?", "b-v"),
        ],
    },
    "places": {
        "open": [
            ("A bus leaves with {a} people.", "a"),
            ("A train has {a} cars with {b} people in each.", "a*b"),
            ("A hall has {a} rows of {b} seats, all taken.", "a*b"),
            ("A farm has {a} hens and {b} ducks.", "a+b"),
            ("A pond holds {a} fish.", "a"),
            ("A school has {a} girls and {b} boys in the choir.", "a+b"),
        ],
        "then": [
            ("{b} leave.", "v-b"),
            ("Then {b} more come.", "v+b"),
            ("At noon {b} go and are not replaced.", "v-b"),
            ("{a} groups of {b} join them.", "v+a*b"),
            ("{a} groups of {b} go away.", "v-a*b"),
            ("Half of the rest leave.", "v/2"),
            ("Over the summer the number grows to {k} times that.", "v*k"),
        ],
        "ask": [
            ("How many are there now?", "v"),
            ("How many are there at the end?", "v"),
            ("They form {k} equal teams. How many are in a team?", "v/k"),
            ("There is room for {b}. How many places are free?", "b-v"),
        ],
    },
    "measures": {
        "open": [
            ("A rope is {a} meters long.", "a"),
            ("A tank holds {a} liters.", "a"),
            ("{N} ties {a} ropes of {b} meters into one.", "a*b"),
            ("{N} fills a tank with {a} cans of {b} liters.", "a*b"),
            ("A path of {a} meters is made {b} meters longer.", "a+b"),
            ("A plank of {a} meters is cut by {b} meters.", "a-b"),
        ],
        "then": [
            ("{N} uses {b} of it.", "v-b"),
            ("{b} more are added.", "v+b"),
            ("{N} takes away {a} times {b}.", "v-a*b"),
            ("Half of it is lost.", "v/2"),
            ("{N} makes it {k} times as much.", "v*k"),
            ("It is cut into {k} equal parts, and {N} takes one.", "v/k"),
        ],
        "ask": [
            ("How much is left?", "v"),
            ("How much is it now?", "v"),
            ("{N} needs {b}. How much is missing?", "b-v"),
            ("{N} makes equal parts of {k} each. How many parts?", "v/k"),
        ],
    },
}
