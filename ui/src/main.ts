import { mount } from 'svelte';
import App from './App.svelte';
import { tauriBackend } from './lib/backend/tauri';
import './styles';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element with the id app');

mount(App, { target, props: { backend: tauriBackend } });
