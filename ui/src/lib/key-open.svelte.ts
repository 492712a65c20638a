import { countDown } from './count-down.svelte';
import type { Guide } from './guide.svelte';

/** Until when the key is open, for as long as it is; `null` where its password is asked for. */
export function keyOpen(guide: Guide): { readonly until: string | null } {
  const end = $derived(guide.view?.open_until ?? null);
  const open = countDown(() => (end === null ? null : Date.parse(end)));
  return {
    get until() {
      return open.left > 0 ? end : null;
    },
  };
}
