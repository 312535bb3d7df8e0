// The built-in stories in German: what they are about, and their words.

extension StoryGrammar {
  /// Forms are named by the German word that stands in their place; endings that follow a stem
  /// (`sein`, an adjective) begin with the ending, `_` where there is none.
  static let germanSlots = """
    hero|kind|er|ihm|ihn|sein
    9 Lina|es Mädchen namens Lina|sie|ihr|sie|ihr
    8 Tim|er Junge namens Tim|er|ihm|ihn|sein
    7 Mia|es Mädchen namens Mia|sie|ihr|sie|ihr
    7 Ben|er Junge namens Ben|er|ihm|ihn|sein
    6 Emma|es Mädchen namens Emma|sie|ihr|sie|ihr
    6 Paul|er Junge namens Paul|er|ihm|ihn|sein
    6 Lotte|es Mädchen namens Lotte|sie|ihr|sie|ihr
    5 Jonas|er Junge namens Jonas|er|ihm|ihn|sein
    5 Klara|es Mädchen namens Klara|sie|ihr|sie|ihr
    5 Anton|er Junge namens Anton|er|ihm|ihn|sein
    5 Frieda|es Mädchen namens Frieda|sie|ihr|sie|ihr
    4 Oskar|er Junge namens Oskar|er|ihm|ihn|sein
    4 Marie|es Mädchen namens Marie|sie|ihr|sie|ihr
    4 Leo|er Junge namens Leo|er|ihm|ihn|sein
    3 Nele|es Mädchen namens Nele|sie|ihr|sie|ihr
    3 Fritz|er Junge namens Fritz|er|ihm|ihn|sein
    3 Jule|es Mädchen namens Jule|sie|ihr|sie|ihr
    3 Max|er Junge namens Max|er|ihm|ihn|sein

    friend
    5 Greta
    5 Emil
    4 Ida
    4 Hugo
    4 Rosa
    4 Karl
    3 Käthe
    3 Jörg
    2 Vera
    2 Theo

    elder|e|en|er
    6 Oma|e Oma|e Oma|sie
    5 Opa|_Opa|en Opa|er
    5 Mama|e Mama|e Mama|sie
    5 Papa|_Papa|en Papa|er
    3 Tante Ilse|e Tante Ilse|e Tante Ilse|sie
    3 Onkel Kurt|_Onkel Kurt|en Onkel Kurt|er

    animal|der|den|dem|er|ihm|lieber|sagte|treat
    7 ein Hund|der Hund|den Hund|dem Hund|er|ihm|er Hund|bellte|einen Knochen
    6 eine Katze|die Katze|die Katze|der Katze|sie|ihr|e Katze|schnurrte|etwas Milch
    6 ein Kaninchen|das Kaninchen|das Kaninchen|dem Kaninchen|es|ihm|es Kaninchen
     |lispelte|eine Möhre
    5 ein Fuchs|der Fuchs|den Fuchs|dem Fuchs|er|ihm|er Fuchs|sagte|eine Wurst
    5 eine Ente|die Ente|die Ente|der Ente|sie|ihr|e Ente|schnatterte|etwas Brot
    4 eine Eule|die Eule|die Eule|der Eule|sie|ihr|e Eule|krächzte|einen Schal
    4 ein Bär|der Bär|den Bären|dem Bären|er|ihm|er Bär|brummte|etwas Honig
    4 eine Maus|die Maus|die Maus|der Maus|sie|ihr|e Maus|piepste|etwas Käse
    4 ein Frosch|der Frosch|den Frosch|dem Frosch|er|ihm|er Frosch|quakte|ein grünes Blatt
    4 ein Igel|der Igel|den Igel|dem Igel|er|ihm|er Igel|grunzte|eine Birne
    3 ein Eichhörnchen|das Eichhörnchen|das Eichhörnchen|dem Eichhörnchen|es|ihm|es Eichhörnchen
     |plapperte|drei Nüsse
    3 eine Schildkröte|die Schildkröte|die Schildkröte|der Schildkröte|sie|ihr|e Schildkröte
     |murmelte|einen Salat
    3 eine Ziege|die Ziege|die Ziege|der Ziege|sie|ihr|e Ziege|meckerte|etwas Heu
    3 ein Rabe|der Rabe|den Raben|dem Raben|er|ihm|er Rabe|rief|einen Knopf
    2 ein Pony|das Pony|das Pony|dem Pony|es|ihm|es Pony|schnaubte|einen Apfel

    name
    4 Pip
    4 Zausel
    3 Bruno
    3 Coco
    3 Tilly
    3 Waldo
    2 Flocke
    2 Krümel
    2 Müsli
    2 Jojo
    1 Graf Egon

    toy|der|den|einen|meinen|mein|ihn
    7 Ball|der Ball|den Ball|einen roten Ball|en roten Ball|_Ball|ihn
    6 Drachen|der Drachen|den Drachen|einen bunten Drachen|en bunten Drachen|_Drachen|ihn
    5 Trommel|die Trommel|die Trommel|eine laute Trommel|e laute Trommel|e Trommel|sie
    5 Puppe|die Puppe|die Puppe|eine neue Puppe|e neue Puppe|e Puppe|sie
    4 Boot|das Boot|das Boot|ein weißes Boot|_weißes Boot|_Boot|es
    4 Hut|der Hut|den Hut|einen blauen Hut|en blauen Hut|_Hut|ihn
    4 Wagen|der Wagen|den Wagen|einen gelben Wagen|en gelben Wagen|_Wagen|ihn
    3 Trompete|die Trompete|die Trompete|eine goldene Trompete|e goldene Trompete|e Trompete|sie
    3 Buch|das Buch|das Buch|ein dickes Buch|_dickes Buch|_Buch|es
    3 Flöte|die Flöte|die Flöte|eine silberne Flöte|e silberne Flöte|e Flöte|sie
    3 Kreisel|der Kreisel|den Kreisel|einen grünen Kreisel|en grünen Kreisel|_Kreisel|ihn
    2 Lampe|die Lampe|die Lampe|eine alte Lampe|e alte Lampe|e Lampe|sie
    2 Roboter|der Roboter|den Roboter|einen winzigen Roboter|en winzigen Roboter|_Roboter|ihn
    2 Fernrohr|das Fernrohr|das Fernrohr|ein langes Fernrohr|_langes Fernrohr|_Fernrohr|es

    place|zu
    7 im Wald|in den Wald
    6 im Park|in den Park
    5 im Garten|in den Garten
    5 am Fluss|an den Fluss
    4 am See|an den See
    4 auf dem Hügel|auf den Hügel
    3 am Strand|an den Strand
    3 auf der Wiese|auf die Wiese
    3 bei der alten Mühle|zu der alten Mühle
    3 hinter dem Schloss|hinter das Schloss
    2 am Hafen|an den Hafen
    2 unter der Brücke|unter die Brücke

    skill|failed
    6 schwimmen|schluckte zu viel Wasser
    5 Rad fahren|fiel in einen Busch
    5 Brot backen|verbrannte jedes Brot
    4 jonglieren|ließ alle Bälle fallen
    4 Schlittschuh laufen|landete auf dem Eis
    4 pfeifen|pustete nur heiße Luft
    4 Pferde zeichnen|malte nur Kartoffeln
    3 Geige spielen|machte nur Lärm
    3 zaubern|verlor jede Karte
    3 auf Stelzen gehen|plumpste ins Heu
    """

