// The built-in stories in German: the five plots and their sentences.

extension StoryGrammar {
  package static let german = StoryGrammar(
    slots: germanSlots, rules: germanPlots + germanSentences + germanWords)

  /// The story and its five plots.
  private static let germanPlots = """
    story
    <opening> <habit> <when> <plot> <ending>

    plot
    5 nahm {hero} {hero.sein}{toy.meinen} und ging {place.zu}. <lost>
    4 hörte {hero} {place} <cry>. <rescue>
    4 wollte {hero} {skill} lernen. <learn>
    3 fanden {hero} und {friend} {place} {toy.einen}. <share>
    4 ging {hero} {place.zu}, um <gather> zu [5 suchen|3 sammeln|2 zählen]. <astray>

    lost
    <gone> <search> <sorrow> <meet> <ask> „Ich habe mein{toy.meinen} verloren“, <answered>
     {hero}<sadly> <offer> <found> <thanks>

    rescue
    Es war {animal}, <look> und <mood>. {Animal.er} steckte in einem <size>en
     [5 Loch|4 Zaun|3 Netz|3 Busch|2 Eimer|1 Stiefel] fest. „[4 Bitte hilf mir|3 Hol mich hier raus
     |2 Hilfe], {hero}!“, {animal.sagte} {animal.der}. „<plea>“ <try> Da rief {hero.er}
     {hero.sein}{elder.en}. <freed> <relief>

    learn
    <hard> {Hero.er} versuchte es [4 einmal|4 mehrmals|3 <number> Stunden lang|2 den ganzen Tag],
     aber {hero.er} {skill.failed}. „<despair>“, <answered> {hero}<sadly> {Hero.sein}{elder.e}
     <came>. „<patience>“, sagte {elder.er}<kindly> „<advice>“ <practice>
     [5 Endlich|3 Dann|2 Am Ende] konnte {hero}
     [5 sehr gut|4 ganz allein|3 wie <master>|2 mit geschlossenen Augen] {skill}! <praise>

    share
    „Das gehört mir!“, <shouted> {hero}. „Nein, ich war zuerst da!“, <shouted> {friend}. Sie
     <fought>, bis {toy.der} <fell>. Da kam {hero.sein}{elder.e} und brachte <thing> mit.
     „[4 Warum streitet ihr|3 Warum seid ihr so wütend|2 Was ist das für ein Lärm]?“, fragte
     {elder.er}<kindly> „<justice>“ „Es tut mir leid“, <answered> {friend}<sadly> <together>

    astray
    Dort folgte {hero.er} <lure>, und bald hatte {hero.er} sich verlaufen. Es <gloom>, und
     {hero} war <weak>. <sorrow> <meet> <ask> „Ich finde den Weg nach Hause nicht“,
     <answered> {hero}<sadly> „[4 Folge mir|3 Komm mit|2 Ich kenne den Weg]“, sagte
     {animal.der}<kindly> Sie gingen <past> und <beyond>. Bald sah {hero} {hero.sein} <size>es
     Haus. {Hero.sein}{elder.e} <welcome>. <thanks>

    """

