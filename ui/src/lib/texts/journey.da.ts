// Danish: the journey from the invitation to the receipt. `journey.en.ts` has the same shape.

import type { DetailFieldView } from '../bindings/DetailFieldView';
import type { PasswordReasonView } from '../bindings/PasswordReasonView';
import type { TermsPlaceView } from '../bindings/TermsPlaceView';
import type { ComparedPair } from '../compared-terms';
import type { DetailText, ConsentText } from './shapes';

const details: Record<DetailFieldView, DetailText> = {
  name: {
    label: 'Dit navn',
    meaning: 'Navnet viser portalen, hvem du er. Det skal være stavet, som du selv staver det.',
  },
  organisation: {
    label: 'Din arbejdsgiver',
    meaning: 'Den organisation, som du bruger certifikatet på vegne af.',
  },
  cvr: {
    label: 'Arbejdsgiverens CVR-nummer',
    meaning: 'Nummeret viser præcis, hvilken organisation det er. Du finder det på din lønseddel.',
  },
  'employee-id': {
    label: 'Dit medarbejder-id',
    meaning:
      'Et nummer, som er lavet til dig i denne organisation. Svar kun »forkert«, hvis du har fået et andet at vide.',
  },
  email: {
    label: 'Din e-mail på arbejdet',
    meaning: 'Her kan portalen og din LRA skrive til dig.',
  },
  issuer: {
    label: 'Udsteder',
    meaning: 'Den, der har udstedt certifikatet og står inde for det.',
  },
  validity: {
    label: 'Gyldighed',
    meaning: 'Den periode, hvor certifikatet kan bruges. Det må ikke bruges før eller efter.',
  },
  purpose: {
    label: 'Formål',
    meaning: 'Det, du må bruge certifikatet til.',
  },
};

const consents: Record<string, ConsentText> = {
  publication: {
    label: 'Mit certifikat må vises i Arbejdsmarkedsportalens brugerdatabase.',
    meaning: 'Andre brugere af portalen kan se dit certifikat. Dit CPR-nummer vises aldrig.',
  },
  'cpr-registration': {
    label: 'Beskæftigelsesministeriet må registrere mit CPR-nummer.',
    meaning: 'Det sker, når certifikatet udstedes, og så længe det er i brug. Nummeret gemmes ikke på denne computer.',
  },
  'retention-six-years': {
    label: 'Beskæftigelsesministeriet må opbevare oplysningerne i 6 år.',
    meaning: 'De 6 år regnes fra den dag, certifikatet er udstedt.',
  },
};

const rejected: Record<PasswordReasonView, string> = {
  'too-short': 'Adgangskoden skal have mindst 10 tegn.',
  'too-long': 'Adgangskoden er for lang. Vælg en kortere.',
  guessable: 'Adgangskoden er for let at gætte. Tag fire tilfældige ord, og brug ikke navne.',
};

const places: Record<TermsPlaceView, string> = {
  title: 'Overskriften',
  preamble: 'Indledningen',
  section: 'Punkt',
  clause: 'Punkt',
  closing: 'Afslutningen',
};

const changes: Record<ComparedPair['kind'], string> = {
  changed: 'Ændret',
  new: 'Nyt',
  gone: 'Udgået',
  unchanged: 'Uændret',
};

