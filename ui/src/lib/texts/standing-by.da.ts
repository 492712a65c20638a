// Danish: the certificate in use, and all that can be done with it. `standing-by.en.ts` has the same shape.

import type { ActivityKindView } from '../bindings/ActivityKindView';
import type { IssuerStateView } from '../bindings/IssuerStateView';
import type { KeyPurposeView } from '../bindings/KeyPurposeView';
import type { PortalStateView } from '../bindings/PortalStateView';
import type { RevocationReasonView } from '../bindings/RevocationReasonView';
import type { Explained } from './shapes';

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

/** Why the key was refused, where the problem's own title is not said of what is over. */
const usesReasons: Record<string, string> = {
  'wrong-step': 'Noget andet var sket i forløbet imens',
};

const times = (number: number): string => (number === 1 ? '1 gang' : `${number.toLocaleString('da-DK')} gange`);

const onDays = (number: number): string => (number === 1 ? 'på 1 dag' : `på ${number.toLocaleString('da-DK')} dage`);

export const standingBy = {
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
};
