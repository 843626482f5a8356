//! The words around place names, in the four languages: constant tables, no rules.
//!
//! Each table gives a class to words (`class::…`) or folds spellings into one ("street", "str" -> "st").
//! A city's own names and aliases come from its gazetteer, never from here.

/// What a word can do in a sentence about a place; a word may have several.
pub(super) mod class {
    /// Street, Ave, Sq …
    pub const SUFFIX: u32 = 1;
    /// North, SE …
    pub const DIRECTION: u32 = 1 << 1;
    /// Joins two streets into a corner, or two ends of a block.
    pub const AND: u32 = 1 << 2;
    /// Joins two streets into a corner: at, by, near, x.
    pub const AT: u32 = 1 << 3;
    /// Says that a place follows.
    pub const PLACE_AHEAD: u32 = 1 << 4;
    /// Opens a block: between, entre.
    pub const BETWEEN: u32 = 1 << 5;
    /// Corner of, esquina de.
    pub const CORNER: u32 = 1 << 6;
    /// Opens a block when TO follows.
    pub const FROM: u32 = 1 << 7;
    /// Second end of a block opened by FROM.
    pub const TO: u32 = 1 << 8;
    /// An everyday word: not a place by itself, never a misspelled name.
    pub const COMMON: u32 = 1 << 9;
    /// May, August: a number beside it is a day.
    pub const MONTH: u32 = 1 << 10;
    /// Days, pm, cars: a number before it counts something.
    pub const UNIT: u32 = 1 << 11;
    /// May stand between a joiner and a name: the, de, la.
    pub const FILLER: u32 = 1 << 12;
    /// Stands before a street's name: calle, rua.
    pub const STREET_AHEAD: u32 = 1 << 13;
    /// Part of a name in this city.
    pub const NAME: u32 = 1 << 14;
    /// "One" as a house number.
    pub const NUMBER: u32 = 1 << 15;
    /// Names a pole or a hydrant; the table [`super::ASSET_WORDS`] says which.
    pub const ASSET: u32 = 1 << 16;
}

/// Street types and name parts: canonical first, then its spellings.
pub(super) const SUFFIXES: &[(&str, &str)] = &[
    ("st", "street str strt saint sts streets stret"),
    ("ave", "avenue av aven avenu avenida aves avenues aveune aveneu"),
    ("rd", "road roads rds"),
    ("dr", "drive drv"),
    ("ln", "lane"),
    ("pl", "place"),
    ("ct", "court crt"),
    ("cir", "circle circ"),
    ("ter", "terrace terr"),
    ("pkwy", "parkway pky pkw pwy"),
    ("blvd", "boulevard boul bulevar"),
    ("hwy", "highway"),
    ("sq", "square sqr praca praça plaza plz plas"),
    ("pk", "park parque"),
    ("tpk", "turnpike tpke trpk tnpk"),
    ("brdg", "bridge brg ponte puente pon"),
    ("aly", "alley"),
    ("ext", "extension"),
    ("lndg", "landing"),
    ("xing", "crossing"),
    ("expy", "expressway"),
    ("cres", "crescent"),
    ("row", ""),
    ("mews", ""),
    ("way", "wy"),
    ("walk", ""),
    ("path", ""),
    ("loop", ""),
    ("run", ""),
    ("hill", ""),
];

/// Other spellings of name parts and numbers, folded before every look-up.
pub(super) const SPELLINGS: &[(&str, &str)] = &[
    ("n", "north norte"),
    ("s", "south sur sul"),
    ("e", "east"),
    ("w", "west oeste"),
    ("ne", "northeast"),
    ("nw", "northwest"),
    ("se", "southeast"),
    ("sw", "southwest"),
    ("mt", "mount"),
    ("ft", "fort"),
    ("msgr", "monsignor msr"),
    ("jr", "junior"),
    ("ctr", "center centre centro"),
    ("1st", "first"),
    ("2nd", "second"),
    ("3rd", "third"),
    ("4th", "fourth"),
    ("5th", "fifth"),
    ("6th", "sixth"),
    ("7th", "seventh"),
    ("8th", "eighth"),
    ("9th", "ninth"),
    ("10th", "tenth"),
    ("11th", "eleventh"),
    ("12th", "twelfth"),
    ("13th", "thirteenth"),
    ("14th", "fourteenth"),
    ("15th", "fifteenth"),
    ("16th", "sixteenth"),
    ("17th", "seventeenth"),
    ("18th", "eighteenth"),
    ("19th", "nineteenth"),
    ("20th", "twentieth"),
];

