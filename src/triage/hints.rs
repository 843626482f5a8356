//! Words that say what stands beside them: "tel", "plate", "neighbor", "seven", in four languages.
//!
//! One look-up a word tells which of the finders of personal data can find anything at all; the others never run.

use super::text::{Word, Words, stem};

/// What a word hints at; a word may hint at several things, so each is one bit.
pub(super) type Hint = u32;

/// A spoken digit.
pub(super) const DIGIT: Hint = 1;
/// A spoken number of two digits.
pub(super) const TENS: Hint = 1 << 1;
/// "double", "dash": belongs to a spoken number without being one.
pub(super) const JOINER: Hint = 1 << 2;
/// A telephone.
pub(super) const PHONE: Hint = 1 << 3;
/// A number that leads to no person: a ticket, a pole, an order.
pub(super) const THING: Hint = 1 << 4;
/// A social security number or a CPF.
pub(super) const SSN: Hint = 1 << 5;
/// A payment card.
pub(super) const CARD: Hint = 1 << 6;
/// A vehicle, its maker, or what cars do in reports.
pub(super) const VEHICLE: Hint = 1 << 7;
/// A vehicle plate.
pub(super) const PLATE: Hint = 1 << 8;
/// A state of the US.
pub(super) const STATE: Hint = 1 << 9;
/// An e-mail address.
pub(super) const MAIL: Hint = 1 << 10;
/// A spelled "@" or ".".
pub(super) const SPELLED: Hint = 1 << 11;
/// Somebody next door.
pub(super) const NEIGHBOR: Hint = 1 << 12;
/// Somebody else who lives somewhere.
pub(super) const PERSON: Hint = 1 << 13;
/// Words between a person and a place.
pub(super) const LINK: Hint = 1 << 14;
/// To live somewhere.
pub(super) const LIVING: Hint = 1 << 15;
/// "Mrs.", "don", "madan".
pub(super) const TITLE: Hint = 1 << 16;
/// A kind of street.
pub(super) const STREET: Hint = 1 << 17;
/// A part of a house: flat, floor.
pub(super) const UNIT: Hint = 1 << 18;
/// "my", "the", "la": begins what is said of a person.
pub(super) const OWN: Hint = 1 << 19;
/// Gives a name: "my name is", "me llamo".
pub(super) const NAMING: Hint = 1 << 20;
/// What is counted or measured: after it, a number is no house.
pub(super) const MEASURE: Hint = 1 << 21;
/// May stand between "plate" and the plate.
pub(super) const FILLER: Hint = 1 << 22;
/// A shop, school or office, which may be named with its address.
pub(super) const BUSINESS: Hint = 1 << 23;
/// Somebody without a name: "whoever", "she", and "los" for "los del 14".
pub(super) const WHO: Hint = 1 << 24;
/// A home, which is personal when it is somebody's.
pub(super) const HOME: Hint = 1 << 25;
/// A word that holds a digit; found by looking, not in the list.
pub(super) const NUMERAL: Hint = 1 << 26;

