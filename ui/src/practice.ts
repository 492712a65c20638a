// For looking at the screens in a browser: `npm run dev`, then /practice.html?step=issued&language=en
// (also &problem=code-wrong, &certificate=expired, &visit=doctor&doctor=several, &visit=file&file=locked,
// &visit=uses&uses=season, &visit=by-code, &visit=activities&activities=suspicious, &earlier=2, &days=14,
// &waits=details,code,renewal,terms, &changes=1 or 0, &level=time-stamped, &minutes=5 for an open key, &export=1, &suspension=no, &read-back=partly,
// &container=several, &visit=archive&archive=several, &visit=file&file=document-changed).
// No part of the program.

import { mount } from 'svelte';
import App from './App.svelte';
import { practiceDouble } from './lib/backend/practice-double';
import './styles';

const target = document.getElementById('app');
if (!target) throw new Error('practice.html has no element with the id app');

const LEVELS = ['signed', 'time-stamped', 'long-term'] as const;
const wishes = new URLSearchParams(location.search);
mount(App, {
  target,
  props: {
    backend: practiceDouble({
      step: wishes.get('step'),
      language: wishes.get('language') === 'en' ? 'en' : 'da',
      problem: wishes.get('problem'),
      certificate: wishes.get('certificate'),
      file: wishes.get('file'),
      doctor: wishes.get('doctor'),
      uses: wishes.get('uses'),
      earlier: Number(wishes.get('earlier') ?? '0'),
      openUntil: wishes.has('minutes')
        ? new Date(Date.now() + Number(wishes.get('minutes')) * 60_000).toISOString()
        : null,
      exportAllowed: wishes.has('export'),
      suspensionOffered: wishes.get('suspension') !== 'no',
      daysLeft: wishes.has('days') ? Number(wishes.get('days')) : null,
      activities: wishes.get('activities'),
      readBack: wishes.get('read-back'),
      container: wishes.get('container'),
      archive: wishes.get('archive'),
      waits: wishes.get('waits'),
      level: LEVELS.find((level) => level === wishes.get('level')) ?? null,
      ...(wishes.has('changes') ? { changes: wishes.get('changes') !== '0' } : {}),
      stageMilliseconds: Number(wishes.get('pace') ?? '600'),
    }),
  },
});

// As a person would: through the footer, and by dropping a file.
const visit = wishes.get('visit');
await new Promise((resolve) => setTimeout(resolve, 50));
document.querySelector<HTMLElement>(`[data-testid="open-${visit ?? ''}"]`)?.click();
if (visit === 'file' && wishes.has('file')) {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(
    wishes.get('file')?.startsWith('document')
      ? new File(['%PDF-1.7'], 'sikkerhedserklæring.pdf')
      : new File(['-----BEGIN CERTIFICATE-----'], 'øvebruger-eksempel.p12'),
  );
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}