export const journey = {
  welcome: {
    title: 'Velkommen',
    lead: 'Her får du dit medarbejdercertifikat. Det er din adgang til ‹Arbejdsmarkedsportalen›.',
    howTitle: 'Sådan foregår det',
    how: [
      'Du skriver referencenummer og engangskode fra din invitation.',
      'Din nøgle bliver lavet, og kun du kan låse den op.',
      'Du kontrollerer oplysningerne i certifikatet.',
      'Du læser vilkårene og underskriver dem.',
      'Du får en kvittering, og certifikatet kan bruges.',
    ],
    pause: 'Du kan lukke programmet undervejs og fortsætte, hvor du slap.',
    formTitle: 'Din invitation',
    reference: 'Referencenummer',
    referenceHint: 'Står i invitationen, fx ABCD-1234-EFGH',
    code: 'Engangskode',
    codeHint: 'Du har fået den for sig, fx i en sms eller af din LRA',
    authority:
      'LRA er den på din arbejdsplads, som bestiller certifikater. Har du ingen invitation, så spørg din leder.',
    open: 'Fortsæt',
    practiceTitle: 'Vil du bare prøve?',
    practiceText: 'Øvelsesportalen kan give dig en invitation, så du kan se hele forløbet. Intet herfra gælder.',
    practiceUse: 'Brug en øvelsesinvitation',
    referenceMissing: 'Skriv referencenummeret fra din invitation.',
    codeMissing: 'Skriv engangskoden.',
    otherTitle: 'Noget andet?',
    import: 'Jeg har en certifikatfil',
    importText: 'Har du dit medarbejdercertifikat i en fil (.p12 eller .pfx), kan det hentes ind her.',
    byCode: 'Suspendér et certifikat uden nøglen',
    byCodeText: 'Er computeren væk, kan du lukke certifikatet med referencenummer og spærrekode.',
  },
  password: {
    title: 'Vælg en adgangskode',
    titleContinue: 'Fortsæt med din adgangskode',
    forWhom: 'Invitationen er til',
    forWhomImported: 'Certifikatet er til',
    name: 'Navn',
    email: 'E-mail',
    organisation: 'Arbejdsgiver',
    orderedBy: 'Bestilt af',
    notMe: 'Er det ikke dig, så gå ikke videre. Ring til din LRA.',
    explanation:
      'Nu laves din nøgle her på computeren. Den gemmes i computerens nøglering og låses med din adgangskode. Nøglen forlader aldrig computeren, og ingen andre kender adgangskoden.',
    continueKeyMade:
      'Din nøgle er lavet, men certifikatet er ikke hentet endnu. Skriv adgangskoden, du valgte, så fortsætter vi.',
    continueUnregistered:
      'Dit certifikat er hentet, men du har ikke gemt en spærrekode endnu. Skriv adgangskoden, du valgte, så får du en. Har du fået en før, gælder den så ikke mere.',
    code: 'Engangskode',
    codeHint: 'Den samme engangskode som før. Den gemmes aldrig på computeren, så den skal skrives igen.',
    new: 'Ny adgangskode',
    newHint: 'Mindst 10 tegn. Godt råd: brug fire tilfældige ord, fx fra fire sider i en bog.',
    again: 'Adgangskoden igen',
    againHint: 'Så er vi sikre på, at den er skrevet rigtigt.',
    existing: 'Din adgangskode',
    existingHint: 'Den, du valgte her i Certifikatguide.',
    remember: 'Husk den godt. Den kan ikke findes frem, hvis den bliver glemt.',
    make: 'Lav min nøgle',
    continue: 'Fortsæt',
    rejected,
    strength: (words: string) => `Styrke: ${words}`,
    strengths: ['meget let at gætte', 'for let at gætte', 'svær at gætte', 'meget svær at gætte'],
    unfit: { 'too-short': 'for kort endnu', 'too-long': 'for lang' },
    different: 'De to adgangskoder er ikke ens.',
    missing: 'Skriv adgangskoden.',
    codeMissing: 'Skriv engangskoden.',
  },
  /** In place of the words about a password, where the key is on a token. */
  pin: {
    probing: 'Prøver nøgleenheden',
    show: 'Vis PIN-koden',
    hide: 'Skjul PIN-koden',
    enrol: {
      title: 'Lav nøglen på din nøgleenhed',
      titleContinue: 'Fortsæt med din PIN-kode',
      explanation:
        'Nu laves din nøgle på nøgleenheden (token): et kort, en USB-nøgle eller computerens sikkerhedsbrik. Nøglen kan ikke forlade den. Den åbnes kun med nøgleenhedens PIN-kode.',
      continueKeyMade:
        'Din nøgle er lavet, men certifikatet er ikke hentet endnu. Sæt nøgleenheden i, og skriv dens PIN-kode, så fortsætter vi.',
      continueUnregistered:
        'Dit certifikat er hentet, men du har ikke gemt en spærrekode endnu. Sæt nøgleenheden i, og skriv dens PIN-kode, så får du en. Har du fået en før, gælder den så ikke mere.',
      existing: 'Nøgleenhedens PIN-kode',
      existingHint: 'Den, du har fået eller valgt til nøgleenheden. Efter nogle forkerte forsøg låser den sig selv.',
      missing: 'Skriv PIN-koden.',
    },
    sign: {
      password: 'Nøgleenhedens PIN-kode',
      passwordHint: 'Nøgleenheden skal sidde i. Din underskrift laves på den.',
      passwordMissing: 'Skriv PIN-koden.',
    },
  },
  revocationCode: {
    title: 'Gem din spærrekode',
    lead: 'Koden vises kun, indtil du har gemt den.',
    why: 'Med spærrekoden kan du få certifikatet suspenderet, også når du ikke har denne computer – fx hvis den er blevet stjålet. Vælg »Suspendér uden nøglen« i Certifikatguide på en anden computer, eller ring til supporten.',
    label: 'Spærrekode',
    reference: 'Referencenummer',
    advice: 'Skriv koden ned, eller udskriv den. Gem den et andet sted end ved computeren.',
    kept: 'Jeg har gemt koden',
  },
  details: {
    title: 'Kontrollér oplysningerne',
    leadAgain:
      'Certifikatet er nyt eller åbnet igen. Du har pligt til at kontrollere, at det, der står i det, er rigtigt. Svar på hver oplysning.',
    lead: 'Dit certifikat er hentet. Du har pligt til at kontrollere, at det, der står i det, er rigtigt. Svar på hver oplysning.',
    correct: 'Korrekt',
    wrong: 'Forkert',
    answered: (number: number, of: number) => `${number} af ${of} er besvaret`,
    next: 'Fortsæt',
    unanswered: 'Svar korrekt eller forkert.',
    confirmTitle: 'Skal certifikatet spærres?',
    confirmLead: 'Du har svaret, at dette er forkert:',
    confirmText:
      'Så stopper forløbet her, og certifikatet bliver spærret. Det kan ikke fortrydes. Ring derefter til din LRA, som kan bestille et nyt med de rigtige oplysninger.',
    confirm: 'Ja, spær certifikatet',
    cancel: 'Nej, ret mine svar',
    fields: details,
  },
  stopped: {
    title: 'Forløbet er stoppet',
    lead: 'Du fandt en fejl i certifikatet. Godt, at du så efter. Certifikatet kan ikke bruges.',
    wrongTitle: 'Disse oplysninger er forkerte',
    portalTitle: 'Det svarede portalen',
    portalRevoked: 'Portalen har spærret certifikatet.',
    portalOther: (state: string) =>
      `Portalen siger, at certifikatet er: ${state}. Ring til supporten, så det bliver spærret.`,
    portalWaiting: 'Portalen har ikke fået besked endnu. Certifikatet er låst på denne computer.',
    callTitle: 'Ring til',
    callText: 'Fortæl, hvilke oplysninger der er forkerte, og bed om en ny invitation.',
    tell: 'Giv portalen besked',
  },
  terms: {
    title: 'Læs vilkårene',
    lead: 'Det her skriver du under på. Læs det igennem, og tag den tid, du har brug for.',
    binding: 'Den danske tekst er den, der gælder.',
    print: 'Udskriv vilkårene',
    save: 'Gem vilkårene',
    saved: (name: string) => `Gemt som ${name}`,
    consentsTitle: 'Dine samtykker',
    consentsLead: 'Vilkårene beder om disse samtykker. Sæt kryds ved hvert af dem, hvis du er enig.',
    acceptTitle: 'Din accept',
    accept: 'Jeg har læst og accepterer vilkårene',
    next: 'Gå til underskrift',
    consentMissing: 'Sæt kryds, hvis du giver dette samtykke. Uden det kan certifikatet ikke tages i brug.',
    acceptMissing: 'Sæt kryds, når du har læst vilkårene og accepterer dem.',
    version: (version: number) => `Version ${version}`,
    consents,
    changes: 'Se, hvad der er ændret siden din sidste erklæring',
    noComparison:
      'Vilkårene er ændret siden din sidste erklæring. Den tidligere udgave findes ikke på denne computer, så den kan ikke vises ved siden af. Læs hele teksten her.',
  },
  newTerms: {
    title: 'Det er ændret i vilkårene',
    lead: '»Før« er det, du skrev under på sidst. »Nu« er det, der gælder fra nu af. Bagefter kan du læse hele teksten og skrive under.',
    number: (number: number) => (number === 1 ? '1 sted er ændret.' : `${number} steder er ændret.`),
    showAll: 'Vis hele teksten',
    before: 'Før',
    after: 'Nu',
    notBefore: 'Det stod der ikke.',
    notNow: 'Det står der ikke mere.',
    removedFrom: '[fjernet: ',
    removedTo: ' – slut på fjernet] ',
    addedFrom: '[tilføjet: ',
    addedTo: ' – slut på tilføjet] ',
    former: (place: string) => `Tidligere ${place.toLowerCase()}`,
    places,
    kinds: changes,
    next: 'Gå til vilkårene',
  },
  level: {
    track: 'Erklæringens vej',
    stations: {
      signed: 'Underskrevet',
      'time-stamped': 'Tidsstemplet',
      delivered: 'Afleveret',
      receipted: 'Kvittering',
    },
    done: 'nået',
    notDone: 'ikke endnu',
    signed: 'Underskrevet. Tidspunktet er ikke bevist endnu; det sker af sig selv.',
    timeStamped: 'Tidspunktet er bevist (tidsstempel).',
    timeStampedAt: (at: string) => `Tidspunktet er bevist (tidsstempel): ${at}.`,
    longTerm: 'Kan efterprøves om mange år (B-LT): alt, hvad der skal bruges, ligger i dokumentet.',
    provenAt: (at: string) => `Tidspunktet er bevist: ${at}.`,
  },
  sign: {
    title: 'Underskriv',
    lead: 'Du er næsten færdig. Kontrollér, hvad du skriver under på.',
    titleDeliver: 'Send erklæringen',
    leadDeliver:
      'Erklæringen er underskrevet og gemt på computeren, men portalen har ikke fået den endnu. Den bliver kun registreret én gang.',
    what: 'Det underskriver du',
    whatValue: (version: number) => `Sikkerhedserklæringen, version ${version}, med dine samtykker`,
    who: 'Du underskriver som',
    onBehalfOf: 'På vegne af',
    withCertificate: 'Med certifikatet',
    certificateValue: (serial: string) => `Serienummer ${serial}`,
    to: 'Erklæringen sendes til',
    signedAt: 'Underskrevet',
    password: 'Din adgangskode',
    passwordHint: 'Den låser nøglen op. Din underskrift laves med nøglen her på computeren.',
    passwordMissing: 'Skriv adgangskoden.',
    sign: 'Underskriv og send',
    deliver: 'Send erklæringen',
    inUseTitle: 'Certifikatet er allerede i brug',
    inUse:
      'Derfor kan du ikke begynde forfra her. Den nye erklæring ligger klar på computeren. Svarer portalen ikke, bliver den ikke tabt: send den igen senere.',
    back: 'Tilbage til vilkårene',
  },
  receipt: {
    title: 'Tak – du er færdig',
    lead: 'Portalen har modtaget og godkendt din erklæring. Dit certifikat kan bruges.',
    leadPractice: 'Øvelsesportalen har modtaget og godkendt din erklæring. Det er en øvelse, og intet herfra gælder.',
    acceptedAt: 'Modtaget',
    documentsTitle: 'Dine dokumenter',
    documentsText: 'De ligger også under »Mit certifikat«, så du altid kan finde dem igen.',
    go: 'Gå til Mit certifikat',
  },
  documents: {
    declaration: 'Den underskrevne erklæring',
    elsewhere: 'Erklæringen er underskrevet på en anden computer. Den og kvitteringen ligger der.',
    receipt: 'Portalens kvittering',
    kind: 'PDF',
    open: 'Åbn',
    save: 'Gem',
    openNamed: (document: string) => `Åbn: ${document}`,
    saveNamed: (document: string) => `Gem: ${document}`,
    saved: (name: string) => `Gemt som ${name}`,
  },
};
