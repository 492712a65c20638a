import { tick } from 'svelte';

/** Puts the focus on the first field that needs another look, once the screen shows which. */
export async function focusFirstInvalid(within: HTMLElement | undefined): Promise<void> {
  await tick();
  const invalid = within?.querySelector<HTMLElement>('[aria-invalid="true"]');
  // A group of radio buttons is invalid as a whole; its first button takes the focus.
  (invalid?.matches('input') ? invalid : invalid?.querySelector('input'))?.focus();
}

/**
 * Never lets the focus be lost: where what had it is taken off the screen, and nothing else takes it, it goes to the
 * heading. Whoever uses the keyboard or a screen reader would begin at the top of the window again. Gives back what
 * ends it.
 */
export function keepFocus(heading: () => HTMLElement | undefined): () => void {
  let last: EventTarget | null = null;
  const gone = (): boolean => last instanceof Element && !last.isConnected && holdsNothing();
  const holdsNothing = (): boolean => document.activeElement === null || document.activeElement === document.body;

  const gained = ({ target }: FocusEvent): void => {
    last = target;
  };
  const left = ({ target }: FocusEvent): void => {
    queueMicrotask(() => {
      // The person has clicked beside it, or gone to another program.
      if (last === target && target instanceof Element && target.isConnected) last = null;
    });
  };
  const changes = new MutationObserver(() => {
    if (!gone()) return;
    // The screen may know a better place, and comes first.
    setTimeout(() => {
      if (!gone()) return;
      last = null;
      heading()?.focus({ preventScroll: true });
    });
  });

  document.addEventListener('focusin', gained);
  document.addEventListener('focusout', left);
  changes.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', gained);
    document.removeEventListener('focusout', left);
    changes.disconnect();
  };
}