/// Words by class (spelled as after folding case and accents).
pub(super) const CLASSES: &[(u32, &str)] = &[
    (
        class::DIRECTION,
        "n s e w ne nw se sw north south east west norte sur sul oeste northeast northwest southeast southwest",
    ),
    (class::AND, "and y e ak n und et"),
    (
        class::AT,
        "at x con com ak by near off past cross crosses crossing meets cruza kwaze junto cerca perto toupre int intersecting",
    ),
    (
        class::PLACE_AHEAD,
        "at on in near by outside opposite behind beside around along across off past toward towards next front \
         of en na no em nas frente cerca junto perto ao enfrente nan sou devan kote bo toupre corner corners \
         esquina esq intersection kwen kafou kalfou anfas along under above inside location address direccion endereco adres before \
         after al down up through detras atras atraz deye lado adyacente abajo debajo ante outside",
    ),
    (class::BETWEEN, "between btwn bet btw entre ant"),
    (
        class::CORNER,
        "corner corners esquina esq kwen intersection interseccion cruzamento cruce cnr cor canto kafou kalfou",
    ),
    (class::FROM, "from desde de soti"),
    (class::TO, "to hasta ate rive through thru until a till"),
    (
        class::FILLER,
        "the de del da do das dos of la el lo los las na no ri a con com corner esquina nan an dela",
    ),
    (class::STREET_AHEAD, "calle rua ri avenida av ave carrera travessa"),
    (
        class::MONTH,
        "january february march april may june july august september october november december jan feb mar apr \
         jun jul aug sep sept oct nov dec mayo marzo abril mai avril enero febrero agosto",
    ),
    (
        class::UNIT,
        "day days hour hours hr hrs minute minutes min mins week weeks month months year years yr yrs am pm feet \
         foot ft miles mile mph kids children people person cars car times time percent inch inches degrees block \
         blocks houses lights trees dias horas minutos semanas meses anos personas pessoas carros jou semen mwa \
         dollars bucks k km m lbs pounds st nd rd th o'clock oclock bags cans trucks guys of or more weeks",
    ),
    (class::NUMBER, "zero one two three four five six seven eight nine ten"),
    (
        class::ASSET,
        "pole poles poste postes poto potol hydrant hydrants hidrante hidrantes idran light lights lamp lamps \
         streetlight streetlights lamppost luz farol luminaria limye barrel barrels bin basket papelera lixeira signal \
         signals semaforo",
    ),
];

/// Which kinds of asset a word can mean.
pub(super) const ASSET_WORDS: &[(&str, &str)] = &[
    (
        "pole poles poste postes poto potol light lights lamp lamps streetlight streetlights lamppost luz farol \
         luminaria limye",
        "street_light",
    ),
    ("hydrant hydrants hidrante hidrantes idran", "hydrant"),
    ("barrel barrels bin basket papelera lixeira", "barrel"),
    ("signal signals semaforo", "traffic_signal"),
];

