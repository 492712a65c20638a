// Certificates, files, diagnoses and logs for the double to answer with: one of every look.

import type { ActivityView } from '../bindings/ActivityView';
import type { BlockView } from '../bindings/BlockView';
import type { ChainLinkView } from '../bindings/ChainLinkView';
import type { ContainerCertificateView } from '../bindings/ContainerCertificateView';
import type { ContainerView } from '../bindings/ContainerView';
import type { DescriptionView } from '../bindings/DescriptionView';
import type { DiagnosisView } from '../bindings/DiagnosisView';
import type { EarlierCertificateView } from '../bindings/EarlierCertificateView';
import type { ExaminationView } from '../bindings/ExaminationView';
import type { FileAnswerView } from '../bindings/FileAnswerView';
import type { FileRefusalView } from '../bindings/FileRefusalView';
import type { FindingView } from '../bindings/FindingView';
import type { LinkStateView } from '../bindings/LinkStateView';
import type { LoggedKeyUseView } from '../bindings/LoggedKeyUseView';
import type { ObstacleView } from '../bindings/ObstacleView';
import type { PasswordJudgementView } from '../bindings/PasswordJudgementView';
import type { ProbeOutcomeView } from '../bindings/ProbeOutcomeView';
import type { ProbeView } from '../bindings/ProbeView';
import type { ProblemView } from '../bindings/ProblemView';
import type { ReadBackView } from '../bindings/ReadBackView';
import type { StatusStateView } from '../bindings/StatusStateView';
import type { StatusView } from '../bindings/StatusView';
import type { UseLogView } from '../bindings/UseLogView';
import type { VerdictView } from '../bindings/VerdictView';

const NOW = '2026-11-24T12:00:00Z';

const EMPLOYEE: DescriptionView = {
  generation: 'oces3',
  kind: 'employee',
  environment: 'test',
  common_name: 'Øvebruger Eksempel',
  organisation: 'Øvelseskommune Å',
  cvr: '12345678',
  cvr_fails_check: true,
  employee_id: 'UI:DK-E:G:7d0b5f0e-6a3c-4b1f-9a55-0c2f6f1f3a21',
  email: 'øvebruger@example.org',
  issuer: 'Certifikatguide øvelses-CA',
  not_before: '2026-11-24T11:02:07Z',
  not_after: '2029-11-24T11:02:07Z',
  serial_number: '6f1c0a9be2d4471c8f53a0de91b7',
  sha256: 'a3f5c1e09b7d42686f1c0a9be2d4471c8f53a0de91b7a3f5c1e09b7d42681122',
  key: 'RSA 3072',
  signature: 'RSASSA-PSS SHA-256',
  key_usage: ['digitalSignature', 'nonRepudiation', 'keyEncipherment'],
  policies: ['1.3.6.1.4.1.32473.1.1.1.2.7', '0.4.0.2042.1.1'],
};

const AUTHORITY: DescriptionView = {
  ...EMPLOYEE,
  kind: 'ca',
  environment: 'unknown',
  common_name: 'Certifikatguide øvelses-CA',
  organisation: 'Certifikatguide øvelse',
  cvr: null,
  cvr_fails_check: false,
  employee_id: null,
  email: null,
  issuer: 'Certifikatguide øvelsesrod',
  not_before: '2026-11-24T08:00:00Z',
  not_after: '2036-11-24T08:00:00Z',
  serial_number: '41aa07',
  signature: 'RSASSA-PSS SHA-512',
  key_usage: ['keyCertSign', 'cRLSign'],
  policies: ['2.5.29.32.0'],
};

const ROOT: DescriptionView = {
  ...AUTHORITY,
  common_name: 'Certifikatguide øvelsesrod',
  issuer: 'Certifikatguide øvelsesrod',
  not_after: '2046-11-24T08:00:00Z',
  serial_number: '10c3',
};

const PAST = { not_before: '2022-03-01T09:00:00Z', not_after: '2025-03-01T09:00:00Z' };
const FUTURE = { not_before: '2027-02-01T09:00:00Z', not_after: '2030-02-01T09:00:00Z' };

