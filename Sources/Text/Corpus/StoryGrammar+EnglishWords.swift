// The built-in stories in English: what they are about, and their words. ASCII only.

extension StoryGrammar {
  static let englishSlots = """
    hero|child|he|him|his
    9 Lily|girl called Lily|she|her|her
    8 Tom|boy called Tom|he|him|his
    7 Mia|girl called Mia|she|her|her
    7 Ben|boy called Ben|he|him|his
    6 Anna|girl called Anna|she|her|her
    6 Max|boy called Max|he|him|his
    6 Rosie|girl called Rosie|she|her|her
    5 Sam|boy called Sam|he|him|his
    5 Ella|girl called Ella|she|her|her
    5 Leo|boy called Leo|he|him|his
    5 Nora|girl called Nora|she|her|her
    4 Finn|boy called Finn|he|him|his
    4 Zoe|girl called Zoe|she|her|her
    4 Jack|boy called Jack|he|him|his
    3 Clara|girl called Clara|she|her|her
    3 Oscar|boy called Oscar|he|him|his
    3 Emma|girl called Emma|she|her|her
    3 Felix|boy called Felix|he|him|his

    friend
    5 Kate
    5 Paul
    4 Ruby
    4 Hugo
    4 Ida
    4 Carl
    3 Sue
    3 Jim
    2 Vera
    2 Ned

    elder|he|his
    6 grandma|she|her
    5 grandpa|he|his
    5 mother|she|her
    5 father|he|his
    3 aunt May|she|her
    3 uncle Bob|he|his

    animal|said|treat
    7 dog|barked|a bone
    6 cat|purred|some milk
    6 rabbit|lisped|a carrot
    5 fox|said|a sausage
    5 duck|quacked|some bread
    4 owl|hooted|a scarf
    4 bear|growled|some honey
    4 mouse|squeaked|some cheese
    4 frog|croaked|a green leaf
    4 hedgehog|grunted|a pear
    3 squirrel|chattered|three nuts
    3 turtle|mumbled|a salad
    3 goat|bleated|some hay
    3 crow|cawed|a button
    2 pony|snorted|an apple

    name
    4 Pip
    4 Moss
    3 Bruno
    3 Coco
    3 Tilly
    3 Waldo
    2 Zigzag
    2 Fred
    2 Hazel
    2 Jojo
    1 Queenie
    1 Sir Lewis

    colour
    6 red
    5 blue
    4 green
    4 yellow
    3 white
    3 golden
    2 silver
    2 pink
    1 striped

    toy
    7 ball
    6 kite
    5 drum
    5 doll
    4 boat
    4 hat
    4 wagon
    3 trumpet
    3 book
    3 flute
    3 puppet
    2 lamp
    2 robot
    2 mirror
    2 key

    place|to
    7 in the forest|into the forest
    6 in the park|to the park
    5 in the garden|into the garden
    5 by the river|to the river
    4 at the lake|to the lake
    4 on the hill|up the hill
    3 on the beach|to the beach
    3 in the meadow|to the meadow
    3 near the old mill|to the old mill
    3 behind the castle|to the castle
    2 at the harbour|to the harbour
    2 under the bridge|under the bridge

    skill|doing|failed
    6 swim|swimming|swallowed too much water
    5 ride a bike|riding a bike|fell into a bush
    5 bake bread|baking bread|burned every loaf
    4 juggle|juggling|dropped all the plums
    4 skate|skating|landed on the ice
    4 whistle|whistling|blew only hot air
    4 draw horses|drawing horses|drew only potatoes
    3 play the violin|playing the violin|made a terrible noise
    3 do magic|doing magic|lost every card
    3 walk on stilts|walking on stilts|tumbled into the hay
    """

