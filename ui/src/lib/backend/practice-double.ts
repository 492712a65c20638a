// A stand-in for the program, for component tests and for looking at the screens in a browser. Never bundled: only
// `practice.ts` and tests import it.

import type { ActivityView } from '../bindings/ActivityView';
import type { DeclarationLevelView } from '../bindings/DeclarationLevelView';
import type { DetailView } from '../bindings/DetailView';
import type { GuideView } from '../bindings/GuideView';
import type { JourneyView } from '../bindings/JourneyView';
import type { KeySecretView } from '../bindings/KeySecretView';
import type { LanguageView } from '../bindings/LanguageView';
import type { OnEarlierView } from '../bindings/OnEarlierView';
import type { PortalStateView } from '../bindings/PortalStateView';
import type { ProbeBegunView } from '../bindings/ProbeBegunView';
import type { ProblemView } from '../bindings/ProblemView';
import type { StageView } from '../bindings/StageView';
import type { StepView } from '../bindings/StepView';
import type { Backend } from './backend';
import { archiveOf, documentOf } from './practice-documents';
import {
  activitiesOf,
  containerOf,
  diagnosisOf,
  earlierOf,
  fileAnswer,
  ownCertificate,
  passwordJudgement,
  problemView,
  readBackOf,
  useLogOf,
} from './practice-samples';
import { termsOf } from './practice-terms';

/** How the double begins and behaves. */
export interface Wishes {
  /**
   * Where the journey stands; `null` before an invitation. `suspended-untold` and `stopped-untold` have no portal,
   * `closed` has nothing at all.
   */
  step?: string | null;
  language?: LanguageView;
  practice?: boolean;
  keySecret?: KeySecretView;
  /** The code of the problem in which every command ends that changes something. */
  problem?: string | null;
  triesLeft?: number | null;
  /** Hosts that did not answer, and how long the next try must wait, where the problem says so. */
  silent?: string[];
  waitSeconds?: number | null;
  /** How long each stage takes. */
  stageMilliseconds?: number;
  /**
   * The look of the own certificate, of a file, of a diagnosis and of the log: see `practice-samples.ts`, and for a
   * signed document as the file `practice-documents.ts`.
   */
  certificate?: string | null;
  file?: string | null;
  doctor?: string | null;
  uses?: string | null;
  /** How many certificates the employee has already, with an invitation. */
  earlier?: number;
  /** Until when the key is open. */
  openUntil?: string | null;
  exportAllowed?: boolean;
  suspensionOffered?: boolean;
  /** Whole days until the certificate ends: a reminder is due, and it can be renewed. */
  daysLeft?: number | null;
  /** The look of what was done at the portal, of what is read back, and of a file with a key. */
  activities?: string | null;
  readBack?: string | null;
  container?: string | null;
  /** The look of the archive: see `practice-documents.ts`. */
  archive?: string | null;
  /** Whether the declaration was signed on another computer. */
  elsewhere?: boolean;
  /** What an active certificate waits for: `details`, `code`, `renewal` or `terms`, with commas between. */
  waits?: string | null;
  /** How long the declaration can be verified; else as long as it ever will be, once it is delivered. */
  level?: DeclarationLevelView | null;
  /** Whether what has changed in the terms can be shown; else where the certificate waits for `terms`. */
  changes?: boolean;
}

/** The double, with what it was asked. */
export interface PracticeDouble extends Backend {
  readonly calls: { command: string; request?: unknown }[];
  /** The next commands end in this problem; `null` for none. */
  fail(code: string | null, times?: number): void;
  /** The declaration is refused for this reason: the next command ends in it, and the journey is back at the terms. */
  refuse(code: string): void;
  /** The program has found by itself that the journey stands here now. */
  discover(step: StepView): void;
  /** Holds this command up, from its next call on, until what is given back is called. */
  hold(command: string): () => void;
}

const ISSUED_AT = '2026-11-24T11:02:07Z';

