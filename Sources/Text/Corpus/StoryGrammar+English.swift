// The built-in stories in English: the five plots and their sentences. ASCII only.

extension StoryGrammar {
  package static let english = StoryGrammar(
    slots: englishSlots, rules: englishPlots + englishSentences + englishWords)

  /// The story and its five plots.
  private static let englishPlots = """
    story
    <opening> <habit> <when>, <plot> <ending>

    plot
    5 {hero} took {hero.his} {colour} {toy} {place.to}. <lost>
    4 {hero} heard a <sad> [4 voice|3 cry|2 noise|1 song] {place}. <rescue>
    4 {hero} wanted to learn how to {skill}. <learn>
    3 {hero} and {friend} found a <size> {colour} {toy} {place}. <share>
    4 {hero} went {place.to} to [5 look for|3 pick|2 count] <gather>. <astray>

    lost
    <gone> <search> <sorrow> <meet> <ask> "I lost my {colour} {toy}," <answered> {hero}<sadly>
     <offer> <found> <thanks>

    rescue
    It was a <look> {animal}. It was stuck in a <size>
     [5 hole|4 fence|3 net|3 bush|2 bucket|1 boot].
     "[4 Please help me|3 Get me out|2 Help], {hero}!" {animal.said} the {animal}. "<plea>" <try>
     So {hero.he} called {hero.his} {elder}. <freed> <relief>

    learn
    <hard> {Hero.he} tried it [4 once|4 twice|3 <number> times|2 all day], but {hero.he}
     {skill.failed}. "<despair>" <answered> {hero}<sadly> {Hero.his} {elder} <came>. "<patience>,"
     {elder.he} said<kindly> "<advice>" <practice> [5 At last|3 Then|2 In the end] {hero} could
     {skill} [5 very well|4 all alone|3 like a <master>|2 with closed eyes]! <praise>

    share
    "It is mine!" <shouted> {hero}. "No, I saw it first!" <shouted> {friend}. They <fought> until
     the {toy} <fell>. Then {hero.his} {elder} came, with <thing> in {elder.his} hand.
     "[4 Why do you fight|3 Why are you so angry|2 What is all this noise]?"
     {elder.he} asked<kindly> "<justice>"
     "I am sorry," <answered> {friend}<sadly> <together>

    astray
    There {hero.he} followed <lure>, and soon {hero.he} was lost. It <gloom>, and {hero} was
     <weak>. <sorrow> <meet> <ask> "I cannot find the way home," <answered> {hero}<sadly>
     "[4 Follow me|3 Come with me|2 I know the way]," said the {animal}<kindly> They went <past>
     and <beyond>. Soon {hero} saw {hero.his} <size> house. {Hero.his} {elder} <welcome>. <thanks>

    """

