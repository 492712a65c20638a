// Signed documents and an archive for the double to answer with: one of every look.

import type { ArchivedDeclarationView } from '../bindings/ArchivedDeclarationView';
import type { VerificationReasonView } from '../bindings/VerificationReasonView';
import type { VerifiedDocumentView } from '../bindings/VerifiedDocumentView';

/** What somebody who means harm may call themselves. */
export const HOSTILE = '<img src=x onerror="alert(1)">\u202Egpj.exe\u0000\n&amp;{@html evil}';

const DECLARATION: VerifiedDocumentView = {
  kind: 'declaration',
  indication: 'holds',
  reason: null,
  sub_indication: null,
  level: 'long-term',
  signer: 'Øvebruger Eksempel',
  organisation: 'Øvelseskommune Å',
  signing_time: '2026-11-24T11:09:31Z',
  proven_time: '2026-11-24T11:09:32Z',
  time_stamp_authority: 'Certifikatguide øvelsestidsstempel',
  portal: 'https://localhost:8443',
  declaration: '01936c3f-5b1e-7a4c-8d2e-3f4a5b6c7d8e',
  terms_version: 1,
  consents: 3,
  practice: true,
  findings: [],
};

const RECEIPT: VerifiedDocumentView = {
  ...DECLARATION,
  kind: 'receipt',
  level: 'time-stamped',
  signer: 'Øvelsesportalens segl',
  organisation: 'Certifikatguide øvelse',
  terms_version: null,
  consents: null,
};

const NOTHING_SAID: VerifiedDocumentView = {
  ...DECLARATION,
  kind: 'unknown',
  level: null,
  signer: null,
  organisation: null,
  signing_time: null,
  proven_time: null,
  time_stamp_authority: null,
  portal: null,
  declaration: null,
  terms_version: null,
  consents: null,
  practice: false,
};

interface Failing {
  indication: VerifiedDocumentView['indication'];
  sub: string;
  code: string;
  detail: string;
}

/** Each reason as it is mostly come by. */
const REASONS: Record<VerificationReasonView, Failing> = {
  'not-signed': {
    indication: 'does-not-hold',
    sub: 'FORMAT_FAILURE',
    code: 'no-signature',
    detail: 'the document has no signature field',
  },
  unreadable: {
    indication: 'does-not-hold',
    sub: 'FORMAT_FAILURE',
    code: 'structure',
    detail: 'the cross-reference table is damaged at byte 18204',
  },
  changed: {
    indication: 'does-not-hold',
    sub: 'HASH_FAILURE',
    code: 'digest-mismatch',
    detail: 'the message digest does not match the bytes of the ByteRange',
  },
  'not-what-was-accepted': {
    indication: 'does-not-hold',
    sub: 'SIG_CONSTRAINTS_FAILURE',
    code: 'rendering-differs',
    detail: 'the signed revision differs from what template 1 renders, first at byte 20411',
  },
  unknown: {
    indication: 'cannot-be-told',
    sub: 'SIGNATURE_POLICY_NOT_AVAILABLE',
    code: 'terms-unknown',
    detail: 'no version 7 of oces-sikkerhedserklaering is known',
  },
  forged: {
    indication: 'does-not-hold',
    sub: 'SIG_CRYPTO_FAILURE',
    code: 'signature-invalid',
    detail: 'the signature does not match the signing certificate',
  },
  untrusted: {
    indication: 'cannot-be-told',
    sub: 'NO_CERTIFICATE_CHAIN_FOUND',
    code: 'certificate',
    detail: 'nobody of the name Fremmed CA is among the authorities',
  },
  revoked: {
    indication: 'does-not-hold',
    sub: 'REVOKED',
    code: 'revoked',
    detail: 'revoked (keyCompromise) at 2026-11-24T11:20:00Z, before the proven time',
  },
  'out-of-time': {
    indication: 'cannot-be-told',
    sub: 'OUT_OF_BOUNDS_NO_POE',
    code: 'signing-time-implausible',
    detail: 'the signing time is before the validity of the certificate',
  },
  evidence: {
    indication: 'cannot-be-told',
    sub: 'TRY_LATER',
    code: 'status-not-proven',
    detail: 'the document holds no status of the signing certificate',
  },
};