function chain(certificate: DescriptionView, state: LinkStateView): ChainLinkView[] {
  const end: ChainLinkView = { role: 'end-entity', state, certificate };
  if (state === 'unproven') return [end];
  return [
    end,
    { role: 'authority', state: 'status-untold', certificate: AUTHORITY },
    { role: 'trust-anchor', state: 'holds', certificate: ROOT },
  ];
}

function status(state: StatusStateView, more: Partial<StatusView> = {}): StatusView {
  return {
    state,
    since: state === 'suspended' || state === 'revoked' ? '2026-11-24T11:20:00Z' : null,
    source: 'ocsp',
    this_update: '2026-11-24T11:30:00Z',
    next_update: '2099-11-24T23:30:00Z',
    ...more,
  };
}

function finding(
  code: string,
  severity: FindingView['severity'],
  remedy: string,
  detail: string,
  place: number | null = 0,
): FindingView {
  return { code, severity, remedy, detail, place };
}

const EXPIRED = finding('expired', 'error', 'renew-certificate', 'the validity ended at 2025-03-01T09:00:00Z');
const UNASKED = finding('status-unknown', 'warning', 'fetch-status', 'nobody was asked whether it is revoked');
const PRACTICE = finding('test-certificate', 'warning', 'choose-another-certificate', 'the environment is test');
const UNKNOWN_ISSUER = finding(
  'path-not-found',
  'indeterminate',
  'give-authorities',
  'nobody of the name TRUST2408 Systemtest XIX CA is among the authorities',
);

function examination(
  verdict: VerdictView,
  state: LinkStateView,
  findings: FindingView[],
  own: Partial<DescriptionView> = {},
  answer: StatusView | null = null,
): ExaminationView {
  const certificate = { ...EMPLOYEE, ...own };
  return { verdict, certificate, chain: chain(certificate, state), findings, status: answer, at: NOW };
}

/** The examined certificate, by the name of a look. */
function look(name: string): ExaminationView {
  switch (name) {
    case 'expired':
      return examination('invalid', 'expired', [EXPIRED], PAST);
    case 'early':
      return examination(
        'invalid',
        'not-yet-valid',
        [finding('not-yet-valid', 'error', 'check-clock', 'the validity begins at 2027-02-01T09:00:00Z')],
        FUTURE,
      );
    case 'suspended':
      return examination(
        'invalid',
        'suspended',
        [finding('suspended', 'error', 'ask-for-reinstatement', 'on hold since 2026-11-24T11:20:00Z')],
        {},
        status('suspended'),
      );
    case 'revoked':
      return examination(
        'invalid',
        'revoked',
        [finding('revoked', 'error', 'ask-for-new-certificate', 'revoked (keyCompromise) at 2026-11-24T11:20:00Z')],
        {},
        status('revoked', { source: 'crl' }),
      );
    case 'unproven':
      return examination('indeterminate', 'unproven', [UNKNOWN_ISSUER], {
        generation: 'oces2',
        common_name: 'Øvebruger Eksempel med et langt navn',
        employee_id: 'CVR:12345678-RID:1289372916328',
        issuer: 'TRUST2408 Systemtest XIX CA',
        key: 'RSA 2048',
        signature: 'RSA PKCS#1 v1.5 SHA-256',
      });
    case 'broken':
      return examination(
        'invalid',
        'broken',
        [
          finding('signature-invalid', 'error', 'fetch-certificate-again', 'the signature does not match'),
          finding('key-too-weak', 'error', 'ask-for-new-certificate', 'RSA 1024'),
          PRACTICE,
          finding('expired', 'error', 'renew-certificate', 'the validity ended at 2012-01-01T00:00:00Z', 1),
        ],
        { ...PAST, key: 'RSA 1024' },
      );
    case 'nameless':
      return examination('indeterminate', 'unproven', [UNKNOWN_ISSUER], {
        generation: 'other',
        kind: 'other',
        environment: 'unknown',
        common_name: '',
        organisation: null,
        cvr: null,
        cvr_fails_check: false,
        employee_id: null,
        email: null,
        key_usage: [],
        policies: [],
      });
    default:
      return examination('valid', 'status-untold', [UNASKED]);
  }
}

