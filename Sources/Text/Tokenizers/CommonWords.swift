// English words that are frequent in any text.

/// A word tokenizer that is trained on a small text can know them from the start.
package enum CommonWords {
  /// The most frequent first, roughly; each once, in small letters.
  package static let english: [Substring] = text.split { $0 == " " || $0 == "\n" }

  private static let text = """
    . , the of and to a in is that it was for on with he as i his be at by had not are but from or
    have an they which one you were all her she there would their we him been has when who will no
    more if out so up said what its about than into them can only other time new some could these
    two may first then do any like my now over such our man me even most made after also did many
    off before must well back through years much where your way down should because long each just
    those people how too mr little good very make world still see own work men day get here old
    between life both being under three never know same last another while us might great go year
    since against right came take house use during without again place around however small home
    thought went say part once general high upon school every don't does got united number hand
    course water until always away public something fact less though far put head think called set
    almost enough end took night left side look find going point knew next city given why let name
    room began asked later saw things order eyes large seemed want young best nothing turned need
    different better gave face big whole told quite mother father boy girl child children woman
    women friend friends family door hands light mind white black red blue green morning evening
    today tomorrow yesterday week month hour minute moment feel felt heard hear looked found love
    help tell talk speak word words book read write letter story play run walk stand sit sleep eat
    drink live lived die death dead war peace king queen lord sir god heart body voice money
    business car street road town country land sea river tree sun moon star sky rain snow wind fire
    earth air food bread milk dog cat bird horse fish four five six seven eight nine ten hundred
    thousand half few several others everything anything someone everyone nobody himself herself
    itself myself yourself themselves yes oh please thank thanks sorry hello goodbye happy sad glad
    afraid sure true real hard easy strong kind poor rich full empty open close early late soon
    often sometimes perhaps maybe together alone across along behind above below near inside
    outside toward towards among within i'm it's i'll i've you're he's she's that's there's we're
    they're can't won't didn't doesn't isn't wasn't couldn't wouldn't let's ' " - : ; ! ? ( )
    """
}