  static let englishWords = """

    gather
    [4 berries|4 mushrooms|3 flowers|3 herbs|2 feathers|2 acorns]

    pause
    [4 pick flowers|3 chase a butterfly|3 drink some water|3 eat <food>|2 tie {hero.his} shoe]

    lure
    [4 a <tint> butterfly|4 the song of a bird|3 <number> ants|1 the smell of soup]

    gloom
    [4 grew dark|3 began to rain|3 got cold|2 was foggy|1 thundered]

    past
    [4 over a bridge|4 past a well|3 along a wall|3 through a gate|2 under <number> oaks]

    beyond
    [4 across a field|3 around a pond|3 down a ladder|2 between <number> barns]

    spot
    [4 under a bench|4 behind a tree|3 in the tall grass|2 in the mud]

    otherSpot
    [4 behind a wall|3 under the leaves|3 next to the path|2 in a barrel]

    nest
    [4 in a hollow tree|4 on top of a <size> bush|3 between <number> stones|3 in an old boot
     |2 on a roof]

    master
    [4 master|3 champion|3 queen|2 bird]

    nature
    [8 little|6 kind|5 clever|5 cheerful|5 brave|4 shy|4 curious|4 funny|3 lazy|3 quiet
     |3 merry|3 gentle|2 polite|2 stubborn|2 lucky|2 noisy|1 proud]

    look
    [7 little|6 friendly|5 young|5 clever|4 funny|4 big|3 polite|3 sleepy|3 round|3 tiny
     |2 noisy|2 wise|2 thin|1 famous]

    size
    [6 small|5 big|4 beautiful|4 crooked|3 bright|3 narrow|3 dusty|3 wooden|2 round|2 strange
     |2 pretty|1 royal]

    sad
    [4 soft|3 sad|3 strange|2 loud|2 thin|1 deep]

    wild
    [4 strong|3 sudden|3 wild|2 cold|1 whistling]

    weak
    [4 sad|4 tired|4 hungry|3 cold|2 pale|2 dirty]

    dear
    [4 dear|3 kind|3 good|2 brave|2 clever]

    house
    [5 house|4 hut|3 cottage|2 tower|1 tent]

    near
    [5 near|4 behind|3 beyond|2 above]

    landmark
    [5 sea|5 forest|4 market|4 church|3 bakery|3 school|3 station|2 vineyard|2 windmill
     |1 volcano]

    food
    [5 apples|5 pancakes|4 cherries|4 noodles|4 cookies|3 pears|3 dumplings|3 carrots|3 nuts
     |2 plums|2 waffles|2 radishes|2 beans]

    food2
    [4 soup|4 cream|3 jam|3 butter|2 garlic|2 vanilla sauce|1 mustard]

    creatures
    [5 horses|5 foxes|4 bees|4 lions|3 whales|3 sheep|3 donkeys|3 penguins|2 spiders|2 geese
     |2 unicorns|2 elephants|1 dragons]

    pastime
    [5 singing|5 reading|4 painting|4 dancing|4 climbing|3 knitting|3 fishing|3 rowing
     |2 jumping|2 gardening|2 building towers|1 yodelling]

    chore
    [4 sums|3 tidying up|3 waiting|3 washing dishes|2 getting up|1 homework]

    chore.ing
    [4 washing dishes|3 making tea|3 reading|2 counting money|2 mending socks
     |1 feeding the hens]

    number
    [6 two|6 three|5 four|5 five|4 six|4 seven|3 eight|2 nine|2 ten|2 twelve|1 twenty]

    small
    [5 buttons|4 coins|4 feathers|3 shells|3 marbles|3 stones|2 snails|2 candles|1 pencils]

    thing
    [5 a rope|4 an umbrella|4 a candle|4 a blanket|3 a basket|3 a spoon|3 a teapot
     |3 a newspaper|2 a cushion|2 an old map|2 a lemon|1 a trombone]

    tool
    [4 a stick|4 a ladder|3 a saw|3 a hammer|2 a shovel|2 a bucket]

    garment
    [4 hat|4 scarf|3 coat|3 backpack|2 lantern|2 tie|1 crown]

    bodyPart
    [4 foot|3 nose|3 back|3 head|2 ear|2 belly]

    weather
    [5 sunny|4 warm|4 windy|4 cold|3 rainy|3 foggy|2 snowy|1 stormy]

    daytime
    [5 morning|4 afternoon|3 evening|2 noon|1 dawn]

    weekday
    [4 Sunday|4 Monday|3 Tuesday|3 Friday|3 Saturday|2 Wednesday|2 Thursday]

    sadly
    [6 .|3  sadly.|3  softly.|2  quietly.|2  at last.|2  with a sob.]

    kindly
    [6 .|3 <manner>.|2  with a smile.|2  and winked.]

    manner
    [4  kindly|4  gently|3  slowly|3  softly|2  warmly]

    tint
    [5 red|5 blue|4 green|4 white|3 yellow|3 brown|2 black|1 purple]

    style
    [4 long|4 yellow|4 woollen|3 torn|3 striped|2 shabby|1 golden]

    gently
    [4 gently|4 happily|3 quickly|2 proudly|1 secretly]

    answered
    [5 said|4 answered|3 sobbed|3 whispered|2 sighed|1 murmured]

    shouted
    [4 shouted|4 cried|3 called|2 yelled]
    """
}
