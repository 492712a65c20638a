import { tick } from 'svelte';

/** Puts the focus on the first field that needs another look, once the screen shows which. */
export async function focusFirstInvalid(within: HTMLElement | undefined): Promise<void> {
  await tick();
  const invalid = within?.querySelector<HTMLElement>('[aria-invalid="true"]');
  // A group of radio buttons is invalid as a whole; its first button takes the focus.
  (invalid?.matches('input') ? invalid : invalid?.querySelector('input'))?.focus();
}
