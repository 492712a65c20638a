// Danish: the first language. `en.ts` must have the same shape; a gap is a type error.
// A text may hold ‹…› around words that are Danish also where the rest is not (see Phrase.svelte).

import type { DetailFieldView } from '../bindings/DetailFieldView';
import type { StageView } from '../bindings/StageView';

/** What is said about one detail of the certificate. */
export interface DetailText {
  label: string;
  meaning: string;
}

/** A consent in the person's own words. */
export interface ConsentText {
  label: string;
  meaning: string;
}

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

const stages: Record<StageView, string> = {
  'probing-keychain': 'Prøver computerens nøglering',
  'making-key': 'Laver din nøgle',
  'unlocking-key': 'Låser din nøgle op',
  'fetching-certificate': 'Henter dit certifikat',
  'checking-certificate': 'Kontrollerer certifikatet',
  'registering-device': 'Registrerer denne computer',
  'asking-status': 'Spørger, om certifikatet stadig gælder',
  'fetching-terms': 'Henter vilkårene',
  'rendering-declaration': 'Skriver erklæringen',
  signing: 'Underskriver',
  submitting: 'Sender til portalen',
  'checking-receipt': 'Kontrollerer kvitteringen',
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

export const da = {
  language: 'Dansk',
  product: 'Certifikatguide',
  header: {
    practice: 'Øvelse',
    practiceMeaning: 'Du øver dig. Intet herfra gælder.',
    languages: 'Sprog',
    skip: 'Gå til indholdet',
  },
  footer: {
    support: (phone: string) => `Support: ${phone}`,
    portal: (portal: string) => `Portal: ${portal}`,
    version: (version: string) => `Version ${version}`,
  },
  steps: {
    label: 'Trin i forløbet',
    position: (number: number, of: number, name: string) => `Trin ${number} af ${of}: ${name}`,
    done: 'udført',
    names: ['Invitation', 'Adgangskode', 'Kontrollér oplysninger', 'Vilkår', 'Underskriv', 'Kvittering'],
  },
  common: {
    tryAgain: 'Prøv igen',
    cancel: 'Fortryd',
    working: 'Vent venligst …',
    phone: 'Telefon',
    email: 'E-mail',
    support: 'Portalens support',
    authority: 'Din LRA',
    startOver: 'Begynd forfra med en ny invitation',
    startOverTitle: 'Vil du begynde forfra?',
    startOverText:
      'Det, du er nået til med denne invitation, bliver glemt på computeren. Du skal bruge en ny invitation fra din LRA, hvis nøglen allerede er lavet.',
    startOverSuspendsText:
      'Dit certifikat bliver suspenderet hos portalen, så ingen kan bruge det, og nøglen bliver slettet her på computeren. Du skal bruge en ny invitation fra din LRA for at begynde igen.',
    startOverConfirm: 'Ja, begynd forfra',
    showPassword: 'Vis adgangskoden',
    hidePassword: 'Skjul adgangskoden',
    print: 'Udskriv',
  },
  starting: {
    title: 'Certifikatguide åbner',
    failed: 'Certifikatguide kunne ikke åbne',
  },
  welcome: {
    title: 'Velkommen',
    lead: 'Her får du dit medarbejdercertifikat. Det er din adgang til ‹Arbejdsmarkedsportalen›.',
    howTitle: 'Sådan foregår det',
    how: [
      'Du skriver referencenummer og engangskode fra din invitation.',
      'Du vælger en adgangskode, og din nøgle laves på denne computer.',
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
  },
  password: {
    title: 'Vælg en adgangskode',
    titleContinue: 'Fortsæt med din adgangskode',
    forWhom: 'Invitationen er til',
    name: 'Navn',
    email: 'E-mail',
    organisation: 'Arbejdsgiver',
    organisationWithCvr: (name: string, cvr: string) => `${name} (CVR\u00a0${cvr})`,
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
    tooShort: 'Adgangskoden skal have mindst 10 tegn.',
    different: 'De to adgangskoder er ikke ens.',
    missing: 'Skriv adgangskoden.',
    codeMissing: 'Skriv engangskoden.',
  },
  revocationCode: {
    title: 'Gem din spærrekode',
    lead: 'Koden vises kun, indtil du har gemt den.',
    why: 'Med spærrekoden kan du få certifikatet suspenderet, også når du ikke har denne computer – fx hvis den er blevet stjålet. Ring til supporten, og oplys koden og referencenummeret.',
    label: 'Spærrekode',
    reference: 'Referencenummer',
    advice: 'Skriv koden ned, eller udskriv den. Gem den et andet sted end ved computeren.',
    kept: 'Jeg har gemt koden',
  },
  details: {
    title: 'Kontrollér oplysningerne',
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
    receipt: 'Portalens kvittering',
    kind: 'PDF',
    open: 'Åbn',
    save: 'Gem',
    openNamed: (document: string) => `Åbn: ${document}`,
    saveNamed: (document: string) => `Gem: ${document}`,
    saved: (name: string) => `Gemt som ${name}`,
  },
  certificate: {
    title: 'Mit certifikat',
    state: 'Status',
    valid: 'Gyldigt',
    validText: 'Du kan logge på ‹Arbejdsmarkedsportalen› med det.',
    validTextPractice: 'Det er et øvelsescertifikat. Det giver ikke adgang til noget.',
    expired: 'Udløbet',
    expiredText: 'Gyldigheden er slut. Certifikatet må ikke bruges mere. Bed din LRA om et nyt.',
    suspended: 'Suspenderet',
    suspendedText: 'Certifikatet er sat på pause og kan ikke bruges. Kun din LRA kan ophæve suspenderingen.',
    revoked: 'Spærret',
    revokedText: 'Certifikatet er lukket for altid. Bed din LRA om en ny invitation, hvis du skal bruge et nyt.',
    validity: 'Gyldighed',
    validityRange: (from: string, to: string) => `${from} – ${to}`,
    daysLeft: (days: number) => (days === 1 ? '1 dag tilbage' : `${days.toLocaleString('da-DK')} dage tilbage`),
    holder: 'Udstedt til',
    since: 'Siden',
    documentsTitle: 'Dine dokumenter',
    suspendTitle: 'Har du mistanke om misbrug?',
    suspendText:
      'Suspendér med det samme. Så kan ingen bruge certifikatet, før din LRA åbner det igen. Du behøver ikke din adgangskode.',
    suspend: 'Suspendér certifikat',
    confirmTitle: 'Suspendér certifikatet nu?',
    confirmText: 'Nøglen låses straks på denne computer, og portalen får besked. Kun din LRA kan ophæve det igen.',
    confirm: 'Ja, suspendér nu',
    readBackTitle: 'Portalens svar',
    readBack: (state: string, at: string) => `${state} (${at})`,
    answered: (at: string, state: string) => `Portalen svarede den ${at}: ${state}`,
    notTold: 'Portalen har ikke fået besked endnu',
    notToldText: (phone: string) =>
      `Certifikatet er låst på denne computer, men portalen ved det ikke. Prøv igen nu, eller ring til supporten på ${phone} og bed dem suspendere det.`,
    tell: 'Giv portalen besked igen',
    refresh: 'Spørg portalen',
    refreshFailed: 'Portalen kan ikke nås lige nu. Her står det, computeren sidst fik at vide.',
    callTitle: 'Hvem skal jeg ringe til?',
    callText: 'Fortæl, hvad du har mistanke om. Din LRA afgør, om certifikatet kan åbnes igen eller skal spærres.',
    detailsTitle: 'Se oplysningerne i certifikatet',
    serial: 'Serienummer',
    fingerprint: 'Fingeraftryk (SHA-256)',
    referenceNumber: 'Referencenummer',
    states: {
      'awaiting-declaration': 'venter på erklæringen',
      active: 'i brug',
      suspended: 'suspenderet',
      revoked: 'spærret',
    },
  },
  stages,
};
