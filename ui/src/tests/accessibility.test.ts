import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../App.svelte';
import type { Wishes } from '../lib/backend/practice-double';
import { practiceDouble } from '../lib/backend/practice-double';
import { keepFocus } from '../lib/focus';

async function open(wishes: Wishes, shown: string): Promise<void> {
  render(App, { backend: practiceDouble(wishes) });
  await screen.findByTestId(`screen-${shown}`);
}

/** Presses as a person does: what is pressed has the focus. */
async function press(id: string): Promise<void> {
  const button = await screen.findByTestId(id);
  button.focus();
  await fireEvent.click(button);
}

beforeEach(() => {
  window.scrollTo = vi.fn();
  Element.prototype.scrollIntoView = vi.fn();
});

afterEach(cleanup);

describe('the accessibility statement', () => {
  it('is one click away on every screen, and leads back to where one was', async () => {
    await open({ step: 'issued' }, 'details');
    await press('open-accessibility');
    await screen.findByTestId('screen-accessibility');
    const heading = screen.getByRole('heading', { level: 1 });
    await waitFor(() => {
      expect(document.activeElement).toBe(heading);
    });
    expect(heading.textContent).toBe('Tilgængelighed');
    await press('leave');
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByTestId('open-accessibility'));
    });
  });

  it.each([
    ['da', 'ikke en officiel tilgængelighedserklæring', '28. november 2026'],
    ['en', 'not an official accessibility statement', '28 November 2026'],
  ] as const)('says in %s what is aimed at, what is not known and whom to tell', async (language, modesty, day) => {
    await open({ language }, 'welcome');
    await press('open-accessibility');
    const said = (await screen.findByTestId('screen-accessibility')).textContent;
    for (const words of ['WCAG 2.1', 'EN 301 549', 'axe-core', 'macOS', modesty, day]) expect(said).toContain(words);
    expect(screen.getByTestId('contact-support').textContent).toContain('70 25 89 25');
  });
});

describe('the focus', () => {
  it('is on the heading where what was pressed is gone', async () => {
    await open({ step: 'closed' }, 'starting');
    await press('try-again');
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 }));
    });
  });

  it('stays with whatever has taken it', async () => {
    const [heading, gone, next] = ['h1', 'button', 'button'].map((name) => document.createElement(name));
    if (!heading || !gone || !next) throw new Error('three elements');
    heading.tabIndex = -1;
    document.body.append(heading, gone, next);
    const end = keepFocus(() => heading);
    gone.focus();
    gone.remove();
    next.focus();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(document.activeElement).toBe(next);
    end();
    document.body.replaceChildren();
  });

  it('is not moved while nothing has had it', async () => {
    const [heading, gone] = ['h1', 'p'].map((name) => document.createElement(name));
    if (!heading || !gone) throw new Error('two elements');
    heading.tabIndex = -1;
    document.body.append(heading, gone);
    const end = keepFocus(() => heading);
    gone.remove();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(document.activeElement).toBe(document.body);
    end();
    document.body.replaceChildren();
  });
});