  private static let englishSentences = """

    opening
    6 Once upon a time there was a <nature> {hero.child}.
    4 There once was a <nature> {hero.child}.
    4 In a <size> <house> <near> the <landmark> lived a <nature> {hero.child}.
    2 Far away, <near> the <landmark>, lived a <nature> {hero.child}.
    2 This is the story of a <nature> {hero.child}.

    habit
    5 [4 {Hero.he} loved|3 {Hero.he} liked] <food>, <creatures> and <pastime>.
    3 {Hero.he} had <number> <nature> [4 sisters|4 brothers|3 cousins|1 uncles] and <number>
     <creatures>.
    3 In {hero.his} [4 bag|3 room|2 pocket] {hero.he} kept <thing> and <number> <tint> <small>.
    3 Every [4 morning|3 evening|3 <weekday>], {hero.he} practised <pastime> with a <nature>
     [4 neighbour|3 teacher|2 sailor].
    2 {Hero.he} was good at <pastime>, but bad at <chore>.

    when
    5 One <weather> <daytime>
    4 On a <weather> <weekday>
    3 Last <weekday>

    gone
    4 There {hero.he} stopped to <pause>, and the {toy} was gone.
    3 But a <wild> wind came and took the {toy} away.
    3 But the {toy} fell out of {hero.his} [4 bag|3 basket|2 cart].

    search
    5 {Hero} looked <spot> and <otherSpot>.
    3 "Where is my {toy}?" <shouted> {hero}.
    3 {Hero} found <thing> and <number> <tint> <small>, but no {toy}.

    sorrow
    4 {Hero} [4 began to cry|3 sat down on a <size> stone|2 did not know what to do].
    3 "Oh no!" <answered> {hero}<sadly>
    2 [4 Two|4 Three|3 Five|2 Seven] [4 big|3 small|3 hot|2 salty] tears ran down {hero.his}
     [4 face|3 cheeks|1 nose].

    meet
    5 Just then a <look> {animal} with a <style> <garment>
     [4 came by|3 hopped closer|2 looked up].
    3 Suddenly a <look> {animal} [4 stood|3 sat] next to {hero.him} and ate <food>.
    3 But a <look> {animal} had [3 seen|2 heard] {hero.him}.

    ask
    4 "I am {name}," {animal.said} the {animal}.
     "[4 Why are you sad|3 What is wrong|2 Who are you]?"
    3 "Why are you so <weak>, {hero}?" {animal.said} the {animal}.
    2 "Do you want some <food>?" {animal.said} the {animal}.

    offer
    4 "[4 Do not worry|3 Do not be sad|2 Cheer up]," said the {animal}<kindly> "<promise>"
    2 The {animal} [4 nodded|3 smiled|2 thought]. "<promise>"

    promise
    4 [4 I|3 We] will find it [4 before <daytime>|3 soon|2 together].
    3 I have <number> <look> [4 friends|3 children|2 cousins] who can help.
    2 I am good at <pastime>, and even better at finding things.

    found
    4 Together they looked <otherSpot> again. There was the {toy}, <nest>!
    3 Soon the {animal} [4 stopped|3 laughed|2 jumped]. The {toy} was <nest>!
    3 After <number> [4 steps|3 minutes|2 hours] they saw something {colour} <nest>.
     It was the {toy}!

    plea
    3 I have been here for <number> [4 hours|3 days].
    3 I want to go home to my <number> <look> children.
    2 My <bodyPart> hurts.
    2 I have eaten only <food> since <weekday>.

    try
    4 {Hero} pulled [4 <number> times|3 with both hands|2 at its <bodyPart>], but it did not help.
    3 But {hero} was too [4 small|3 weak|2 <weak>].
    3 "I will [4 be right back|3 help you|2 get <thing>]," said {hero}<kindly>

    freed
    5 {Elder} brought <thing> and <tool>, and they [4 set the {animal} free|3 pulled the
     {animal} out].
    3 [4 {Elder} laughed|3 {Elder} nodded] and <gently> lifted the {animal} out.

    relief
    4 The {animal} [4 jumped|3 danced|2 shook its <bodyPart>] for joy. {Hero} gave it
     {animal.treat}.
    3 "Thank you! I am {name}," {animal.said} the {animal} and ate {animal.treat}.
    2 {Hero.he} took the {animal} home and gave it {animal.treat} and <food>.

    hard
    4 But {skill.doing} was not easy.
    3 {Hero.he} took <thing> and <tool> and began.
    3 {Hero.he} had dreamed of {skill.doing} for <number> [4 weeks|3 years].

    despair
    4 I will never learn it,
    3 I am only good at <pastime>,
    2 This is harder than <chore>,

    came
    4 [3 sat down|3 came out|2 came running] with <thing>
    3 smiled<manner>
    3 shook {elder.his} head [4 slowly|3 <number> times|2 kindly]
    3 was just <chore.ing>

    patience
    4 You must be patient
    3 Take a deep breath
    3 Nobody can do it at once
    2 Eat some <food>

    advice
    4 Try it [4 again|3 once more|2 without <thing>].
    3 I will show you how.
    3 I learned it in <number> [4 days|3 weeks].

    practice
    4 So they practised for <number> [5 days|4 hours|2 weeks].
    3 So they practised every <daytime>.
    2 {Hero.he} tried again, and again, and ate <food>.

    praise
    4 {Elder} <gently> [4 clapped|3 cheered|2 hugged {hero.him}].
    3 "[4 Well done|3 Bravo|2 I knew it], {hero}!" {elder} <shouted>.
    3 {Hero} showed it to {hero.his} <nature> [4 friends|3 teacher|2 neighbours].

    fought
    4 pulled and pulled
    3 argued for <number> [4 hours|3 minutes]
    3 threw <food> at each other

    fell
    4 fell into the [4 mud|3 water|2 sand|2 grass]
    3 hit a <look> {animal} on the <bodyPart>
    2 was full of <food>

    justice
    4 If you share it, both of you will be happy.
    3 A {toy} is much more fun for two.
    3 Good friends are worth more than <number> <size> {toy}s.

    together
    4 They cleaned the {toy} and played [4 until <daytime>|3 with the other children|2 all day].
    3 {Hero} laughed and gave {friend} [4 <thing>|3 a hug|2 <number> <tint> <small>].
    3 They ate <food> and took turns with the {toy}.

    welcome
    4 stood at the door with <thing>
    3 had cooked <food> with <food2>
    3 [4 cried|3 jumped] for joy

    thanks
    4 "Thank you, <dear> {animal}!" said {hero} and gave it {animal.treat}.
    3 {Hero} was so [4 happy|3 glad] that {hero.he} gave it {animal.treat}.
    3 {Hero} gave the {animal} {animal.treat} and <number> <tint> <small>.

    ending
    4 That night, {hero} dreamed of <number> <size> <creatures>.
    3 And {hero} <gently> [4 ran home|3 sang a song|2 fell asleep].
    3 From then on, {hero} went there every <weekday>.
    3 It was a [4 beautiful|4 wonderful|3 long|2 strange] day, and they all ate <food> with
     <food2>.

    """
}
