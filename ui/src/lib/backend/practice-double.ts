// A stand-in for the program, for component tests and for looking at the screens in a browser. Never bundled: only
// `practice.ts` and tests import it.

import daTerms from '$terms/oces-sikkerhedserklaering-1.da.json';
import enTerms from '$terms/oces-sikkerhedserklaering-1.en.json';
import type { DetailView } from '../bindings/DetailView';
import type { GuideView } from '../bindings/GuideView';
import type { JourneyView } from '../bindings/JourneyView';
import type { KeySecretView } from '../bindings/KeySecretView';
import type { LanguageView } from '../bindings/LanguageView';
import type { PortalStateView } from '../bindings/PortalStateView';
import type { ProbeBegunView } from '../bindings/ProbeBegunView';
import type { ProblemView } from '../bindings/ProblemView';
import type { StageView } from '../bindings/StageView';
import type { StepView } from '../bindings/StepView';
import type { TermsView } from '../bindings/TermsView';
import type { Backend } from './backend';
import { diagnosisOf, fileAnswer, ownCertificate, passwordJudgement, problemView, useLogOf } from './practice-samples';

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
  /** The look of the own certificate, of a file, of a diagnosis and of the log: see `practice-samples.ts`. */
  certificate?: string | null;
  file?: string | null;
  doctor?: string | null;
  uses?: string | null;
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

const TERMS: TermsView = {
  da: daTerms,
  en: enTerms,
  sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
  version: daTerms.version,
  consents: daTerms.sections.find(({ id }) => id === 'consents')?.clauses.map(({ id }) => id) ?? [],
};

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
          },
    block: state
      ? {
          since: '2026-11-24T11:20:00Z',
          wrong: step === 'stopped' ? DETAILS.slice(0, 2) : [],
          portal_state: told ? state : null,
          read_at: told ? '2026-11-24T11:20:02Z' : null,
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
    support_phone: '70 25 89 25',
    key_secret: wishes.keySecret ?? 'password',
    journey: beginning ? journeyAt(beginning, !wishes.step?.endsWith('-untold')) : null,
  };

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
    return structuredClone(view);
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
    confirmRevocationCode: () => go('confirmRevocationCode', undefined, 'issued'),
    reviewDetails: (request) =>
      go('reviewDetails', request, request.answers.every(({ correct }) => correct) ? 'reviewed' : 'stopped'),
    readTerms: async () => {
      await go('readTerms', undefined, here(), ['fetching-terms']);
      return TERMS;
    },
    signDeclaration: (request) =>
      go('signDeclaration', request, 'active', [
        'unlocking-key',
        'rendering-declaration',
        'signing',
        'submitting',
        'checking-receipt',
      ]),
    deliverDeclaration: (request) =>
      go('deliverDeclaration', request, 'active', ['unlocking-key', 'submitting', 'checking-receipt']),
    suspendCertificate: () => go('suspendCertificate', undefined, 'suspended'),
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
    inspectFile: async (request) => {
      calls.push({ command: 'inspectFile', request });
      await held.get('inspectFile');
      await paced();
      if (problem && failures > 0) {
        failures -= 1;
        throw problem as unknown as Error;
      }
      return fileAnswer(wishes.file ?? null, request.password);
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