/** The own certificate, examined: by the name of a look, else by the step of the journey. */
export function ownCertificate(name: string | null, step: string): ExaminationView {
  switch (name ?? step) {
    case 'stale':
      return examination(
        'valid',
        'status-untold',
        [],
        {},
        status('good', { this_update: '2026-11-20T09:00:00Z', next_update: '2026-11-20T21:00:00Z' }),
      );
    case 'untold':
      return examination('valid', 'status-untold', [PRACTICE, UNASKED]);
    case 'active':
      return examination('valid', 'holds', [PRACTICE], {}, status('good'));
    default:
      return look(name ?? step);
  }
}

const REFUSALS: FileRefusalView[] = [
  'too-large',
  'empty',
  'not-recognised',
  'no-certificate',
  'key-only',
  'damaged',
  'unsupported',
];

/** What is in a file, by the name of a look. A `locked` one opens with the password `åbn`. */
export function fileAnswer(name: string | null, password: string | null): FileAnswerView {
  const reason = REFUSALS.find((refusal) => refusal === name);
  if (reason) return { outcome: 'refused', reason };
  if (name === 'locked' && password !== 'åbn') {
    return { outcome: password === null ? 'password-needed' : 'password-wrong' };
  }
  const key = name === 'locked' || name === 'key';
  return {
    outcome: 'inspected',
    format: key ? 'pkcs12' : 'pem',
    certificates: key ? 3 : 1,
    holds_private_key: key,
    examination: look(name ?? 'valid'),
  };
}

const WORKS: ProbeOutcomeView = { result: 'works', detail: null };
const UNREACHED: ProbeOutcomeView = {
  result: 'fails',
  problem: 'portal-unreachable',
  detail: 'localhost:8443: connection refused',
};

function probes(failing: Partial<Record<ProbeView['target'], ProbeOutcomeView>>): ProbeView[] {
  const all: ProbeView[] = [
    { target: 'keychain', address: null, outcome: { result: 'works', detail: 'Secret Service' } },
    { target: 'journal', address: '/home/bruger/certifikatguide/practice-journal.sqlite', outcome: WORKS },
    { target: 'proxy', address: null, outcome: { result: 'not-used' } },
    { target: 'portal', address: 'https://localhost:8443', outcome: WORKS },
    { target: 'clock', address: 'https://localhost:8443', outcome: { result: 'works', detail: '0 s apart' } },
    { target: 'ocsp', address: 'http://localhost:8080/ocsp', outcome: WORKS },
    { target: 'revocation-list', address: 'http://localhost:8080/crl/issuing.crl', outcome: WORKS },
    { target: 'time-stamp', address: null, outcome: { result: 'not-used' } },
  ];
  return all.map((probe) => ({ ...probe, outcome: failing[probe.target] ?? probe.outcome }));
}

/** What a diagnosis comes to, by the name of a look. */
export function diagnosisOf(name: string | null, own: boolean): DiagnosisView {
  const certificate = (obstacles: ObstacleView[], underWay = true): DiagnosisView['certificates'][number] => ({
    certificate: EMPLOYEE,
    portal: 'https://localhost:8443',
    practice: true,
    under_way: underWay,
    usable: obstacles.length === 0,
    waits: obstacles.some((obstacle) => obstacle.kind === 'problem' && obstacle.code === 'declaration-unsigned'),
    obstacles,
  });
  const former = certificate([{ kind: 'problem', code: 'certificate-given-up' }], false);
  const base = { at: NOW, version: '0.1.0', probes: probes({}), certificates: own ? [certificate([])] : [] };
  switch (name) {
    case 'portal':
      return {
        ...base,
        probes: probes({ portal: UNREACHED }),
        certificates: own ? [certificate([{ kind: 'problem', code: 'portal-unreachable' }])] : [],
      };
    case 'several':
      return {
        ...base,
        probes: probes({
          keychain: { result: 'fails', problem: 'keychain-locked', detail: 'the collection is locked' },
          portal: UNREACHED,
          clock: { result: 'fails', problem: 'clock-implausible', detail: 'the portal is 3 h 4 min ahead' },
          ocsp: {
            result: 'fails',
            problem: 'responder-silent',
            detail: 'localhost:8080: no answer within 10 seconds',
          },
        }),
        certificates: [
          certificate([
            { kind: 'problem', code: 'keychain-locked' },
            { kind: 'finding', ...EXPIRED },
          ]),
          former,
        ],
      };
    case 'unsigned':
      return { ...base, certificates: [certificate([{ kind: 'problem', code: 'declaration-unsigned' }]), former] };
    default:
      return base;
  }
}

