/** How often what is shown is looked at again. */
const INTERVAL = 250;

/**
 * Whole seconds left until a moment of this page's clock, counted down for as long as the component lives: 0 once it is
 * over, and where there is nothing to wait for.
 */
export function countDown(until: () => number | null): { readonly left: number } {
  let now = $state(Date.now());
  const left = $derived(Math.max(0, Math.ceil(((until() ?? now) - now) / 1000)));

  $effect.pre(() => {
    const end = until();
    now = Date.now();
    if (end === null || end <= now) return;
    const ticking = setInterval(() => {
      now = Date.now();
      if (now >= end) clearInterval(ticking);
    }, INTERVAL);
    return () => {
      clearInterval(ticking);
    };
  });

  return {
    get left() {
      return left;
    },
  };
}
