// Danish: the first language. `en.ts` must have the same shape; a gap is a type error.
// A text may hold ‹…› around words that are Danish also where the rest is not (see Phrase.svelte).

import type { ActivityKindView } from '../bindings/ActivityKindView';
import type { CertificateKindView } from '../bindings/CertificateKindView';
import type { ChainRoleView } from '../bindings/ChainRoleView';
import type { DetailFieldView } from '../bindings/DetailFieldView';
import type { EnvironmentView } from '../bindings/EnvironmentView';
import type { FileFormatView } from '../bindings/FileFormatView';
import type { GenerationView } from '../bindings/GenerationView';
import type { IssuerStateView } from '../bindings/IssuerStateView';
import type { KeyPurposeView } from '../bindings/KeyPurposeView';
import type { LinkStateView } from '../bindings/LinkStateView';
import type { PasswordReasonView } from '../bindings/PasswordReasonView';
import type { PortalStateView } from '../bindings/PortalStateView';
import type { ProbeTargetView } from '../bindings/ProbeTargetView';
import type { RevocationReasonView } from '../bindings/RevocationReasonView';
import type { StageView } from '../bindings/StageView';
import type { StatusStateView } from '../bindings/StatusStateView';
import type { TermsPlaceView } from '../bindings/TermsPlaceView';
import type { VerdictView } from '../bindings/VerdictView';
import type { ComparedPair } from '../compared-terms';
import type { FileRefusal } from '../visits.svelte';
import { archive, verified } from './signed-documents.da';

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

