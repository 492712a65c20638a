// For looking at the screens in a browser: `npm run dev`, then /practice.html?step=issued&language=en
// (also &problem=code-wrong). No part of the program.

import { mount } from 'svelte';
import App from './App.svelte';
import { practiceDouble } from './lib/backend/practice-double';
import './styles';

const target = document.getElementById('app');
if (!target) throw new Error('practice.html has no element with the id app');

const wishes = new URLSearchParams(location.search);
mount(App, {
  target,
  props: {
    backend: practiceDouble({
      step: wishes.get('step'),
      language: wishes.get('language') === 'en' ? 'en' : 'da',
      problem: wishes.get('problem'),
      stageMilliseconds: Number(wishes.get('pace') ?? '600'),
    }),
  },
});