  private static let germanSentences = """

    opening
    6 Es war einmal ein <nature>{hero.kind}.
    4 Vor langer Zeit lebte <near> <landmark> ein <nature>{hero.kind}.
    4 In einem <size>en <house> <near> <landmark> lebte ein <nature>{hero.kind}.
    2 Weit weg, <near> <landmark>, lebte ein <nature>{hero.kind}.

    habit
    5 [4 {Hero.er} liebte|3 {Hero.er} mochte] <food>, <creatures> und <pastime>.
    3 {Hero.er} hatte <number> <nature>e [4 Schwestern|4 Brüder|3 Cousinen|1 Onkel] und <number>
     <creatures>.
    3 In {hero.sein}[4 em Rucksack|3 em Zimmer|2 er Tasche] hatte {hero.er} <thing> und <number>
     <tint>e <small>.
    3 Jeden [4 Morgen|3 Abend|3 <weekday>] übte {hero.er} <pastime> mit
     [3 einem <nature>en [4 Nachbarn|3 Lehrer|2 Matrosen]
     |2 einer <nature>en [4 Nachbarin|3 Lehrerin|2 Tänzerin]].
    2 {Hero.er} war gut im <pastime>, aber schlecht im <chore>.

    when
    5 An einem <weather>en [5 Morgen|4 Nachmittag|3 Abend|3 <weekday>]
    3 Eines [5 Tages|3 Morgens|2 Abends]
    3 Am letzten <weekday>

    cry
    4 eine <sad>e [4 Stimme|2 Melodie]
    3 ein <sad>es [4 Geräusch|3 Weinen]
    2 einen <sad>en [3 Schrei|2 Ruf]

    gone
    4 Dort wollte {hero.er} <pause>, und plötzlich war {toy.der} weg.
    3 Aber ein <wild>er Wind kam und trug {toy.den} fort.
    3 Aber {toy.der} fiel {hero.ihm} aus [4 der Tasche|3 dem Korb|2 dem Wagen].

    search
    5 {Hero} suchte <spot> und <otherSpot>.
    3 „Wo ist mein{toy.mein}?“, <shouted> {hero}.
    3 {Hero} fand <thing> und <number> <tint>e <small>, aber {toy.den} nicht.

    sorrow
    4 {Hero} [4 fing an zu weinen|3 setzte sich auf einen <size>en Stein|2 wusste nicht weiter].
    3 „O nein!“, <answered> {hero}<sadly>
    2 [4 Zwei|4 Drei|3 Fünf|2 Sieben] [4 große|3 kleine|3 heiße|2 salzige] Tränen liefen
     {hero.ihm} über [4 das Gesicht|3 die Wangen|1 die Nase].

    meet
    5 Da kam {animal} mit [4 einem <style>en [4 Hut|3 Schal|3 Mantel|2 Rucksack]
     |3 einer <style>en [4 Mütze|3 Laterne|2 Krawatte|1 Krone]] vorbei.
    3 Plötzlich [4 stand|3 saß] {animal} neben {hero.ihm} und aß <food>.
    3 Aber {animal}, <look> und <mood>, hatte {hero.ihn} [3 gesehen|2 gehört].

    ask
    4 „Ich bin {name}“, {animal.sagte} {animal.der}.
     „[4 Warum bist du traurig|3 Was ist los|2 Wer bist du]?“
    3 „Warum bist du so <weak>, {hero}?“, {animal.sagte} {animal.der}.
    2 „Möchtest du <food>?“, {animal.sagte} {animal.der}.

    offer
    4 „[4 Mach dir keine Sorgen|3 Sei nicht traurig|2 Kopf hoch]“, sagte {animal.der}<kindly>
     „<promise>“
    2 {Animal.der} [4 nickte|3 lächelte|2 überlegte]. „<promise>“

    promise
    4 [4 Ich finde|3 Wir finden] {toy.ihn} [4 noch vor dem [3 Abend|2 Mittag]|3 bald|2 gemeinsam].
    3 Ich habe <number> <nature>e [4 Freunde|3 Kinder|2 Cousins], die helfen können.
    2 Ich bin gut im <pastime> und noch besser im Suchen.

    found
    4 Zusammen suchten sie noch einmal <otherSpot>. Da war {toy.der}, <nest>!
    3 Bald [4 lachte|3 nickte|2 hüpfte] {animal.der}. {Toy.der} war <nest>!
    3 Nach <number> [4 Schritten|3 Minuten|2 Stunden] fanden sie {toy.den} <nest>.

    plea
    3 Ich bin schon seit <number> [4 Stunden|3 Tagen] hier.
    3 Ich will nach Hause zu meinen <number> <nature>en Kindern.
    2 Mein [4 Fuß|3 Rücken|3 Kopf|2 Ohr|2 Bauch] tut weh.
    2 Seit <weekday> habe ich nur <food> gegessen.

    try
    4 {Hero} zog [4 mit beiden Händen|3 mit aller Kraft|3 <number> Minuten lang],
     aber es half nicht.
    3 Aber {hero} war zu [4 klein|3 schwach|2 <weak>].
    3 „Ich [4 bin gleich zurück|3 helfe dir|2 hole <thing>]“, sagte {hero}<kindly>

    freed
    5 {Elder} brachte <thing> und <tool>, und sie [4 befreiten {animal.den}
     |3 zogen {animal.den} heraus].
    3 [4 {Elder} lachte|3 {Elder} nickte] und hob {animal.den} <gently> heraus.

    relief
    4 {Animal.der} [4 hüpfte|3 tanzte|2 sprang] vor Freude. {Hero} gab {animal.ihm} {animal.treat}.
    3 „Danke! Ich bin {name}“, {animal.sagte} {animal.der} und aß {animal.treat}.
    2 {Hero.er} nahm {animal.den} mit nach Hause und gab {animal.ihm} {animal.treat} und <food>.

    hard
    4 Aber das war nicht leicht.
    3 {Hero.er} nahm <thing> und <tool> und fing an.
    3 Davon träumte {hero.er} schon seit <number> [4 Wochen|3 Jahren].

    despair
    4 Das lerne ich nie
    3 Ich bin nur gut im <pastime>
    2 Das ist schwerer als <chore>

    came
    4 [3 kam mit <thingWith>|3 setzte sich zu {hero.ihm}|2 kam angelaufen]
    3 lächelte<manner>
    3 schüttelte <gently> den Kopf
    2 war gerade beim <housework>

    patience
    4 Hab Geduld
    3 Hol tief Luft
    3 Niemand kann das sofort
    2 Iss erst einmal <food>

    advice
    4 Versuch es [4 noch einmal|3 morgen wieder|2 ohne <thing>].
    3 Ich zeige dir, wie es geht.
    3 Ich habe es in <number> [4 Tagen|3 Wochen] gelernt.

    practice
    4 Sie übten <number> [5 Tage|4 Stunden|2 Wochen] lang.
    3 Also übten sie jeden [4 Morgen|3 Nachmittag|2 Abend].
    2 {Hero.er} versuchte es wieder und wieder und aß <food>.

    praise
    4 {Elder} [4 klatschte|3 jubelte|2 lachte] <gently>.
    3 „[4 Gut gemacht|3 Bravo|2 Ich wusste es], {hero}!“, <shouted> {elder}.
    3 {Hero} zeigte es {hero.sein}en <nature>en [4 Freunden|3 Nachbarn|2 Cousins].

    fought
    4 zogen und zerrten
    3 stritten <number> [4 Stunden|3 Minuten] lang
    3 bewarfen sich mit <food>

    fell
    4 [4 in den Schlamm|3 ins Wasser|2 in den Sand|2 ins Gras] fiel
    3 gegen einen <size>en Stein flog
    2 voller <food> war

    justice
    4 Wenn ihr teilt, seid ihr beide froh.
    3 Zu zweit macht es viel mehr Spaß.
    3 Gute Freunde sind besser als <number> <tint>e <small>.

    together
    4 Sie putzten {toy.den} und spielten [4 bis zum [3 Abend|2 Mittag]|3 mit den anderen Kindern
     |2 den ganzen Tag].
    3 {Hero} lachte und schenkte {friend} [4 <thing>|3 <number> <tint>e <small>].
    3 Sie aßen <food> und wechselten sich ab.

    welcome
    4 wartete mit <thingWith> an der Tür
    3 hatte <food> mit <sauce> gekocht
    3 [4 weinte|3 sprang] vor Freude

    thanks
    4 „Danke, <dear>{animal.lieber}!“, sagte {hero} und gab {animal.ihm} {animal.treat}.
    3 {Hero} war so [4 froh|3 glücklich], dass {hero.er} {animal.dem} {animal.treat} gab.
    3 {Hero} gab {animal.dem} {animal.treat} und <number> <tint>e <small>.

    ending
    4 In dieser Nacht träumte {hero} von <number> <size>en <dreams>.
    3 Dann [4 lief {hero} <gently> nach Hause|3 sang {hero} <gently> ein Lied
     |2 schlief {hero} <gently> ein].
    3 Von da an ging {hero} jeden <weekday> dorthin.
    3 Es war ein [4 schöner|4 wunderbarer|3 langer|2 seltsamer] Tag, und alle aßen <food>
     mit <sauce>.

    """
}