/// The words of each hint, folded as [`Words`] folds them.
const WORDS: [(Hint, &str); 26] = [
    (WHO, "whoever quien quem someone somebody alguien alguem he she hes shes im el la los las lo"),
    (HOME, "address direccion endereco adres home addr domicilio house casa kay lakay place apartment apt"),
    (
        DIGIT,
        "zero oh o one two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete ocho nueve um dois duas quatro sete oito nove meia zewo en youn yon de twa kat senk sis set uit nef",
    ),
    (
        TENS,
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco treinta cuarenta cincuenta sesenta setenta ochenta noventa dez onze doze treze quatorze quinze dezesseis dezessete dezoito dezenove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa hundred cien cem san dis onz douz trez katoz kenz sez diset dizuit diznef ven venn trant karant senkant swasant",
    ),
    (JOINER, "double doble duplo triple triplo dash hyphen guion traco hifen tire and y e ak plus"),
    (
        PHONE,
        "call called caller callback phone ph tel tele cell cellphone text txt telefon telefono telefone tfn fon rele selile llama llamar llamame llamen llamenme whatsapp whatsap watsapp whats wsp wpp zap zapzap liga ligar ligue celular cel mobile mobil movil contact contacto contato kontak kontakte marquen marca marque mesaj fax fone sms landline line voicemail signal telegram ekri mensaje mensagem textea tex teks",
    ),
    (
        THING,
        "case ticket order invoice confirmation account acct meter pole hydrant permit asset ref reference tracking serial id protocolo orden pedido recibo receipt factura fatura caso folio poste posta hidrante hidratante medidor cuenta conta permiso alvara dosye pemi poto konte konte komand resi zip cep postal lat lon latitude longitude coordinate ordinance badge vin flight request req claim docket parcel lot block basin manhole bueiro egou boca permi elevator bus route rota ruta wout liy linha linea tree version model ip workorder solicitud solicitacao reporte konplent confirmacion confirmacao codigo code kod cod sr wo batch part",
    ),
    (SSN, "ssn ss social soc sosyal sekirite cpf itin"),
    (
        CARD,
        "card visa mastercard amex discover tarjeta cartao kat credit credito kredi debit debito debi diners",
    ),
    (
        VEHICLE,
        "car truck van suv vehicle sedan pickup jeep rv limo trailer motorcycle motorbike scooter moped bike minivan cab taxi uber lyft bmw ford honda toyota nissan chevy chevrolet tahoe suburban escalade dodge ram kia hyundai mazda subaru audi mercedes benz lexus acura infiniti tesla gmc buick chrysler volkswagen vw jetta passat camry corolla civic accord altima sentra crv rav4 escape explorer silverado tundra tacoma sierra charger challenger mustang camaro malibu impala equinox odyssey sienna pilot highlander pathfinder rogue elantra sonata sprinter econoline transit uhaul volvo porsche mitsubishi fiat cadillac lincoln pontiac saturn mini wrangler cherokee f150 f250 f350 carro coche auto automovil camioneta camion troca troque guagua jipeta yipeta furgon furgoneta moto motora motocicleta vehiculo caminhao caminhonete veiculo onibus furgao carreta picape machin kamyon kamyonet motosiklet oto bis tap parking parked parqueado parqueada estacionado estacionada estacionan estacionar aparcado parquea pake pakin pakinge towed tow towing grua reboque guincho speeding driver chofer motorista chofe speeder driveway tractor semi dumptruck ambulance hatchback coupe convertible wagon plymouth isuzu hummer peterbilt freightliner kenworth mack yamaha suzuki kawasaki harley ducati vespa gol blocking blocked bloqueando bloqueado bloqueada bloquea bloquean bloqueia bloke crosswalk lane idle idling honk honking drove fled huyo huyeron fugiu sove crash crashed abandoned abandonado abandonada dumping dumped illegally handicap handicapped dupla fila uno palio onix hb20 saveiro fusca drag racing atv quad dirtbike",
    ),
    (
        PLATE,
        "plate tag license lic licence placa matricula plak reg registration patente chapa tablilla tabilla tabla platenumber plat licenseplate liscense lisence licens placar emplacamento plaque plack registo plq plt rego",
    ),
    (
        STATE,
        "alabama alaska arizona arkansas california calif colorado connecticut conn delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts mass masachouset michigan minnesota mississippi missouri montana nebraska nevada hampshire jersey mexico york carolina dakota ohio oklahoma oregon pennsylvania penn rhode tennessee texas utah vermont virginia washington wisconsin wyoming ontario quebec jeze nouyok tejas pensilvania",
    ),
    (MAIL, "email mail correo imel gmail hotmail yahoo outlook write escriba escribeme escreva mande"),
    (
        SPELLED,
        "dot punto ponto pwen arroba aroba arobaz arobas arobase arobaze underscore gmail hotmail yahoo outlook icloud",
    ),
    (
        NEIGHBOR,
        "neighbor neighbour nieghbor neigbor neighbr vecino vecina vecinito vecinita vizinho vizinha vwazen vwazin vwazinn vwazinaj",
    ),
    (
        PERSON,
        "family folk man woman lady guy dude kid teen couple tenant renter landlord owner homeowner people person resident grandma grandmother grandpa grandfather gentleman girl boy student roommate occupant widow veteran senior sir mother father mom dad son daughter brother sister uncle aunt cousin household drummer smoker hoarder landlady super superintendent familia senor senora viejo vieja viejito viejita anciano anciana abuela abuelo abuelita abuelito muchacho muchacha chico chica gente dueno duena inquilino inquilina pareja tipo tipa nino nina nene nena hombre mujer casero casera joven jovene matrimonio dona residente padre madre hijo hija senhor senhora velho velha velhinha velhinho idoso idosa rapaz moca casal dono dona pessoal morador moradora moradore crianca garoto garota menino menina homem mulher cara galera avo proprietario proprietaria manman papa kouzen kouzin tonton matant pitit sitter nanny caregiver moun fanmi granmoun mesye madan dam neg lokate met timoun jenn grann granpe misye ti fi gason koup pwopriyete tigason tifi gran",
    ),
    (
        LINK,
        "at in from of on who that which next door across the street upstairs downstairs over up behind anba anwo deye pou kont is house home building corner del de la el los las en que do da dos das no na em mora o a ki nan lan kay sou se lakay bo kote pot ak li mwen nou m an fas anfas casa edificio predio lado frente al enfrente arriba abajo cima baixo esquina old living basement attic rear front second third first top ground ap i e con com li me us above below segundo primer tercer tercero primero porao sotano with poukont alone sola solo sozinha sozinho",
    ),
    (
        LIVING,
        "live lives living lived resides reside own stay stays staying rent renting vive viven vivo vivimos vivia alquila renta mora moro moram morava moramos rete abite domi loje loje address direccion endereco adres home addr domicilio",
    ),
    (
        TITLE,
        "mr mrs ms miss dr sr sra srta mme senora senor don dona seu madan mesye misye grann tonton matant pastor paste padre senhor senhora tia tio mister mz abuela mademwazel manmzel ti",
    ),
    (
        STREET,
        "st street ave av avenue rd road ln lane dr drive ct court pl place blvd boulevard ter terrace way pkwy parkway cir circle sq square hwy highway calle rua ri avenida travessa callejon alameda estrada str avni aven wout",
    ),
    (
        UNIT,
        "apt apartment unit apto apartamento floor fl flr piso andar etaj number num no nro numero nimewo room suite ste bldg flat depto dpto departamento casa bloco bloque puerta porta pot apatman apatman apart bsmt basement rm lot",
    ),
    (
        OWN,
        "my our the that this these those his her their a an some mi mis nuestro nuestra el la los las un una unos unas ese esa eso esas aquel meu minha meus minhas nosso nossa o a os as um uma aquele aquela essa esse su seu sua yon",
    ),
    (NAMING, "name llamo nombre nome chamo rele non this im i soy sou aqui"),
    (
        MEASURE,
        "am pm year yr day week month hour hr minute min second people person time feet ft inch inche mile block house home car dollar buck percent degree ano anos dia semana mes hora minuto vez vece metro casa carro persona pessoa ane jou semen mwa fwa pye pous kay machin moun pound lb gallon family cat dog gato perro cachorro chen kid child children nino hijo crianca age unit unite apartment bag truck pm to and",
    ),
    (
        FILLER,
        "is was number no num nbr plate tag license lic licence se es e era de do da li numero nimewo the reads read reading says say saying dice diz a an w with con com ki its out state temp temporary paper dealer vanity custom personalized personalised personalizada personalizado old new looks like starts el la del placa ap nan gen of from ak reg color",
    ),
    (
        BUSINESS,
        "garage school church store market deli pizza pizzeria bar cafe restaurant center centre park library hall hospital bank inn hotel salon shop auto towing llc inc bakery bodega laundromat pharmacy clinic temple mosque academy college university gym club lounge grill diner plaza mall tower apartments condo motel daycare museum theater theatre station building house office supply cleaners tire iglesia escuela tienda supermercado escola igreja padaria mercado legliz lekol dept department housing playground field lot pothole light streetlight tree hydrant sidewalk trash garbage sewer water graffiti corner near between please fix hello hi rite aid big huge broken dead fallen loud illegal directly also still when why how yes thank thanks help send report update dear today seafood condominium condo service liquor healthcare works affairs food foods hospitality studio studios gallery express alert news train flight inquiry subject",
    ),
];