/// Everyday words, first lines English, then Spanish, Portuguese and Haitian Creole.
pub(super) const COMMON: &str = "\
the a an mount mt saint fort old new and or but if of to in on at by for with from as is are was were be been being am it its this that these \
those there here he she they we you i me my your our their his her them us who what when where why how which all \
any both each few more most other some such no nor not only own same so than too very can will just dont should now \
please thanks thank hello hi hey yes ok okay sorry help need needs needed want wants going gone get gets got have \
has had having do does did doing done make makes made say says said see seen saw look looks looking find found take \
takes took come comes came go goes went know known think thought tell told ask asked use used work works worked \
working fix fixed fixes broken break broke report reported reporting request call called calling send sent light \
lights lamp lamps drive drives driving driver park parks parking parked \
place places court square hill way ways walk walks walking path trail bridge side sides sidewalk sidewalks curb \
curbs corner corners crosswalk crosswalks intersection signal signals sign signs stop stops traffic truck trucks \
car cars bus buses bike bikes train trains station pole poles wire wires hydrant hydrants water sewer drain drains \
leak leaks leaking flood flooded flooding pipe pipes main mains gas smell smells smelly trash garbage rubbish waste \
dump dumped dumping bag bags bin bins barrel barrels recycling compost pickup pick collected missed mattress couch \
sofa furniture tree trees branch branches limb limbs leaves grass weeds garden gardens plant plants snow ice icy plow \
plowed plowing salt sand storm rain wind pothole potholes hole holes crack cracks pavement paint painted graffiti \
spray wall walls fence building buildings house houses home homes apartment door front back behind next near across \
between above below under over inside outside around along down up off out into onto toward past before after since \
until during night nights day days today tomorrow yesterday morning afternoon evening week weeks month months year \
years hour hours minute minutes time times ago again still always never often soon late early long short big small \
large huge little high low old new young good bad best worst great nice awful terrible dangerous safe safety danger \
dark bright black white red green blue yellow brown orange gray grey purple pink gold silver clean dirty dry wet hot \
cold warm cool open opened closed close empty full free busy quiet loud noise noisy music party dog dogs cat cats \
rat rats mouse mice animal animals bird birds dead alive man men woman women child children kid kids boy girl people \
person everyone someone somebody anybody nobody neighbor neighbors neighbour family mother father mom dad friend \
friends school schools church churches library hospital police fire city town hall council mayor department office \
public works service services store stores shop shops market bank hotel restaurant bar club theater museum center \
centre field fields playground bench benches fountain river lake pond pool beach island mountain valley forest wood \
woods farm mill village county state country nation world earth sun moon star stars sky first second third fourth \
fifth sixth seventh eighth ninth tenth one two three four five six seven eight nine ten eleven twelve last north \
south east west spring summer fall autumn winter january february march april may june july august september october \
november december monday tuesday wednesday thursday friday saturday sunday king queen prince princess lord duke \
president bishop pope saint john james william george thomas henry charles david paul peter mary mark luke matthew \
grant bill pearl rose lily ruby amber crystal grace faith hope joy love peace war rich poor power water energy \
union liberty freedom pleasant fair clear sweet bitter apple cherry orchard forest maple oak elm pine cedar ash \
birch willow walnut chestnut broad market kinney ferry landing common commons central grand royal mass land hand head \
eye face foot feet body heart mind life death line lines point points end ends middle top bottom left right number \
numbers name names word words letter page book books story history news media post posts photo picture video phone \
email address question answer problem problems issue issues complaint complaints matter thing things something \
anything nothing everything way idea reason case fact part parts kind sort type level rate price cost money pay paid \
dollar dollars tax taxes buy sell sold job jobs business company plan plans project program system law rule rules \
right rights vote election government official officer officers crew crews worker workers member members team group \
game play player players win won lose lost run runs running ran stand standing sit sitting lie lying hold keep kept \
turn turned move moved moving start started begin began finish finished leave leaving left stay wait waiting watch \
hear heard listen feel felt speak talk talking read reading write written learn teach study test try tried let put \
set cut hit hurt kill killed fight burn burned burning fell falling fallen drop dropped pull push throw thrown carry \
bring brought give given gave show shown meet meets meeting live lives living die died grow build built cover \
covered block blocks blocked blocking pass passing cross crossing crosses enter entrance exit gate gates lot lots \
ramp ramps stairs step steps floor roof room window windows glass metal steel iron stone stones brick rock rocks dirt \
mud dust smoke fire flame flames almost already also although another because become became better bit both could \
would might must shall each else enough even ever every far fast few further half however instead least less like \
likes likely many maybe much neither none often once per perhaps quite rather really several though through \
throughout together toward twice unless upon usually well whatever whether while whole whose within without wrong \
yet zero hundred thousand million covid mask masks virus student students teacher class classes university college \
oxford sydney london paris york washington lincoln jackson madison \
jefferson franklin hamilton adams kennedy johnson wilson harrison tyler polk taylor pierce buchanan garfield arthur \
cleveland mckinley roosevelt taft harding hoover truman carter reagan bush clinton obama trump biden \
el la los las un una unos unas de del al y o pero si no en con por para sin sobre entre hasta desde como mas muy ya \
hay es son esta este esto esa ese eso estan era fue ser estar tiene tengo hace hacer calle calles avenida esquina \
luz luces basura agua fuga bache hoyo enorme acera arbol arboles rama nieve hielo perro rata ratas casa casas coche \
carro carros escuela iglesia parque plaza mercado biblioteca ciudad favor gracias ayuda hola buenos dias noche noches \
dia dias semana semanas mes hoy ayer manana frente cerca lado detras casi caigo apagada apagado rota roto \
o os as um uma uns umas do da dos das no na nos nas em com sem sob ate mais muito ja ha sao esta isto isso foi tem \
rua ruas luz lixo agua vazamento buraco calcada arvore neve gelo cachorro rato casa carro escola igreja praca \
obrigado obrigada ajuda oi ola bom boa noite dia semana mes hoje ontem amanha frente perto atras poste apagado \
yon nan ak pou pa sa se li yo mwen nou ou gen te ap pral kap kote sou anba devan deye bo lari ri limye fatra dlo twou \
pyebwa neg chen kay machin lekol legliz mache mesi tanpri bonjou jodi ye demen swa semen mwa";