/** A problem with nothing more to say than its code. */
export function problemView(code: string, more: Partial<ProblemView> = {}): ProblemView {
  return { code, tries_left: null, silent: [], wait_seconds: null, ...more };
}

/** What a password is worth to the double: its length stands for its strength. */
export function passwordJudgement(password: string): PasswordJudgementView {
  const length = [...password].length;
  if (length < 10) return { strength: Math.min(1, length), accepted: false, reason: 'too-short' };
  if (new Set(password).size < 5) return { strength: 1, accepted: false, reason: 'guessable' };
  return { strength: length < 20 ? 3 : 4, accepted: true, reason: null };
}

const DAY = 24 * 60 * 60 * 1000;

/** A log by the name of a look, else by the step of the journey. */
export function useLogOf(name: string | null, step: string | null, now: Date): UseLogView {
  /** Purpose, how many days ago, why it was refused. */
  type Entry = [LoggedKeyUseView['purpose'], number, string?];
  const log = (entries: Entry[], altered: number | null = null, cutOff: number | null = null): UseLogView => {
    // Two lines of one day are some minutes apart, in the middle of the day.
    const noon = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 10, 5);
    const lines = entries.map(([purpose, daysAgo, refused], index): LoggedKeyUseView => {
      const signs = purpose === 'declaration-signature' || purpose === 'declaration-submission';
      return {
        number: index + 1,
        purpose,
        at: new Date(noon - daysAgo * DAY + index * 60_000).toISOString(),
        portal: 'https://localhost:8443',
        document: signs ? '01936c3f-5b1e-7a4c-8d2e-3f4a5b6c7d8e' : null,
        program_version: '0.1.0',
        refused: refused ?? null,
        of_this_journey: daysAgo < 50,
      };
    });
    return {
      lines: lines.reverse(),
      state:
        altered !== null
          ? { state: 'altered', number: altered }
          : cutOff !== null
            ? { state: 'cut-off', number: cutOff }
            : { state: 'intact' },
    };
  };
  const journey: Entry[] = [
    ['certification-request', 0],
    ['device-registration', 0],
    ['declaration-signature', 0],
    ['declaration-submission', 0],
  ];
  const season: Entry[] = [
    ['certification-request', 71],
    ['device-registration', 71],
    ['declaration-signature', 62, 'password-wrong'],
    ['declaration-signature', 40],
    ['declaration-submission', 40],
    ['declaration-signature', 17, 'status-untold'],
    ['declaration-signature', 9],
    ['declaration-submission', 9],
    ['declaration-signature', 3, 'password-wrong'],
    ['declaration-signature', 3, 'password-wrong'],
    ['declaration-signature', 3, 'password-wrong'],
    ...journey,
  ];
  switch (name) {
    case 'empty':
      return log([]);
    case 'altered':
      return log(season, 6);
    case 'cut-off':
      return log(season.slice(0, -2), null, 14);
    case 'many':
      return log(Array.from({ length: 1000 }, (_, index): Entry => ['declaration-signature', (1000 - index) % 90]));
    case 'season':
      return log(season);
    default: {
      if (step === null || step === 'invited') return log([]);
      const signed = ['signed', 'active', 'suspended', 'revoked'].includes(step);
      return log(signed ? journey : journey.slice(0, 2));
    }
  }
}

/** So many certificates that the employee has already. */
export function earlierOf(number: number): EarlierCertificateView[] {
  const all: EarlierCertificateView[] = [
    {
      serial_number: '41c7d0a9be2d4471c8f53a0de9101',
      not_after: '2028-03-02T09:00:00Z',
      state: 'active',
      device_name: 'kontor-pc-17',
      registered_at: '2025-03-02T09:14:00Z',
    },
    {
      serial_number: '5e02d0a9be2d4471c8f53a0de9102',
      not_after: '2027-01-15T09:00:00Z',
      state: 'suspended',
      device_name: null,
      registered_at: null,
    },
  ];
  return all.slice(0, number);
}