/// Places of the table of hinted words: four times as many as there are words, so that most looks end at once.
const SLOTS: usize = 1 << 13;

/// All hinted words by the hash that [`Words`] gives them.
#[derive(Debug)]
pub(super) struct Hints {
    /// Hash and hints; the hash 0 marks an empty place.
    slots: Vec<(u64, Hint)>,
}

impl Hints {
    pub fn new() -> Self {
        let mut slots = vec![(0, 0); SLOTS];
        for (hint, words) in WORDS {
            for word in words.split(' ') {
                let stem = stem(word);
                let at = slot(&slots, stem);
                slots[at] = (stem, slots[at].1 | hint);
            }
        }
        Self { slots }
    }

    fn of(&self, stem: u64) -> Hint {
        self.slots[slot(&self.slots, stem)].1
    }
}

/// Where a hash stands, or would.
fn slot(slots: &[(u64, Hint)], stem: u64) -> usize {
    let mut at = (stem >> 30) as usize % SLOTS;
    while slots[at].0 != stem && slots[at].0 != 0 {
        at = (at + 1) % SLOTS;
    }
    at
}

/// A post with what its words hint at.
pub(super) struct Post<'t> {
    pub text: &'t str,
    pub words: &'t Words,
    hints: Vec<Hint>,
    /// All hints of all words.
    pub any: Hint,
    /// Bytes of each word.
    bytes: Vec<(usize, usize)>,
}