/// Numbers spelled out, for "One Kendall Sq".
pub(super) const NUMBERS: &[&str] =
    &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// Two words that announce a place together: "across from the library", "next to the school".
pub(super) const TWO_WORDS: &[(&str, &str)] = &[
    ("across", "from"),
    ("next", "to"),
    ("close", "to"),
    ("adjacent", "to"),
    ("opposite", "to"),
    ("near", "to"),
    ("tou", "pre"),
];

/// Between a street and the one it meets: "Main where it meets Saint Brendan".
pub(super) const MEETING: &[&str] =
    &["where", "it", "they", "that", "just", "right", "donde", "se", "onde", "kote", "ki"];

/// Words of Spanish, Portuguese and Creole before a street whose number follows: "en Elm 312".
pub(super) const NUMBER_BEHIND: &[&str] =
    &["en", "em", "na", "no", "nan", "sou", "calle", "rua", "ri", "lari", "sobre", "del", "da"];

/// Places of order in an answer: "the second one", "la segunda", "dezyem".
pub(super) const ORDERS: &[&str] = &[
    "1 1st first one primero primera primeiro primeira premye uno",
    "2 2nd second two segundo segunda dezyem dos dois duas",
    "3 3rd third three tercero tercera terceiro terceira twazyem tres twa",
    "4 4th fourth four cuarto cuarta quarto quarta katriyem cuatro quatro kat",
];

/// Kinds of landmark, one a line, in the four languages.
pub(super) const LANDMARK_KINDS: &[&str] = &[
    "church iglesia igreja legliz chapel temple parish",
    "school escuela escola lekol academy elementary",
    "library biblioteca bibliyotek",
    "hospital clinic lopital",
    "park parque pak playground",
    "station estacion estacao estasyon",
    "market mercado mache",
    "bridge puente ponte pon",
    "firehouse fire bomberos bombeiros ponpye",
];