/** What is read back, by the name of a look, else by what the portal was told. */
export function readBackOf(name: string | null, block: BlockView | null): ReadBackView {
  const state = block?.portal_state ?? null;
  const issuer = state === 'suspended' || state === 'revoked' ? state : 'good';
  if (name === 'silent' || (name === null && state === null)) {
    return { portal: null, ocsp: null, revocation_list: null, read_at: NOW };
  }
  return { portal: state, ocsp: issuer, revocation_list: name === 'partly' ? null : issuer, read_at: NOW };
}

/** What was done at the portal, by the name of a look: `suspicious`, `acknowledged`, or all of it known. */
export function activitiesOf(name: string | null): ActivityView[] {
  const window = 'Certifikatguide/0.1.0';
  const known: ActivityView[] = [
    {
      id: '01936c41-0000-7000-8000-000000000004',
      at: '2026-11-24T11:12:00Z',
      kind: 'log-in',
      address: '192.0.2.17',
      agent: window,
      device: 'kontor-pc-17',
      judgement: 'ours',
    },
    {
      id: '01936c3f-0000-7000-8000-000000000002',
      at: '2026-11-24T11:09:33Z',
      kind: 'declaration',
      address: '192.0.2.17',
      agent: window,
      device: 'kontor-pc-17',
      judgement: 'ours',
    },
    {
      id: '01936c3e-0000-7000-8000-000000000001',
      at: '2026-11-24T11:03:00Z',
      kind: 'device-registration',
      address: '192.0.2.17',
      agent: window,
      device: 'kontor-pc-17',
      judgement: 'before',
    },
  ];
  const strange: ActivityView[] = [
    {
      id: '01936c50-0000-7000-8000-000000000006',
      at: '2026-11-24T22:41:00Z',
      kind: 'log-in',
      address: '198.51.100.203',
      agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      device: null,
      judgement: 'suspicious',
    },
    {
      id: '01936c4f-0000-7000-8000-000000000005',
      at: '2026-11-24T22:40:00Z',
      kind: 'log-in',
      address: '198.51.100.203',
      agent: 'curl/7.88.1',
      device: null,
      judgement: name === 'acknowledged' ? 'acknowledged' : 'suspicious',
    },
  ];
  switch (name) {
    case 'empty':
      return [];
    case 'suspicious':
      return [...strange, ...known];
    case 'acknowledged':
      return [...strange.slice(1), ...known];
    default:
      return known;
  }
}

/** What is in a file with a key, by the name of a look: `several`, `expired`, `none`, or one in order. */
export function containerOf(name: string | null): ContainerView {
  const certificate = (
    serial: string,
    examined: ExaminationView,
    own: Partial<ContainerCertificateView> = {},
  ): ContainerCertificateView => ({
    common_name: 'Øvebruger Eksempel',
    organisation: 'Øvelseskommune Å',
    certificate: {
      details: [
        { field: 'name', value: 'Øvebruger Eksempel' },
        { field: 'organisation', value: 'Øvelseskommune Å' },
        { field: 'cvr', value: '12345678' },
        { field: 'email', value: 'øvebruger@example.org' },
      ],
      serial_number: serial,
      sha256: EMPLOYEE.sha256,
      not_before: examined.certificate.not_before,
      not_after: examined.certificate.not_after,
    },
    examination: examined,
    ...own,
  });
  const fit = certificate('6f1c0a9b', look('valid'));
  switch (name) {
    case 'none':
      return { certificates: [] };
    case 'expired':
      return { certificates: [certificate('41aa07', look('expired'))] };
    case 'several':
      return {
        certificates: [
          fit,
          certificate('41aa07', look('expired')),
          certificate('7b2209', look('valid'), { organisation: 'Øvelsesregion Ø' }),
        ],
      };
    default:
      return { certificates: [fit] };
  }
}