impl<'t> Post<'t> {
    pub fn new(all: &Hints, text: &'t str, words: &'t Words) -> Self {
        let hint = |w: &Word| all.of(w.stem) | if w.digit { NUMERAL } else { 0 };
        let hints: Vec<Hint> = words.list.iter().map(hint).collect();
        let any = hints.iter().fold(0, |a, h| a | h);
        Self { text, words, hints, any, bytes: Vec::new() }
    }

    /// Finds the bytes of the words; to be called once, before anything that asks for the words as written.
    pub fn locate(&mut self) {
        let list = &self.words.list;
        self.bytes.reserve(list.len());
        if self.words.chars == self.text.len() {
            self.bytes.extend(list.iter().map(|w| (w.start as usize, w.end as usize)));
            return;
        }
        let mut borders = self.text.char_indices().map(|(b, _)| b).chain(std::iter::once(self.text.len()));
        let mut passed = 0;
        let mut at = |char: usize| {
            let byte = borders.nth(char - passed);
            passed = char + 1;
            byte
        };
        let mut shared = None;
        for w in list {
            // Two words cut from one hashtag share a border, which the walk has passed already.
            let from = shared.filter(|(c, _)| *c == w.start).map(|(_, b)| b).or_else(|| at(w.start as usize));
            let to = at(w.end as usize);
            shared = to.map(|b| (w.end, b));
            let len = self.text.len();
            self.bytes.push((from.unwrap_or(len), to.unwrap_or(len)));
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Hints of a word; none beyond the last.
    pub fn hints(&self, i: usize) -> Hint {
        self.hints.get(i).copied().unwrap_or(0)
    }

    pub fn has(&self, i: usize, hint: Hint) -> bool {
        self.hints(i) & hint != 0
    }

    /// Bytes of a word in the text; an empty stretch at the end beyond the last.
    pub fn at(&self, i: usize) -> (usize, usize) {
        self.bytes.get(i).copied().unwrap_or((self.text.len(), self.text.len()))
    }

    /// A word as written.
    pub fn raw(&self, i: usize) -> &'t str {
        let (from, to) = self.at(i);
        self.text.get(from..to).unwrap_or("")
    }

    /// A word folded.
    pub fn letters(&self, i: usize) -> &'t str {
        self.words.list.get(i).map_or("", |w| self.words.letters(w))
    }

    /// What stands between a word and the one before it.
    pub fn gap(&self, i: usize) -> &'t str {
        let from = if i == 0 { 0 } else { self.at(i - 1).1 };
        self.text.get(from..self.at(i).0).unwrap_or("")
    }

    /// The number of words that end at or before a byte.
    pub fn words_before(&self, byte: usize) -> usize {
        self.bytes.partition_point(|b| b.1 <= byte)
    }
}