const DETAILS: DetailView[] = [
  { field: 'name', value: 'Øvebruger Eksempel' },
  { field: 'organisation', value: 'Øvelseskommune Å' },
  { field: 'cvr', value: '12345678' },
  { field: 'employee-id', value: 'UI:DK-E:G:7d0b5f0e-6a3c-4b1f-9a55-0c2f6f1f3a21' },
  { field: 'email', value: 'øvebruger@example.org' },
  { field: 'issuer', value: 'Certifikatguide øvelses-CA' },
  { field: 'validity', value: '24. november 2026 – 24. november 2029' },
  {
    field: 'purpose',
    value: 'Log-in på Arbejdsmarkedsportalen og underskrift på vegne af arbejdsgiveren',
  },
];

const STEPS: readonly StepView[] = [
  'invited',
  'key-made',
  'unregistered',
  'issued',
  'reviewed',
  'signed',
  'active',
  'suspended',
  'stopped',
  'revoked',
];

/** A journey at a step, with all that is known there. */
function journeyAt(step: StepView, told: boolean): JourneyView {
  const position = STEPS.indexOf(step);
  const portalState: Partial<Record<StepView, PortalStateView>> = {
    suspended: 'suspended',
    stopped: 'revoked',
    revoked: 'revoked',
  };
  const state = portalState[step];
  return {
    step,
    reference: 'AMPX-7K3M-9QXT',
    subject: {
      common_name: 'Øvebruger Eksempel',
      email: 'øvebruger@example.org',
      organisation: 'Øvelseskommune Å',
      cvr: '12345678',
    },
    authority: { name: 'LRA i Øvelseskommune Å', phone: '70 10 00 00', email: 'lra@example.org' },
    imported: false,
    earlier: [],
    on_earlier: null,
    details_to_check: false,
    terms_changed: false,
    code_to_keep: false,
    renewal_due: false,
    renewal_begun: false,
    code_needed: step === 'key-made',
    certificate:
      position < STEPS.indexOf('unregistered')
        ? null
        : {
            details: DETAILS,
            serial_number: '6f1c0a9be2d4471c8f53a0de91b7',
            sha256: 'a3f5c1e09b7d42686f1c0a9be2d4471c8f53a0de91b7a3f5c1e09b7d42681122',
            not_before: ISSUED_AT,
            not_after: '2029-11-24T11:02:07Z',
          },
    declaration:
      position < STEPS.indexOf('signed') || step === 'stopped'
        ? null
        : {
            id: '01936c3f-5b1e-7a4c-8d2e-3f4a5b6c7d8e',
            signed_at: '2026-11-24T11:09:31Z',
            accepted_at: step === 'signed' ? null : '2026-11-24T11:09:33Z',
            elsewhere: false,
            level: step === 'signed' ? 'signed' : 'long-term',
            proven_time: step === 'signed' ? null : '2026-11-24T11:09:32Z',
          },
    block: state
      ? {
          since: '2026-11-24T11:20:00Z',
          wrong: step === 'stopped' ? DETAILS.slice(0, 2) : [],
          portal_state: told ? state : null,
          read_at: told ? '2026-11-24T11:20:02Z' : null,
          alarm: null,
        }
      : null,
    standing: null,
  };
}

