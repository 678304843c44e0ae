// Reports of events that consumers were too slow for.

(function () {
  const { core } = __bootstrap;
  const { codedError, report, attempt } = core.loadExtScript("ext:host_ipc/errors.js");

  const { checkCallback } = core.loadExtScript("ext:host_ipc/checks.js");

  const listeners = new Set();

  /** Calls `callback(error)` for each report; returns what ends that. */
  function onError(callback) {
    checkCallback(callback);
    const listener = { callback };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /**
   * Returns a function that tells of so many more events lost: those who listen, once for all of a
   * batch, or else stderr, at the first, second, fourth, eighth and so on. `what` says why they
   * were; `about` are properties of the errors.
   */
  function createLosses(where, what, about) {
    let total = 0;
    let told = 0;
    let isPending = false;

    function newError() {
      const lost = total - told;
      told = total;
      const message = `${what}: newer ones are lost, ${total} so far`;
      return codedError(Error, "events-lost", message, { ...about, lost });
    }

    function tell() {
      isPending = false;
      const error = newError();
      if (listeners.size === 0) report(error, where);
      for (const { callback } of [...listeners]) {
        attempt("an onError callback", () => callback(error));
      }
    }

    return (count) => {
      const before = total;
      total += count;
      if (listeners.size === 0) {
        if (Math.clz32(before) !== Math.clz32(total)) report(newError(), where);
      } else if (!isPending) {
        isPending = true;
        Promise.resolve().then(tell);
      }
    };
  }

  return { onError, createLosses };
})();
