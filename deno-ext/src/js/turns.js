// What the chunks of all streams together may take of the script's time in one turn of the event loop.
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
  /** Those whose turn has not come, first come, first served. */
  const waiting = new Set();

  function spend(size) {
    left -= CHUNK + size;
    if (left <= 0) after(0, refill);
  }

  function refill() {
    left = TURN;
    for (const next of waiting) {
      waiting.delete(next);
      next.resolve();
      spend(next.size);
      if (left <= 0) return;
    }
  }

  /** Waits until a chunk of about this size may be made. */
  async function turnFor(size) {
    if (left > 0) spend(size);
    else await new Promise((resolve) => waiting.add({ size, resolve }));
  }

  return { turnFor };
})();