  static let germanWords = """

    gather
    [4 Beeren|4 Pilze|3 Blumen|3 Kräuter|2 Federn|2 Eicheln]

    pause
    [4 Blumen pflücken|3 einen Schmetterling fangen|3 etwas Wasser trinken|3 <food> essen
     |2 {hero.sein}e Schuhe binden]

    lure
    [4 einem <tint>en Schmetterling|4 dem Lied eines Vogels|3 <number> Ameisen
     |1 dem Klang einer Glocke]

    gloom
    [4 wurde dunkel|3 fing an zu regnen|3 wurde kalt|2 war neblig|1 donnerte]

    past
    [4 über eine Brücke|4 an einem Brunnen vorbei|3 an einer Mauer entlang|3 durch ein Tor
     |2 unter <number> Eichen hindurch]

    beyond
    [4 über ein Feld|3 um einen Teich|3 eine Leiter hinunter|2 zwischen <number> Scheunen hindurch]

    spot
    [4 unter einer Bank|4 hinter einem Baum|3 im hohen Gras|2 im Schlamm]

    otherSpot
    [4 hinter einer Mauer|3 unter den Blättern|3 neben dem Weg|2 in einer Tonne]

    nest
    [4 in einem hohlen Baum|4 auf einem <size>en Busch|3 zwischen <number> Steinen
     |3 in einem alten Stiefel|2 auf dem Dach]

    master
    [4 ein Meister|3 eine Königin|3 ein Vogel|2 im Traum]

    nature
    [8 klein|6 nett|5 klug|5 fröhlich|5 mutig|4 schüchtern|4 neugierig|4 lustig|3 faul|3 still
     |3 freundlich|3 sanft|2 höflich|2 stur|2 geduldig|2 laut|1 stolz]

    look
    [6 klein|5 dick|4 jung|4 rund|3 winzig|3 dünn|3 alt|2 struppig|1 berühmt]

    mood
    [5 freundlich|5 klug|4 lustig|4 höflich|3 müde|3 neugierig|2 laut|2 weise]

    size
    [6 klein|5 groß|4 schön|4 krumm|3 hell|3 schmal|3 staubig|3 alt|2 bunt|2 seltsam|2 rund
     |1 königlich]

    sad
    [4 leis|3 traurig|3 seltsam|2 laut|2 dünn|1 tief]

    wild
    [4 stark|3 plötzlich|3 wild|2 kalt|1 pfeifend]

    weak
    [4 traurig|4 müde|4 hungrig|3 nass|2 blass|2 schmutzig]

    dear
    [4 lieb|3 gut|3 nett|2 tapfer|2 klug]

    house
    [5 Haus|4 Dorf|3 Häuschen|2 Turm|1 Zelt]

    near
    [5 neben|4 hinter|3 vor|2 über]

    landmark
    [5 dem Wald|5 dem Markt|4 der Kirche|4 dem Hafen|3 der Bäckerei|3 der Schule|3 dem Bahnhof
     |2 der Windmühle|2 dem Weinberg|1 dem Vulkan]

    food
    [5 Pfannkuchen|5 Kirschen|4 Nudeln|4 Waffeln|4 Brezeln|3 Birnen|3 Karotten|3 Himbeeren
     |3 Bohnen|2 Pflaumen|2 Radieschen|2 Erbsen|2 Bananen]

    sauce
    [4 Suppe|4 Sahne|3 Marmelade|3 Butter|2 Knoblauch|2 Vanillesoße|1 Senf]

    creatures
    [5 Pferde|5 Füchse|4 Bienen|4 Löwen|3 Wale|3 Schafe|3 Esel|3 Pinguine|2 Spinnen|2 Gänse
     |2 Einhörner|2 Elefanten]

    dreams
    [5 Löwen|4 Bienen|4 Elefanten|3 Giraffen|3 Schnecken|3 Raketen|2 Affen|2 Riesen|2 Tauben]

    pastime
    [5 Singen|5 Lesen|4 Malen|4 Tanzen|4 Klettern|3 Stricken|3 Angeln|3 Rudern|2 Hüpfen
     |2 Gärtnern|2 Turnen|1 Jodeln]

    chore
    [4 Rechnen|3 Aufräumen|3 Warten|3 Abwaschen|2 Aufstehen|1 Stillsitzen]

    housework
    [4 Abwaschen|3 Teekochen|3 Lesen|2 Geldzählen|2 Bügeln|1 Hühnerfüttern]

    number
    [6 zwei|6 drei|5 vier|5 fünf|4 sechs|4 sieben|3 acht|2 neun|2 zehn|2 zwölf|1 zwanzig]

    small
    [5 Knöpfe|4 Münzen|4 Federn|3 Muscheln|3 Murmeln|3 Steine|2 Schnecken|2 Kerzen|1 Stifte]

    thing
    [5 ein Seil|4 einen Schirm|4 eine Kerze|4 eine Decke|3 einen Korb|3 einen Löffel
     |3 eine Teekanne|3 eine Zeitung|2 ein Kissen|2 eine Landkarte|2 eine Zitrone|1 eine Posaune]

    thingWith
    [5 einem Seil|4 einem Schirm|4 einer Kerze|4 einer Decke|3 einem Korb|3 einem Löffel
     |3 einer Teekanne|3 einer Zeitung|2 einem Kissen|1 einer Posaune]

    tool
    [4 einen Stock|4 eine Leiter|3 eine Säge|3 einen Hammer|2 eine Schaufel|2 einen Eimer]

    style
    [4 lang|4 gelb|4 warm|3 gestreift|3 schief|2 elegant|2 geflickt]

    weather
    [5 sonnig|4 warm|4 windig|4 kalt|3 neblig|3 regnerisch|2 trüb|1 stürmisch]

    weekday
    [4 Sonntag|4 Montag|3 Dienstag|3 Freitag|3 Samstag|2 Mittwoch|2 Donnerstag]

    tint
    [5 rot|5 blau|4 grün|4 weiß|3 gelb|3 braun|2 schwarz|1 violett]

    sadly
    [6 .|3  traurig.|3  leise.|2  still.|2  endlich.|2  unter Tränen.]

    kindly
    [6 .|3 <manner>.|2  mit einem Lächeln.|2  und zwinkerte.]

    manner
    [4  freundlich|4  sanft|3  langsam|3  leise|2  herzlich]

    gently
    [4 leise|4 fröhlich|3 schnell|2 stolz|1 heimlich]

    answered
    [5 sagte|4 antwortete|3 schluchzte|3 flüsterte|2 seufzte|1 murmelte]

    shouted
    [4 rief|4 schrie|2 brüllte]
    """
}
