// Promises of what may fail only since a user closed a window. Nobody has to await them.

(function () {
  const { core } = __bootstrap;
  const { op_void_async_deferred } = core.ops;
  const { then } = Promise.prototype;

  /** What only the user's timing decides. */
  const CODES = ["window-closed", "page-gone", "host-gone"];

  /** Shared by two modules, each of which has its own `errors`: what errors.js returns. */
  return function outcomesWith({ textOf, describe, reportOnce }) {
    let forgive;

    /** A promise that knows whether anybody waits for it: `await` calls `then`, too. */
    class Outcome extends Promise {
      #isAwaited = false;

      /** What `then` returns is a promise like any other. */
      static get [Symbol.species]() {
        return Promise;
      }

      then(onFulfilled, onRejected) {
        this.#isAwaited = true;
        return super.then(onFulfilled, onRejected);
      }

      static {
        /** Has the engine take a promise for handled, and tells of its error if nobody waits. */
        forgive = (outcome, error) => {
          then.call(outcome, undefined, () => {});
          // In the next turn of the event loop: who awaits it in this one hears it from the promise.
          op_void_async_deferred().then(() => {
            if (!outcome.#isAwaited) tell(error);
          });
        };
      }
    }

    function tell(error) {
      const code = textOf(error, "code");
      const windowId = textOf(error, "windowId");
      const about = windowId === undefined ? "" : ` of window "${windowId}"`;
      reportOnce(
        `${code} ${windowId}`,
        `warning: nobody awaits a promise that has failed with ${code}: ${describe(error)}. ` +
          `The app goes on, and others${about} are not told.`,
      );
    }

    /** The promise, but one that ends no app when it fails by the user's timing and nobody awaits it. */
    function outcomeOf(promise) {
      const { promise: outcome, resolve, reject } = Outcome.withResolvers();
      promise.then(resolve, (error) => {
        if (CODES.includes(textOf(error, "code"))) forgive(outcome, error);
        reject(error);
      });
      return outcome;
    }

    return { outcomeOf };
  };
})();