const isReason = (name: string): name is VerificationReasonView => Object.hasOwn(REASONS, name);

/** A signed document by the name of a look: `document`, or with a dash and a reason or look behind; else `null`. */
export function documentOf(name: string | null): VerifiedDocumentView | null {
  if (name === 'document') return DECLARATION;
  if (!name?.startsWith('document-')) return null;
  const look = name.slice('document-'.length);
  if (isReason(look)) {
    const { indication, sub, code, detail } = REASONS[look];
    const silent = look === 'not-signed' || look === 'unreadable';
    return {
      ...(silent ? NOTHING_SAID : { ...DECLARATION, level: null }),
      indication,
      reason: look,
      sub_indication: sub,
      findings: [{ code, detail }],
    };
  }
  switch (look) {
    case 'receipt':
      return RECEIPT;
    case 'other':
      return { ...NOTHING_SAID, signer: 'Øvebruger Eksempel', level: 'signed' };
    case 'signed':
      return { ...DECLARATION, level: 'signed', proven_time: null, time_stamp_authority: null, practice: false };
    case 'time-stamped':
      return { ...DECLARATION, level: 'time-stamped', practice: false };
    case 'reasonless':
      return { ...DECLARATION, indication: 'cannot-be-told', level: null };
    case 'hostile':
      return {
        ...DECLARATION,
        indication: 'does-not-hold',
        reason: 'forged',
        level: null,
        signer: HOSTILE,
        organisation: 'Å'.repeat(5000),
        time_stamp_authority: HOSTILE,
        portal: `javascript:alert(1)//${HOSTILE}`,
        declaration: HOSTILE,
        terms_version: 4_294_967_295,
        consents: 0,
        sub_indication: 'SIG_CRYPTO_FAILURE',
        findings: [{ code: 'signature-invalid', detail: HOSTILE.repeat(200) }],
      };
    default:
      return null;
  }
}

const IN_FORCE: ArchivedDeclarationView = {
  id: '01936c3f-5b1e-7a4c-8d2e-3f4a5b6c7d8e',
  signed_at: '2026-11-24T11:09:31Z',
  accepted_at: '2026-11-24T11:09:33Z',
  level: 'time-stamped',
  signer: 'Øvebruger Eksempel',
  organisation: 'Øvelseskommune Å',
  serial_number: '6f1c0a9be2d4471c8f53a0de91b7',
  portal: 'https://localhost:8443',
  practice: true,
  in_force: true,
};

const FORMER: ArchivedDeclarationView[] = [
  {
    ...IN_FORCE,
    id: '0185f3a1-1c2d-7b3e-9f40-51627384a5b6',
    signed_at: '2023-03-02T09:20:00Z',
    accepted_at: '2023-03-02T09:20:04Z',
    level: 'long-term',
    organisation: 'Øvelsesregion Ø',
    serial_number: '41c7d0a9be2d4471c8f53a0de9101',
    portal: 'https://portal.example',
    in_force: false,
  },
  {
    ...IN_FORCE,
    id: '0191c0de-2b3c-7d4e-8f50-617283940a1b',
    signed_at: '2025-08-14T06:45:10Z',
    accepted_at: '2025-08-14T06:47:00Z',
    level: 'signed',
    serial_number: '5e02d0a9be2d4471c8f53a0de9102',
    in_force: false,
  },
];

/** An archive by the name of a look, else by the step of the journey. */
export function archiveOf(name: string | null, step: string | null): ArchivedDeclarationView[] {
  switch (name) {
    case 'empty':
      return [];
    case 'one':
      return [IN_FORCE];
    case 'former':
      return FORMER;
    case 'hostile':
      return [{ ...IN_FORCE, signer: HOSTILE, organisation: 'Å'.repeat(5000), portal: `javascript:${HOSTILE}` }];
    case 'several':
      return [...FORMER, IN_FORCE];
    default:
      return ['active', 'suspended', 'revoked'].includes(step ?? '') ? [...FORMER, IN_FORCE] : [];
  }
}