/** Something with a plain name and what it means. */
export interface Explained {
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
  'time-stamping': 'Henter et tidsstempel',
  submitting: 'Sender til portalen',
  'checking-receipt': 'Kontrollerer kvitteringen',
  'reading-container': 'Læser filen med nøglen',
  'writing-container': 'Skriver filen med nøglen',
  revoking: 'Beder portalen om at spærre',
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

const kinds: Record<CertificateKindView, Explained> = {
  employee: {
    label: 'Medarbejdercertifikat',
    meaning: 'Log-in og underskrift som medarbejder, på vegne af organisationen',
  },
  organisation: { label: 'Virksomhedscertifikat', meaning: 'Log-in og underskrift for organisationen som helhed' },
  function: { label: 'Funktionscertifikat', meaning: 'En funktion eller et it-system i organisationen' },
  personal: { label: 'Personligt certifikat', meaning: 'En privatpersons log-in og underskrift' },
  ca: { label: 'Udstedercertifikat', meaning: 'At udstede andre certifikater og stå inde for dem' },
  other: { label: 'En anden slags certifikat', meaning: 'Det står ikke i certifikatet' },
};

const environments: Record<EnvironmentView, string> = {
  production: 'Rigtig brug (produktion)',
  test: 'Test eller øvelse',
  unknown: 'Det kan ikke afgøres',
};

const generations: Record<GenerationView, string> = {
  oces1: 'OCES1, udstedt indtil omkring 2012',
  oces2: 'OCES2, udstedt indtil oktober 2023',
  oces3: 'OCES3, den nuværende',
  other: 'Ikke et OCES-certifikat',
};

const roles: Record<ChainRoleView, string> = {
  'end-entity': 'Certifikatet',
  authority: 'Udsteder',
  'trust-anchor': 'Rod – den, computeren stoler på',
};

const links: Record<LinkStateView, string> = {
  holds: 'I orden',
  'status-untold': 'I orden, men ikke undersøgt for spærring',
  'not-yet-valid': 'Gælder ikke endnu',
  expired: 'Udløbet',
  suspended: 'Suspenderet',
  revoked: 'Spærret',
  unproven: 'Ikke bevist',
  broken: 'Ikke i orden',
};

const statuses: Record<StatusStateView, string> = {
  good: 'at det gælder',
  suspended: 'at det er suspenderet',
  revoked: 'at det er spærret',
  unknown: 'at den ikke kender det',
};

const keyUsages: Record<string, string> = {
  digitalSignature: 'Log ind',
  nonRepudiation: 'Underskrive, så det binder',
  keyEncipherment: 'Modtage krypterede nøgler',
  dataEncipherment: 'Modtage krypterede data',
  keyAgreement: 'Aftale en fælles nøgle',
  keyCertSign: 'Udstede certifikater',
  cRLSign: 'Udgive spærrelister',
  encipherOnly: 'Kun kryptere',
  decipherOnly: 'Kun dekryptere',
};

const verdicts: Record<VerdictView, { title: string; text: string }> = {
  valid: {
    title: 'Certifikatet ser rigtigt ud',
    text: 'Det er udstedt af en, computeren stoler på, og det gælder i dag.',
  },
  invalid: {
    title: 'Certifikatet er ikke i orden',
    text: 'Nedenfor står, hvad der er galt, og hvad du kan gøre.',
  },
  indeterminate: {
    title: 'Det kan ikke afgøres, om certifikatet er i orden',
    text: 'Nedenfor står, hvad der mangler.',
  },
};

const fileFormats: Record<FileFormatView, string> = {
  pem: 'Tekstfil (PEM)',
  der: 'Certifikat (DER)',
  pkcs7: 'Samling af certifikater (PKCS #7)',
  pkcs12: 'Fil til certifikat og nøgle (PKCS #12)',
};

const refusals: Record<FileRefusal, { title: string; text: string }> = {
  'too-large': {
    title: 'Filen er for stor',
    text: 'Af en certifikatfil læses højst 4 MB og af en erklæring højst 2 MB. Det er nok en anden slags fil.',
  },
  empty: { title: 'Filen er tom', text: 'Der er ikke noget i den. Prøv at hente den igen, hvor du fik den.' },
  'not-recognised': {
    title: 'Det er hverken en certifikatfil eller en underskrevet PDF',
    text: 'Certifikatfiler ender som regel på .cer, .crt, .pem, .der, .p7b, .p12 eller .pfx. Erklæringer og kvitteringer ender på .pdf.',
  },
  'no-certificate': {
    title: 'Der er ikke noget certifikat i filen',
    text: 'Filen kan læses, men den rummer noget andet. Se efter, om der ligger en anden fil ved siden af.',
  },
  'key-only': {
    title: 'Filen rummer en nøgle og intet certifikat',
    text: 'Nøglen er ikke læst. Sådan en fil må kun ligge, hvor ingen andre kan få fat i den. Er du i tvivl, så vis den til din it-afdeling.',
  },
  damaged: {
    title: 'Filen er beskadiget',
    text: 'Den begynder som en certifikatfil, men resten kan ikke læses. Prøv at hente den igen, hvor du fik den.',
  },
  unsupported: {
    title: 'Filen er låst på en måde, som programmet ikke kender',
    text: 'Bed den, du har filen fra, om at gemme den på en nyere måde (PKCS #12 med AES).',
  },
  several: { title: 'Vælg én fil ad gangen', text: 'Der kom flere filer. Slip eller vælg kun den ene.' },
  folder: { title: 'Det er en mappe', text: 'Åbn mappen, og vælg selve filen.' },
  unreadable: {
    title: 'Filen kan ikke læses',
    text: 'Måske er den flyttet, eller du har ikke lov til at læse den. Kopiér den til en af dine egne mapper, og prøv igen.',
  },
};

const probes: Record<ProbeTargetView, Explained> = {
  keychain: { label: 'Nøgleringen', meaning: 'Det sted på computeren, hvor din nøgle ligger' },
  token: { label: 'Nøgleenheden', meaning: 'Det kort, den USB-nøgle eller den sikkerhedsbrik, hvor din nøgle ligger' },
  journal: { label: 'Det, computeren husker', meaning: 'Hvor langt du er, og hvilke certifikater du har' },
  clock: { label: 'Computerens ur', meaning: 'Det skal passe med portalens' },
  proxy: { label: 'Arbejdspladsens proxy', meaning: 'Mellemstationen på vej ud på nettet' },
  portal: { label: 'Portalen', meaning: 'Den, du underskriver til' },
  ocsp: { label: 'Svar på spærring', meaning: 'Fortæller, om certifikatet stadig gælder (OCSP)' },
  'revocation-list': { label: 'Spærrelisten', meaning: 'Udstederens liste over spærrede certifikater (CRL)' },
  'time-stamp': { label: 'Tidsstemplet', meaning: 'Bevidner, hvornår der er underskrevet (TSA)' },
};

const rejected: Record<PasswordReasonView, string> = {
  'too-short': 'Adgangskoden skal have mindst 10 tegn.',
  'too-long': 'Adgangskoden er for lang. Vælg en kortere.',
  guessable: 'Adgangskoden er for let at gætte. Tag fire tilfældige ord, og brug ikke navne.',
};

const purposes: Record<KeyPurposeView, string> = {
  'certification-request': 'Bestilling af certifikatet',
  'device-registration': 'Registrering af denne computer',
  'declaration-signature': 'Underskrift på sikkerhedserklæringen',
  'declaration-submission': 'Aflevering af sikkerhedserklæringen',
  'password-change': 'Skift af adgangskode',
  'key-import': 'Nøglen hentet fra en fil',
  'key-export': 'Nøglen kopieret til en fil',
  renewal: 'Fornyelse af certifikatet',
  revocation: 'Spærring af certifikatet',
};

const portalStates: Record<PortalStateView, string> = {
  'awaiting-declaration': 'venter på erklæringen',
  active: 'i brug',
  suspended: 'suspenderet',
  revoked: 'spærret',
};

const issuerStates: Record<IssuerStateView, string> = {
  good: 'gælder',
  suspended: 'suspenderet',
  revoked: 'spærret',
  unknown: 'ukendt',
};

const reasons: Record<RevocationReasonView, Explained> = {
  'key-compromise': {
    label: 'Andre kan have fået fat i min nøgle',
    meaning: 'Computeren eller adgangskoden er stjålet, set eller delt, eller noget er sket, som jeg ikke kender.',
  },
  'affiliation-changed': {
    label: 'Mine oplysninger er ændret',
    meaning: 'Nyt navn, ny e-mail eller ny arbejdsgiver. Din LRA sender så en ny invitation.',
  },
  superseded: {
    label: 'Jeg har fået et andet certifikat i stedet',
    meaning: 'Det nye er i brug, og dette skal ikke bruges mere.',
  },
  'cessation-of-operation': {
    label: 'Jeg skal ikke bruge det mere',
    meaning: 'Du skifter arbejde eller opgaver og skal ikke logge ind mere.',
  },
  'wrong-details': {
    label: 'En oplysning i certifikatet er forkert',
    meaning: 'Noget i certifikatet har ikke passet fra begyndelsen.',
  },
};

const activityKinds: Record<ActivityKindView, string> = {
  'log-in': 'Log-in',
  declaration: 'Sikkerhedserklæringen afleveret',
  'device-registration': 'En computer registreret',
  renewal: 'Certifikatet fornyet',
  revocation: 'Certifikatet spærret',
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

/** Why the key was refused, where the problem's own title is not said of what is over. */
const usesReasons: Record<string, string> = {
  'wrong-step': 'Noget andet var sket i forløbet imens',
};

const inSeconds = (seconds: number): string => (seconds === 1 ? 'om 1 sekund' : `om ${seconds} sekunder`);
/** Up to two minutes in seconds. */
const soon = (seconds: number): string =>
  seconds < 120 ? inSeconds(seconds) : `om ${Math.ceil(seconds / 60).toLocaleString('da-DK')} minutter`;
const times = (number: number): string => (number === 1 ? '1 gang' : `${number.toLocaleString('da-DK')} gange`);
const onDays = (number: number): string => (number === 1 ? 'på 1 dag' : `på ${number.toLocaleString('da-DK')} dage`);

export const da = {
  language: 'Dansk',
  product: 'Certifikatguide',
  header: {
    practice: 'Øvelse',
    practiceMeaning: 'Du øver dig. Intet herfra gælder.',
    languages: 'Sprog',
    skip: 'Gå til indholdet',
    suspend: 'Suspendér',
    suspendNamed: 'Suspendér certifikatet',
  },
  footer: {
    support: (phone: string) => `Support: ${phone}`,
    portal: (portal: string) => `Portal: ${portal}`,
    version: (version: string) => `Version ${version}`,
    help: 'Hjælp',
    doctor: 'Hvorfor kan jeg ikke underskrive?',
    file: 'Se på en certifikatfil eller en erklæring',
    byCode: 'Suspendér uden nøglen',
  },
  steps: {
    label: 'Trin i forløbet',
    position: (number: number, of: number, name: string) => `Trin ${number} af ${of}: ${name}`,
    done: 'udført',
    names: ['Invitation', 'Din nøgle', 'Kontrollér oplysninger', 'Vilkår', 'Underskriv', 'Kvittering'],
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
    back: 'Tilbage',
    investigate: 'Find ud af, hvad der er galt',
  },
  problem: {
    silent: (hosts: string) => `Svarede ikke: ${hosts}`,
    retryIn: (seconds: number) => `Prøv igen ${soon(seconds)}`,
    retryNow: 'Du kan prøve igen nu',
    shortly: (seconds: number) => `(${soon(seconds)})`,
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
  certificate: {
    title: 'Mit certifikat',
    state: 'Status',
    valid: 'Gyldigt',
    validText: 'Du kan logge på ‹Arbejdsmarkedsportalen› med det.',
    validTextPractice: 'Det er et øvelsescertifikat. Det giver ikke adgang til noget.',
    faulty: 'Ikke i orden',
    faultyText: 'Der er fundet noget galt med certifikatet, så det kan ikke bruges. Se nedenfor, hvad du kan gøre.',
    early: 'Gælder ikke endnu',
    earlyText: 'Gyldigheden er ikke begyndt, siger computerens ur. Se efter, om uret går rigtigt.',
    expired: 'Udløbet',
    expiredText: 'Gyldigheden er slut. Certifikatet må ikke bruges mere. Bed din LRA om et nyt.',
    suspended: 'Suspenderet',
    suspendedText: 'Certifikatet er sat på pause og kan ikke bruges. Kun din LRA kan ophæve suspenderingen.',
    revoked: 'Spærret',
    revokedText: 'Certifikatet er lukket for altid. Bed din LRA om en ny invitation, hvis du skal bruge et nyt.',
    holder: 'Udstedt til',
    since: 'Siden',
    documentsTitle: 'Dine dokumenter',
    suspendTitle: 'Har du mistanke om misbrug?',
    suspendText:
      'Suspendér med det samme. Så kan ingen bruge certifikatet, før din LRA åbner det igen. Du behøver ikke din adgangskode.',
    suspendLockedText: 'Denne portal kan ikke suspendere. Lås nøglen her med det samme, og spær så certifikatet helt.',
    suspend: 'Suspendér certifikat',
    confirmTitle: 'Suspendér certifikatet nu?',
    confirmText: 'Nøglen låses straks på denne computer, og portalen får besked. Kun din LRA kan ophæve det igen.',
    confirm: 'Ja, suspendér nu',
    alarmTitle: 'Ved du ikke, hvorfor det er spærret?',
    alarmText:
      'Har en anden fornyet certifikatet med din nøgle, gælder det nye stadig. Slå alarm, så bliver det suspenderet.',
    alarm: 'Slå alarm',
    alarmConfirmTitle: 'Slå alarm nu?',
    alarmConfirmText:
      'Portalen suspenderer det certifikat, der måtte være kommet i stedet for dit. Kun din LRA kan ophæve det igen.',
    alarmConfirm: 'Ja, slå alarm',
    alarmTold: 'Portalen har fået din alarm',
    alarmToldText: (phone: string) =>
      `Er der et nyt certifikat, er det suspenderet nu. Ring til din LRA eller til ${phone}, og bed om en ny invitation.`,
    alarmNotTold: 'Portalen har ikke fået din alarm endnu',
    alarmNotToldText: (phone: string) =>
      `Prøv igen nu, eller ring til supporten på ${phone}, og sig, at en anden kan have fornyet dit certifikat.`,
    lockTitle: 'Lås nøglen nu?',
    lockText:
      'Denne portal kan ikke suspendere. Nøglen låses straks på denne computer, men certifikatet gælder stadig hos portalen, til det spærres helt.',
    lock: 'Ja, lås nøglen her',
    revokeInstead: 'Spær helt i stedet',
    readBackTitle: 'Portalens svar',
    seeActivities: 'Se, hvad certifikatet er brugt til på portalen',
    readBack: (state: string, at: string) => `${state} (${at})`,
    answered: (at: string, state: string) => `Portalen svarede den ${at}: ${state}`,
    notTold: 'Portalen har ikke fået besked endnu',
    notToldText: (phone: string) =>
      `Certifikatet er låst på denne computer, men portalen ved det ikke. Prøv igen nu, eller ring til supporten på ${phone} og bed dem suspendere det.`,
    notToldLockedText: (phone: string) =>
      `Portalen kan ikke suspendere. Nøglen er låst på denne computer, men certifikatet gælder stadig hos portalen. Spær det helt med spærrekoden, eller ring til supporten på ${phone}.`,
    tell: 'Giv portalen besked igen',
    expiredCallText:
      'Et udløbet certifikat kan ikke fornys. Bed din LRA om en ny invitation. Med den begynder du forfra.',
    termsTitle: 'Vilkårene er ændret',
    termsText:
      'Se, hvad der er nyt, og underskriv en ny erklæring. Dit certifikat virker imens; portalen afgør hvor længe.',
    termsAfterDetails: 'Kontrollér først oplysningerne i certifikatet nedenfor. Så kan du underskrive en ny erklæring.',
    terms: 'Se, hvad der er ændret',
    checkTitle: 'Kontrollér oplysningerne i certifikatet',
    checkText: 'Certifikatet er nyt eller åbnet igen. Se efter, om det, der står i det, er rigtigt.',
    check: 'Kontrollér nu',
    codeTitle: 'Du har ikke gemt din nye spærrekode',
    codeText: 'Den gamle gælder ikke mere. Få en ny, så du kan suspendere uden computeren.',
    code: 'Få en ny spærrekode',
    renewTitle: 'Certifikatet kan fornys',
    renewBegunTitle: 'Fornyelsen er ikke færdig',
    renewText: (day: string) => `Det udløber den ${day}. Du kan bruge det, til det nye er på plads.`,
    renewBegunText: 'Dit certifikat gælder stadig. Gør fornyelsen færdig, når du er klar.',
    renew: 'Forny certifikatet',
    renewBegun: 'Gør fornyelsen færdig',
    moreTitle: 'Andet, du kan gøre',
    changed: 'Mine oplysninger er ændret',
    changedText: 'Nyt navn, ny e-mail eller ny arbejdsgiver. Certifikatet spærres, og din LRA sender en ny invitation.',
    changePassword: 'Skift adgangskode',
    changePasswordText: 'Hvis du vil have en anden, eller en anden kan have set den.',
    passwordChanged: 'Adgangskoden er skiftet. Brug den nye fra nu af.',
    export: 'Gem certifikat og nøgle i en fil',
    exportText: 'Din organisation tillader en kopi (PKCS #12).',
    revoke: 'Spær helt (tilbagekald)',
    revokeText: 'Certifikatet lukkes for altid. Er du i tvivl, så suspendér i stedet.',
    byCode: 'Brug spærrekoden',
    byCodeRevoke: 'Spær helt med spærrekoden',
    byCodeText: 'Nøglen er låst, så herfra kan det kun spærres helt med referencenummer og spærrekode.',
    refresh: 'Spørg portalen',
    refreshFailed: 'Portalen kan ikke nås lige nu. Her står det, computeren sidst fik at vide.',
    callTitle: 'Hvem skal jeg ringe til?',
    callText: 'Fortæl, hvad du har mistanke om. Din LRA afgør, om certifikatet kan åbnes igen eller skal spærres.',
    purpose: 'Formål',
    detailsTitle: 'Se de oplysninger, du har kontrolleret',
    detailsOf: 'Se oplysningerne i det',
    unexamined: 'Kæden og de tekniske oplysninger kan ikke vises lige nu.',
    referenceNumber: 'Referencenummer',
    states: portalStates,
  },
  description: {
    who: 'Udstedt til',
    nobody: 'Der står ikke noget navn',
    organisation: 'Organisation',
    organisationWithCvr: (name: string, cvr: string) => `${name} (CVR\u00a0${cvr})`,
    email: 'E-mail',
    kind: 'Slags',
    purpose: 'Bruges til',
    kinds,
    environments,
    test: 'Test',
    cvrFails: 'CVR-nummeret har et forkert kontrolciffer. Det har de officielle testnumre også, så se selv efter.',
  },
  status: {
    ocsp: (at: string, that: string) => `Udstederen svarede den ${at}, ${that}.`,
    list: (at: string, that: string) => `Udstederens spærreliste fra den ${at} siger, ${that}.`,
    that: statuses,
    since: (at: string) => `Det har det været siden den ${at}.`,
    until: (at: string) => `Svaret gælder til den ${at}.`,
    untilOver: (at: string) => `Svaret gjaldt kun til den ${at}, så der skal spørges igen.`,
    untilOpen: 'Udstederen siger ikke, hvor længe svaret gælder.',
    untoldOwn: 'Udstederen er ikke spurgt endnu. Det sker, hver gang nøglen skal bruges.',
    untoldFile: 'Udstederen er ikke spurgt, om certifikatet er spærret: en fil bliver kun læst her på computeren.',
  },
  timeline: {
    title: 'Gyldighed',
    issued: 'Gælder fra',
    today: 'I dag',
    expires: 'Udløber',
    expired: 'Udløb',
    daysLeft: (days: number) => (days === 1 ? '1 dag tilbage' : `${days.toLocaleString('da-DK')} dage tilbage`),
  },
  chain: {
    title: 'Derfor stoler computeren på det',
    titleUnproven: 'Kæden bag certifikatet',
    lead: 'Et certifikat gælder, fordi en udsteder står inde for det, og en rod står inde for udstederen.',
    roles,
    states: links,
    issuedBy: 'er udstedt af',
    until: (day: string) => `Gælder til ${day}`,
    stops: 'Her stopper kæden',
    stopsText: (issuer: string) => `»${issuer}« er ikke en udsteder, som computeren kender.`,
  },
  findings: {
    title: 'Det blev fundet',
    about: (name: string) => `Gælder: ${name}`,
    severities: { error: 'Fejl', indeterminate: 'Mangler', warning: 'Værd at vide' },
    facts: 'Til supporten',
  },
  technical: {
    title: 'Tekniske oplysninger',
    issuer: 'Udsteder',
    issuerMeaning: 'Den, der har lavet certifikatet og skrevet under på det.',
    serial: 'Serienummer',
    serialMeaning: 'Udstederens nummer for netop dette certifikat. Det er det, der står på en spærreliste.',
    fingerprint: 'Fingeraftryk (SHA-256)',
    fingerprintMeaning:
      'Et tal, som er regnet ud af hele certifikatet. Er det ens to steder, er certifikatet det samme.',
    employeeId: 'Medarbejder-id',
    generation: 'Generation',
    generations,
    environment: 'Beregnet til',
    key: 'Nøgle',
    keyMeaning: 'Slags og længde. Længere er sværere at regne ud.',
    signature: 'Udstederens underskrift',
    signatureMeaning: 'Den metode, udstederen har skrevet under med.',
    keyUsage: 'Nøglen må bruges til',
    keyUsages,
    policies: 'Regler (certifikatpolitik)',
    policiesMeaning: 'Numre på de regler, certifikatet er udstedt efter.',
    none: 'Ingen angivet',
  },
  file: {
    title: 'Certifikatfil eller erklæring',
    lead: 'Slip en certifikatfil her for at se, hvad der står i certifikatet, og om det er i orden. Du kan også slippe en underskrevet erklæring eller kvittering (PDF) for at se, om den holder. Filen bliver kun læst. Den bliver ikke gemt og ikke sendt nogen steder.',
    choose: 'Vælg en fil (certifikat eller PDF)',
    chooseAnother: 'Vælg en anden fil',
    or: 'Du kan også trække en fil ind over vinduet.',
    drop: 'Slip certifikatet eller erklæringen (PDF) for at se på filen',
    reading: 'Læser filen …',
    verifying: 'Efterprøver dokumentet. Det tager et øjeblik …',
    aDocument: 'Det her er en fil. Den er kun læst: intet er ændret, gemt eller sendt.',
    named: (name: string) => `Filen »${name}«`,
    nameless: 'Filen har ikke noget navn',
    aFile: 'Det her er en fil, ikke »Mit certifikat«. Den er kun læst: den er ikke taget i brug, og intet er gemt.',
    keyTitle: 'Filen rummer også en privat nøgle',
    keyText:
      'Nøglen er ikke læst. Lad ikke filen ligge, hvor andre kan få fat i den: hvem der har både filen og adgangskoden, kan underskrive som den, certifikatet er udstedt til.',
    passwordTitle: 'Filen er låst',
    passwordText: 'Skriv filens adgangskode. Den bruges kun til at åbne filen nu, og den bliver ikke gemt.',
    password: 'Filens adgangskode',
    passwordHint: 'Du har fået den sammen med filen. Det er ikke adgangskoden til Certifikatguide.',
    passwordMissing: 'Skriv filens adgangskode.',
    passwordWrong: 'Adgangskoden åbner ikke filen. Se efter store og små bogstaver, og prøv igen.',
    open: 'Åbn filen',
    verdicts,
    format: 'Filen',
    formats: fileFormats,
    certificates: (number: number) =>
      `${number.toLocaleString('da-DK')} certifikater. Her vises det, som de andre hører til.`,
    refusals,
  },
  doctor: {
    title: 'Hvorfor kan jeg ikke underskrive?',
    lead: 'Her prøver computeren ét for ét alt det, der skal virke, når du underskriver. Intet bliver ændret, og din nøgle bliver ikke brugt.',
    working: 'Undersøger …',
    trying: (name: string) => `Prøver: ${name}`,
    allWell: 'Alt virker',
    allWellText: 'Computeren fandt intet, der står i vejen for at underskrive.',
    nextStep: 'Intet er i vejen',
    nextStepText: 'Der mangler kun et skridt. Gå tilbage, og fortsæt, hvor du slap.',
    notReady: 'Forbindelsen virker, men der er intet certifikat, der kan bruges',
    notReadyText: 'Se nedenfor, hvad der mangler for hvert certifikat.',
    nothingYet: 'Forbindelsen virker, men der er intet certifikat endnu',
    nothingYetText: 'Gå tilbage, og åbn din invitation. Så får du et certifikat at underskrive med.',
    fails: (more: number) =>
      more === 1
        ? 'Én ting mere virker ikke. Begynd med den øverste: den anden kan følge af den.'
        : `${more} ting mere virker ikke. Begynd med den øverste: de andre kan følge af den.`,
    failsOne: 'Se nedenfor, hvad du kan gøre.',
    failingTitle: 'Det virker ikke',
    testedTitle: 'Alt, der er prøvet',
    probes,
    results: { works: 'Virker', fails: 'Virker ikke', 'not-used': 'Bruges ikke her' },
    at: (address: string) => `Adresse: ${address}`,
    certificatesTitle: 'Certifikater på denne computer',
    noCertificates: 'Der er ingen certifikater på computeren endnu.',
    above: 'Se øverst, hvad du kan gøre ved det.',
    usable: 'I orden',
    unusable: 'Kan ikke bruges',
    past: 'Tidligere certifikat',
    practice: 'Øvelse',
    portal: (portal: string) => `Portal: ${portal}`,
    again: 'Undersøg igen',
    copy: 'Kopiér til supporten',
    copied: 'Kopieret. Sæt det ind i en besked til supporten. Der er ingen adgangskoder eller nøgler i.',
    notCopied: 'Det kunne ikke kopieres. Marker teksten her, og kopiér den selv.',
    report: 'Tekst til supporten',
    examinedAt: (at: string) => `Undersøgt den ${at}`,
  },
  uses: {
    open: 'Se, hvad nøglen er brugt til',
    title: 'Brug af nøglen',
    lead: 'Her står hver gang, din nøgle er brugt, og hver gang nogen har prøvet.',
    calm: 'Kender du det hele, er alt, som det skal være.',
    reading: 'Læser loggen …',
    intact: 'Ingen linjer er ændret',
    altered: (number: number) => `Linje ${number} passer ikke: nogen har ændret loggen`,
    alteredMeaning:
      'Hver linje er bundet til den før. Et sted passer det ikke, så en linje er ændret, fjernet eller sat ind. Det kan være gjort for at skjule, at nøglen er brugt.',
    alteredRemedy:
      'Gem loggen som fil, og suspendér certifikatet. Ring så til supporten på {support}, og lad jeres it-afdeling undersøge computeren.',
    cutOff: (number: number) => `Linje ${number} mangler: slutningen af loggen er væk`,
    cutOffMeaning:
      'Computeren husker for sig, hvor mange linjer der er. De sidste er fjernet. Det kan være gjort for at skjule, at nøglen er brugt.',
    unfitting: 'Passer ikke',
    seeActivities: 'Se også, hvad portalen har set',
    unknownTitle: 'Er der noget, du ikke kender?',
    unknownText: 'Så kan du suspendere certifikatet med det samme. Du behøver ikke din adgangskode.',
    notMe: 'Det var ikke mig',
    notMeNamed: (what: string, at: string) => `Det var ikke mig: ${what}, ${at}`,
    confirmText: 'Har en anden brugt din nøgle eller prøvet, skal ingen kunne bruge certifikatet.',
    lockedTitle: 'Nøglen er låst',
    lockedText: 'Er der noget, du ikke kender, så ring, og fortæl, hvilken linje det er.',
    lastWeeks: (weeks: number) => `De seneste ${weeks} uger`,
    usedInAll: (number: number, days: number) =>
      number === 0 ? 'Nøglen er ikke brugt.' : `Nøglen er brugt ${times(number)} ${onDays(days)}.`,
    refusedInAll: (number: number, days: number) =>
      number === 0 ? 'Intet er afvist.' : `Den er afvist ${times(number)} ${onDays(days)}.`,
    legend: { used: 'Brugt', refused: 'Afvist', both: 'Brugt og afvist' },
    listTitle: 'Linje for linje',
    most: (number: number) => `Her står de seneste ${number.toLocaleString('da-DK')} linjer. Filen har også de ældre.`,
    purposes,
    done: 'Udført',
    refused: 'Afvist',
    because: (reason: string) => `Hvorfor: ${reason}`,
    reasons: usesReasons,
    portal: (portal: string) => `Portal: ${portal}`,
    document: (id: string) => `Erklæring nr. ${id}`,
    version: (version: string) => `Certifikatguide ${version}`,
    line: (number: number) => `Linje ${number}`,
    former: 'Nøglen til et tidligere certifikat',
    empty: 'Nøglen er ikke brugt endnu',
    emptyText: 'Så snart den bliver brugt, eller nogen prøver, står det her.',
    saveTitle: 'Gem loggen',
    saveText:
      'Filen har alle linjer og det, der binder dem sammen, så andre kan kontrollere den. Der er ingen adgangskoder og ingen nøgle i.',
    save: 'Gem som fil',
    saved: (name: string) => `Gemt som ${name}`,
  },
  /** What is said where the key is open already. */
  keyOpen: {
    text: (time: string) => `Nøglen er åben til kl. ${time}, så du skal ikke skrive adgangskoden.`,
    textPin: (time: string) => `Nøglen er åben til kl. ${time}, så du skal ikke skrive PIN-koden.`,
  },
  earlier: {
    title: 'Du har allerede et certifikat',
    lead: 'Før det nye bliver lavet, skal du sige, hvad der skal ske med det, du har.',
    leadSeveral: 'Før det nye bliver lavet, skal du sige, hvad der skal ske med dem, du har.',
    noComputer: 'Ingen computer er registreret',
    registered: 'I brug siden',
    notAfter: 'Gælder til',
    state: 'Status',
    choice: 'Hvad skal der ske, når det nye er i brug?',
    choices: {
      keep: { label: 'Behold begge', meaning: 'Du kan blive ved med at bruge den anden computer.' },
      supersede: {
        label: 'Spær det gamle, når det nye er i brug',
        meaning: 'Vælg det, hvis du ikke skal bruge den anden computer mere. Indtil da virker det gamle.',
      },
    },
    choiceMissing: 'Vælg et af de to svar.',
    stranger: 'Kender du ikke den computer, så ring til din LRA, før du går videre.',
    next: 'Fortsæt',
  },
  banners: {
    suspicious: (number: number) =>
      number === 1
        ? 'Certifikatet er brugt på portalen én gang, som denne computer ikke kender'
        : `Certifikatet er brugt på portalen ${number} gange, som denne computer ikke kender`,
    suspiciousText: 'Se efter, om det var dig. Var det ikke, så suspendér med det samme.',
    suspiciousClosedText: 'Certifikatet er lukket. Fortæl din LRA, hvad du ikke kender.',
    see: 'Se, hvad der er sket',
    daysLeft: (days: number) =>
      days === 0
        ? 'Dit certifikat udløber i dag'
        : days === 1
          ? 'Dit certifikat udløber i morgen'
          : `Dit certifikat udløber om ${days} dage`,
    expired: 'Dit certifikat er udløbet',
    reminderText: 'Forny det i god tid, så du ikke bliver lukket ude.',
    expiredText: 'Bed din LRA om en ny invitation.',
    renew: 'Forny nu',
    snooze: 'Mind mig om det i morgen',
  },
  byCode: {
    title: 'Suspendér uden nøglen',
    lead: 'Brug det, når du ikke har computeren, eller når nøglen ikke virker. Du skal bruge de to ting, du gemte, da certifikatet blev lavet.',
    reference: 'Referencenummer',
    referenceHint: 'Fx ABCD-1234-EFGH',
    referenceMissing: 'Skriv referencenummeret.',
    code: 'Spærrekode',
    codeHint: 'Tre gange fire tegn. Det er ikke engangskoden fra invitationen.',
    codeMissing: 'Skriv spærrekoden.',
    suspend: 'Suspendér nu',
    suspendMeaning: 'Ingen kan bruge certifikatet, før din LRA åbner det igen.',
    notOffered: 'Denne portal kan ikke suspendere. Certifikatet kan kun spærres helt.',
    revoke: 'Spær helt (tilbagekald) i stedet',
    revokeTitle: 'Spær helt (tilbagekald)',
    revokeMeaning: 'Certifikatet lukkes for altid. Det kan ikke fortrydes.',
    revokeConfirm: 'Spær certifikatet for altid',
    noCodeTitle: 'Har du ikke koden?',
    noCode: (phone: string) =>
      phone === ''
        ? 'Ring til din LRA eller til portalens support. De kan suspendere certifikatet for dig.'
        : `Ring til din LRA eller til supporten på ${phone}. De kan suspendere certifikatet for dig.`,
    asking: 'Spørger portalen …',
    doneTitles: portalStates,
    done: (state: string) => `Portalen svarer: ${state}`,
    since: (at: string) => `Siden den ${at}`,
    serial: (serial: string) => `Serienummer ${serial}`,
    doneText: 'Ring til din LRA, og fortæl, hvad der er sket.',
  },
  readBack: {
    title: 'Læst tilbage lige nu',
    lead: 'Tre steder er spurgt, hver for sig.',
    portal: 'Portalen',
    ocsp: 'Udstederens svar (OCSP)',
    list: 'Spærrelisten (CRL)',
    issuerStates,
    silent: 'svarer ikke',
    reading: 'Læser, hvad portalen og udstederen siger …',
    unread: 'Det kunne ikke læses tilbage lige nu.',
    at: (at: string) => `Læst den ${at}`,
    again: 'Læs igen',
  },
  revoke: {
    title: 'Spær certifikatet helt',
    lead: 'Det kaldes også at tilbagekalde. Certifikatet lukkes for altid.',
    consequenceTitle: 'Det sker der',
    consequences: [
      'Ingen kan logge ind eller underskrive med det igen, heller ikke du.',
      'Det kan ikke fortrydes, heller ikke af din LRA.',
      'Det, du allerede har underskrevet, gælder stadig.',
      'Skal du bruge et nyt, sender din LRA en ny invitation.',
    ],
    unsure: 'Er du i tvivl, så suspendér i stedet. Det kan ophæves.',
    why: 'Hvorfor skal det spærres?',
    reasons,
    reasonMissing: 'Vælg en grund.',
    wrongDetails: 'Er en oplysning i certifikatet forkert?',
    checkDetails: 'Kontrollér oplysningerne',
    password: 'Din adgangskode',
    passwordHint: 'Den viser, at det er dig.',
    pin: 'Nøgleenhedens PIN-kode',
    pinHint: 'Nøgleenheden skal sidde i.',
    missing: 'Skriv adgangskoden.',
    missingPin: 'Skriv PIN-koden.',
    forgotten: 'Har du glemt den, så brug spærrekoden.',
    confirm: 'Spær certifikatet for altid',
  },
  renew: {
    title: 'Forny certifikatet',
    lead: 'Du får et nyt certifikat med en ny nøgle. Oplysningerne er de samme.',
    points: [
      'Det gamle kan bruges, til det nye er på plads.',
      'Du får en ny spærrekode, som du skal gemme.',
      'Bagefter kontrollerer du oplysningerne igen.',
    ],
    changedData: 'Er dit navn, din e-mail eller din arbejdsgiver ændret? Så skal du ikke forny, men have et nyt.',
    password: 'Din adgangskode',
    passwordHint: 'Den samme adgangskode gælder for den nye nøgle.',
    pin: 'Nøgleenhedens PIN-kode',
    pinHint: 'Nøgleenheden skal sidde i. Den nye nøgle laves på den.',
    missing: 'Skriv adgangskoden.',
    missingPin: 'Skriv PIN-koden.',
    confirm: 'Forny nu',
    codeTitle: 'Få en ny spærrekode',
    codeLead: 'Den nye kode vises én gang. Derefter gælder koden fra før ikke mere.',
    codePasswordHint: 'Den viser, at det er dig.',
    codeConfirm: 'Vis en ny spærrekode',
  },
  activities: {
    title: 'Brug på portalen',
    lead: 'Her står, hvad portalen har set dit certifikat blive brugt til, holdt op mod det, denne computer ved.',
    reading: 'Læser …',
    calm: 'Alt passer med det, denne computer ved',
    suspiciousTitle: 'Det kender denne computer ikke',
    suspiciousText: 'Var det dig, fx i en browser eller på en anden computer, så sig det. Ellers suspendér.',
    restTitle: 'Alt det andet, det nyeste først',
    kinds: activityKinds,
    device: (name: string) => `Computer: ${name}`,
    noDevice: 'Ikke fra en registreret computer',
    address: (address: string) => `IP-adresse ${address}`,
    judgements: {
      ours: 'Denne computer',
      before: 'Før nøglen kom hertil',
      suspicious: 'Ukendt',
      acknowledged: 'Du kender det',
    },
    me: 'Det var mig',
    meNamed: (what: string, at: string) => `Det var mig: ${what}, ${at}`,
    notMe: 'Det var ikke mig',
    notMeNamed: (what: string, at: string) => `Det var ikke mig: ${what}, ${at}`,
    empty: 'Portalen har ikke set certifikatet brugt endnu',
    emptyText: 'Det nyeste kommer, næste gang portalen svarer.',
  },
  changePassword: {
    title: 'Skift adgangskode',
    lead: 'Nøglen er den samme. Den låses bare med en ny adgangskode.',
    old: 'Din nuværende adgangskode',
    oldMissing: 'Skriv den adgangskode, du bruger nu.',
    new: 'Ny adgangskode',
    same: 'Den nye adgangskode er den samme som den gamle.',
    confirm: 'Skift adgangskode',
  },
  export: {
    title: 'Gem certifikat og nøgle i en fil',
    lead: 'Filen (PKCS #12) kan åbnes på en anden computer. Den er låst med en adgangskode, som du vælger nu.',
    warning: 'Hvem der har både filen og dens adgangskode, kan underskrive som dig. Send dem aldrig sammen.',
    password: 'Din adgangskode',
    passwordHint: 'Den låser nøglen op.',
    passwordMissing: 'Skriv din adgangskode.',
    container: 'Filens adgangskode',
    containerHint: 'En ny, kun til filen. Brug ikke din egen igen.',
    containerAgain: 'Filens adgangskode igen',
    containerMissing: 'Vælg en adgangskode til filen.',
    same: 'Vælg en anden end din egen adgangskode.',
    confirm: 'Vælg, hvor filen skal gemmes',
    saved: (name: string) => `Gemt som ${name}`,
  },
  import: {
    title: 'Hent et certifikat ind fra en fil',
    lead: 'Certifikat og nøgle lægges i computerens nøglering og låses med en ny adgangskode. Filen bliver kun læst.',
    choose: 'Vælg en fil (.p12 eller .pfx)',
    chooseAnother: 'Vælg en anden fil',
    chosen: (name: string) => `Filen »${name}«`,
    containerPassword: 'Filens adgangskode',
    containerPasswordHint: 'Du har fået den sammen med filen.',
    containerPasswordMissing: 'Skriv filens adgangskode.',
    read: 'Åbn filen',
    none: 'Der er ikke noget medarbejdercertifikat i filen.',
    foundTitle: 'Certifikatet i filen',
    chooseTitle: 'Vælg det certifikat, du vil bruge',
    chooseMissing: 'Vælg et certifikat.',
    validity: (from: string, to: string) => `Gælder fra ${from} til ${to}`,
    serial: (serial: string) => `Serienummer ${serial}`,
    passwordTitle: 'Vælg en ny adgangskode',
    passwordText: 'Den låser nøglen her på computeren. Brug ikke filens.',
    same: 'Vælg en anden end filens adgangskode.',
    confirm: 'Hent certifikatet ind',
  },
  containerLeft: {
    title: 'Slet filen nu',
    lead: (name: string) => `Nøglen ligger nu i computerens nøglering. Filen »${name}« er en kopi, du ikke behøver.`,
    why: 'Hvem der får fat i filen og dens adgangskode, kan underskrive som dig, og det ses ikke her. Har du kopier andre steder, så slet dem også.',
    keepWhy:
      'Behold den kun, hvis du selv skal hente den ind på en anden computer, og gem den, hvor ingen andre kan nå den.',
    delete: 'Slet filen',
    keep: 'Behold filen',
  },
  verified,
  archive,
  stages,
};