/** Makes a double. */
export function practiceDouble(wishes: Wishes = {}): PracticeDouble {
  const calls: PracticeDouble['calls'] = [];
  const pace = wishes.stageMilliseconds ?? 0;
  let problem: ProblemView | null = null;
  let failures = 0;
  const fail = (code: string | null, times = Infinity): void => {
    failures = times;
    problem =
      code === null
        ? null
        : problemView(code, {
            tries_left: wishes.triesLeft ?? (code === 'code-wrong' ? 3 : null),
            silent: wishes.silent ?? (code === 'status-untold' ? ['localhost:8443', 'localhost:8080'] : []),
            wait_seconds: wishes.waitSeconds ?? (code === 'password-wait' ? 12 : null),
          });
  };
  fail(wishes.problem ?? null);
  const held = new Map<string, Promise<void>>();
  const hold = (command: string): (() => void) => {
    let release = (): void => undefined;
    held.set(command, new Promise((resolve) => (release = resolve)));
    return () => {
      held.delete(command);
      release();
    };
  };
  let tell: (stage: StageView) => void = () => undefined;
  let tellChange: () => void = () => undefined;
  let tellProbe: (probe: ProbeBegunView) => void = () => undefined;
  const paced = async (): Promise<void> => {
    if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace));
  };

  const wishedStep = wishes.step?.replace('-untold', '');
  const beginning = STEPS.find((step) => step === wishedStep);
  const view: GuideView = {
    version: '0.1.0',
    portal: 'https://localhost:8443',
    practice: wishes.practice ?? true,
    language: wishes.language ?? 'da',
    language_locked: false,
    support_phone: '70 25 89 25',
    key_secret: wishes.keySecret ?? 'password',
    open_until: wishes.openUntil ?? null,
    export_allowed: wishes.exportAllowed ?? false,
    suspension_offered: wishes.suspensionOffered ?? true,
    reminder: wishes.daysLeft == null ? null : { days_left: wishes.daysLeft },
    suspicious: 0,
    journey: beginning ? journeyAt(beginning, !wishes.step?.endsWith('-untold')) : null,
  };
  let onEarlier: OnEarlierView | null = null;
  let imported = false;
  const waits = new Set(wishes.waits?.split(',') ?? []);
  let activities: ActivityView[] = activitiesOf(wishes.activities ?? null);

  /** What the wishes say of the journey, whatever step it has come to. */
  function adorn(): void {
    view.suspicious = view.journey ? activities.filter(({ judgement }) => judgement === 'suspicious').length : 0;
    if (!view.journey) return;
    view.journey.imported = imported;
    if (view.journey.step === 'invited') {
      view.journey.earlier = earlierOf(wishes.earlier ?? 0);
      view.journey.on_earlier = onEarlier;
    }
    if (view.journey.declaration && wishes.level) {
      view.journey.declaration.level = wishes.level;
      view.journey.declaration.proven_time = wishes.level === 'signed' ? null : '2026-11-24T11:09:32Z';
    }
    if (view.journey.step !== 'active') {
      view.reminder = null;
      return;
    }
    if (view.journey.declaration) view.journey.declaration.elsewhere = wishes.elsewhere ?? false;
    view.journey.details_to_check = waits.has('details');
    view.journey.terms_changed = waits.has('terms');
    view.journey.code_to_keep = waits.has('code');
    view.journey.renewal_begun = waits.has('renewal');
    view.journey.renewal_due = waits.has('renewal') || (wishes.daysLeft ?? -1) >= 0;
    if (wishes.daysLeft != null && view.journey.certificate) {
      const end = Date.now() + (wishes.daysLeft + 0.5) * 86_400_000;
      view.journey.certificate.not_before = new Date(end - 3 * 365 * 86_400_000).toISOString();
      view.journey.certificate.not_after = new Date(end).toISOString();
    }
  }
  adorn();

  async function go(
    command: string,
    request: unknown,
    step: StepView | null,
    stages: StageView[] = [],
  ): Promise<GuideView> {
    calls.push({ command, request });
    await held.get(command);
    for (const stage of stages) {
      tell(stage);
      await paced();
    }
    // Commands are rejected with the view of a problem, not with an Error.
    if (problem && failures > 0) {
      failures -= 1;
      throw problem;
    }
    view.journey = step ? journeyAt(step, true) : null;
    adorn();
    return structuredClone(view);
  }

  /** A command that changes no step. */
  async function does(command: string, request?: unknown): Promise<void> {
    calls.push({ command, request });
    await held.get(command);
    await paced();
    if (problem && failures > 0) {
      failures -= 1;
      throw problem as unknown as Error;
    }
  }

  /** What the portal answers of a certificate in use; all else is as it is. */
  async function refresh(): Promise<GuideView> {
    calls.push({ command: 'refreshState' });
    await held.get('refreshState');
    if (problem) throw problem as unknown as Error;
    if (view.journey?.step === 'active') {
      view.journey.standing = { state: 'active', since: '2026-11-24T11:09:33Z', read_at: '2026-11-24T11:15:00Z' };
    }
    return structuredClone(view);
  }
  /** The portal has a declaration of the terms in force. */
  async function declare(command: string, request: unknown, stages: StageView[]): Promise<GuideView> {
    await go(command, request, 'active', stages);
    waits.delete('terms');
    adorn();
    return structuredClone(view);
  }
  const here = (): StepView => view.journey?.step ?? 'invited';

  return {
    calls,
    fail,
    refuse: (code) => {
      fail(code, 1);
      view.journey = journeyAt('reviewed', true);
    },
    discover: (step) => {
      view.journey = journeyAt(step, true);
      adorn();
      tellChange();
    },
    hold,
    readGuide: () => {
      const closed = problemView('portal-unreachable');
      return wishes.step === 'closed' ? Promise.reject(closed) : Promise.resolve(structuredClone(view));
    },
    offerPracticeInvitation: () => {
      calls.push({ command: 'offerPracticeInvitation' });
      return Promise.resolve({ reference: 'AMPX-7K3M-9QXT', code: 'QW7E-RT2Y' });
    },
    openInvitation: (request) => go('openInvitation', request, 'invited'),
    decideOnEarlier: (request) => {
      onEarlier = request.on_earlier;
      return go('decideOnEarlier', request, 'invited');
    },
    judgePassword: async (request) => {
      calls.push({ command: 'judgePassword', request });
      await held.get('judgePassword');
      return passwordJudgement(request.password);
    },
    enrol: async (request) => {
      const guide = await go('enrol', request, 'unregistered', [
        'probing-keychain',
        'making-key',
        'fetching-certificate',
        'checking-certificate',
        'registering-device',
      ]);
      return { guide, revocation_code: 'K4TM-9XWD-27HP-Q3RA' };
    },
    confirmRevocationCode: async () => {
      const guide = await go('confirmRevocationCode', undefined, here() === 'active' ? 'active' : 'issued');
      waits.delete('code');
      adorn();
      return guide.journey?.step === 'active' ? structuredClone(view) : guide;
    },
    reviewDetails: (request) => {
      const step = waits.delete('details') ? 'active' : 'reviewed';
      return go('reviewDetails', request, request.answers.every(({ correct }) => correct) ? step : 'stopped');
    },
    readTerms: async () => {
      await go('readTerms', undefined, here(), ['fetching-terms']);
      return termsOf(wishes.changes ?? waits.has('terms'));
    },
    signDeclaration: (request) =>
      declare('signDeclaration', request, [
        'unlocking-key',
        'rendering-declaration',
        'signing',
        'time-stamping',
        'submitting',
        'checking-receipt',
      ]),
    deliverDeclaration: (request) =>
      declare('deliverDeclaration', request, ['unlocking-key', 'submitting', 'checking-receipt']),
    suspendCertificate: async () => {
      if (view.journey?.step !== 'revoked') return await go('suspendCertificate', undefined, 'suspended');
      await go('suspendCertificate', undefined, 'revoked');
      const { journey } = view;
      if (journey.block) journey.block.alarm = 'told';
      return structuredClone(view);
    },
    revokeCertificate: (request) =>
      go('revokeCertificate', request, 'revoked', ['asking-status', 'unlocking-key', 'revoking']),
    actByCode: async (request) => {
      await does('actByCode', request);
      return {
        serial_number: '6f1c0a9be2d4471c8f53a0de91b7',
        state: request.revoke === null ? 'suspended' : 'revoked',
        since: '2026-11-24T11:20:00Z',
      };
    },
    readBack: async () => {
      calls.push({ command: 'readBack' });
      await held.get('readBack');
      return readBackOf(wishes.readBack ?? null, view.journey?.block ?? null);
    },
    renewCertificate: async (request) => {
      waits.add('code').add('details').delete('renewal');
      wishes = { ...wishes, daysLeft: null };
      const guide = await go('renewCertificate', request, 'active', [
        'unlocking-key',
        'making-key',
        'fetching-certificate',
        'checking-certificate',
        'registering-device',
      ]);
      return { guide: { ...guide, reminder: null }, revocation_code: 'H7PD-3KXW-94MC-TQ2A' };
    },
    renewRevocationCode: async (request) => {
      const guide = await go('renewRevocationCode', request, here(), ['unlocking-key', 'registering-device']);
      return { guide, revocation_code: 'H7PD-3KXW-94MC-TQ2A' };
    },
    snoozeReminder: async () => {
      await does('snoozeReminder');
      view.reminder = null;
      return structuredClone(view);
    },
    changePassword: (request) => go('changePassword', request, here(), ['unlocking-key']),
    exportCertificate: async (request) => {
      await does('exportCertificate', request);
      return 'øvebruger-eksempel.p12';
    },
    chooseContainer: async () => {
      await does('chooseContainer');
      return wishes.container === 'none-chosen' ? null : { name: 'medarbejder.p12' };
    },
    readContainer: async (request) => {
      await does('readContainer', request);
      return containerOf(wishes.container ?? null);
    },
    importCertificate: async (request) => {
      const guide = await go('importCertificate', request, 'unregistered', [
        'reading-container',
        'checking-certificate',
        'registering-device',
      ]);
      imported = true;
      return { guide, revocation_code: 'K4TM-9XWD-27HP-Q3RA' };
    },
    deleteContainer: () => does('deleteContainer'),
    forgetContainer: () => does('forgetContainer'),
    readActivities: async () => {
      calls.push({ command: 'readActivities' });
      await held.get('readActivities');
      if (wishes.activities === 'failed') throw problemView('journal-unavailable') as unknown as Error;
      return activities;
    },
    acknowledgeActivity: async (request) => {
      await does('acknowledgeActivity', request);
      activities = activities.map((activity) =>
        activity.id === request.id ? { ...activity, judgement: 'acknowledged' } : activity,
      );
      adorn();
      return activities;
    },
    tellPortal: () => go('tellPortal', undefined, here()),
    refreshState: refresh,
    readCertificate: async () => {
      calls.push({ command: 'readCertificate' });
      await held.get('readCertificate');
      return view.journey?.certificate ? ownCertificate(wishes.certificate ?? null, view.journey.step) : null;
    },
    readUseLog: async () => {
      calls.push({ command: 'readUseLog' });
      await held.get('readUseLog');
      if (wishes.uses === 'failed') throw problemView('journal-unavailable') as unknown as Error;
      return useLogOf(wishes.uses ?? null, view.journey?.step ?? null, new Date());
    },
    saveUseLog: async () => {
      calls.push({ command: 'saveUseLog' });
      await held.get('saveUseLog');
      if (wishes.uses === 'unsaved') throw problemView('document-not-saved') as unknown as Error;
      return 'brug-af-nøglen.jsonl';
    },
    readArchive: async () => {
      calls.push({ command: 'readArchive' });
      await held.get('readArchive');
      if (wishes.archive === 'failed') throw problemView('journal-unavailable') as unknown as Error;
      return archiveOf(wishes.archive ?? null, view.journey?.step ?? null);
    },
    saveEvidence: async (request) => {
      calls.push({ command: 'saveEvidence', request });
      await held.get('saveEvidence');
      if (wishes.archive === 'unsaved') throw problemView('document-not-saved') as unknown as Error;
      return wishes.archive === 'none-chosen' ? null : 'sikkerhedserklæring-med-beviser.zip';
    },
    inspectFile: async (request) => {
      calls.push({ command: 'inspectFile', request });
      await held.get('inspectFile');
      await paced();
      if (problem && failures > 0) {
        failures -= 1;
        throw problem as unknown as Error;
      }
      const named = wishes.file ?? (request.content.startsWith('JVBERi') ? 'document' : null);
      const document = documentOf(named);
      return document ? { outcome: 'verified', ...document } : fileAnswer(named, request.password);
    },
    diagnose: async () => {
      calls.push({ command: 'diagnose' });
      const diagnosis = diagnosisOf(wishes.doctor ?? null, view.journey?.certificate != null);
      for (const { target, address } of diagnosis.probes) {
        tellProbe({ target, address });
        await paced();
      }
      await held.get('diagnose');
      if (wishes.doctor === 'failed') throw problemView('unexpected') as unknown as Error;
      return diagnosis;
    },
    startOver: () => go('startOver', undefined, null),
    openDocument: async (request) => {
      await go('openDocument', request, here());
    },
    saveDocument: async (request) => {
      calls.push({ command: 'saveDocument', request });
      await held.get('saveDocument');
      return `${request.document}.pdf`;
    },
    chooseLanguage: (request) => {
      calls.push({ command: 'chooseLanguage', request });
      view.language = request.language;
      return Promise.resolve(structuredClone(view));
    },
    printPage: () => {
      calls.push({ command: 'printPage' });
      if (pace > 0) window.print();
      return Promise.resolve();
    },
    listenToProgress: (listener) => {
      tell = listener;
      return Promise.resolve();
    },
    listenToChanges: (listener) => {
      tellChange = listener;
      return Promise.resolve();
    },
    listenToProbes: (listener) => {
      tellProbe = listener;
      return Promise.resolve();
    },
  };
}
