// Numbers that look random and are the same each time (mulberry32).

export function randomNumbers(seed: number) {
  let state = seed >>> 0;
  /** From 0 up to 1. */
  const number = () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(number() * limit);
  const pick = <T>(items: T[]) => items[below(items.length)];
  return { number, below, pick };
}
