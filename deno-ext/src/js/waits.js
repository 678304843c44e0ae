// Time limits, signals that abort, and what keeps the app alive meanwhile.

(function () {
  const { core } = __bootstrap;
  const { op_ipc_sleep, op_ipc_slept, op_ipc_hold, op_ipc_waited, op_ipc_give_up } = core.ops;
  const errors = core.loadExtScript("ext:host_ipc/errors.js");
  const { onAbort } = core.loadExtScript("ext:host_ipc/callbacks.js")(errors);

  /** Calls `call` in so many milliseconds, and keeps nothing alive; returns what prevents it. */
  function after(ms, call) {
    let isWanted = true;
    const wait = op_ipc_sleep(Math.ceil(ms));
    const over = op_ipc_slept(wait);
    core.unrefOpPromise(over);
    over.then(() => {
      if (isWanted) call();
    });
    return () => {
      isWanted = false;
      op_ipc_give_up(wait);
    };
  }

  /**
   * Calls `giveUp(reason)`, once, when the signal aborts or the time is over, with what `timeout()`
   * returns; returns what prevents it.
   */
  function limit({ timeoutMs, signal }, timeout, giveUp) {
    const stop = () => {
      unwatch();
      stopClock?.();
    };
    const unwatch = onAbort(signal, (reason) => {
      stop();
      giveUp(reason);
    });
    const stopClock = timeoutMs === undefined ? undefined : after(timeoutMs, () => {
      stop();
      giveUp(timeout());
    });
    return stop;
  }

  /** Waits for what an op has begun, unless `limits` give it up. */
  function waitFor(wait, limits, timeout) {
    return new Promise((resolve, reject) => {
      const stop = limit(limits, timeout, (reason) => {
        reject(reason);
        op_ipc_give_up(wait);
      });
      op_ipc_waited(wait).then(resolve, reject).then(stop);
    });
  }

  /** How many reasons there are for the app to stay alive, and the wait that keeps it so. */
  let reasons = 0;
  let hold;

  /** Keeps the app alive until the returned function is called, once. */
  function keepAlive() {
    reasons += 1;
    if (reasons === 1) {
      hold = op_ipc_hold();
      op_ipc_waited(hold);
    }
    return () => {
      reasons -= 1;
      if (reasons === 0) op_ipc_give_up(hold);
    };
  }

  return { after, limit, waitFor, keepAlive };
})();
