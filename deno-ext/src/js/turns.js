// Limits how much all streams together send in one turn of the event loop.
//
// Without that, a page that opens many streams keeps the script from every other window: iterators
// that have their values at hand need no turn of the event loop between one chunk and the next.

(function () {
  const { core } = __bootstrap;
  const { after } = core.loadExtScript("ext:host_ipc/waits.js");

  /** The chunks of a turn, in bytes or UTF-16 units. */
  const TURN = 256 * 1024;

  /** What a chunk costs besides its size. */
  const CHUNK = 512;

  let left = TURN;
  /** By window, the chunks that wait. The windows take turns, those of one come in order. */
  const waiting = new Map();

  function spend(size) {
    left -= CHUNK + size;
    if (left <= 0) after(0, refill);
  }

  function refill() {
    left = TURN;
    while (left > 0 && waiting.size > 0) {
      const [[windowId, chunks]] = waiting;
      const [next] = chunks;
      waiting.delete(windowId);
      chunks.delete(next);
      if (chunks.size > 0) waiting.set(windowId, chunks);
      next.resolve();
      spend(next.size);
    }
  }

  /**
   * Lets a chunk of about this size be made: now, which returns undefined, or when `promise` of what
   * is returned resolves. `giveUp()` has it resolve at once, for a chunk that is not wanted any more.
   */
  function turnFor(windowId, size) {
    if (left > 0) {
      spend(size);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers();
    const chunk = { size, resolve };
    if (!waiting.has(windowId)) waiting.set(windowId, new Set());
    waiting.get(windowId).add(chunk);
    const giveUp = () => {
      const chunks = waiting.get(windowId);
      chunks?.delete(chunk);
      if (chunks?.size === 0) waiting.delete(windowId);
      resolve();
    };
    return { promise, giveUp };
  }

  return { turnFor };
})();
