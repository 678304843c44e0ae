// Callbacks for events, and signals that end them.

(function () {
  /** Shared by two modules, each of which has its own `errors`: what errors.js returns. */
  return function callbacksWith({ codedError, attempt }) {
    function checkCallback(value) {
      if (typeof value !== "function") {
        throw codedError(
          TypeError,
          "bad-handler",
          `the callback must be a function, not ${typeof value}`,
        );
      }
    }

    function badOptions(message, about) {
      return codedError(TypeError, "bad-options", message, about);
    }

    function isSignal(value) {
      return typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
    }

    /** The signal of options, if they have one. */
    function readSignal(options = {}, about) {
      if (typeof options !== "object" || options === null) {
        throw badOptions("the options are an object", about);
      }
      const { signal } = options;
      if (signal !== undefined && !isSignal(signal)) {
        throw badOptions("option `signal` is no AbortSignal", about);
      }
      return signal;
    }

    /** Calls `call(reason)` when the signal, if there is one, aborts; returns what prevents it. */
    function onAbort(signal, call) {
      if (signal === undefined) return () => {};
      const listener = () => call(signal.reason);
      signal.addEventListener("abort", listener, { once: true });
      return () => signal.removeEventListener("abort", listener);
    }

    /**
     * Calls `call(event)` for each event of `createEvents` that is wanted, until the signal in the
     * options aborts, or the returned function is called. What it throws is reported, as of `where`.
     */
    function subscribe(events, options, kind, value, wants, where, call) {
      const signal = readSignal(options);
      if (signal?.aborted) return () => {};
      const deliver = (event) => attempt(where, call, event);
      const end = () => {
        remove();
        unwatch();
      };
      const remove = events.add(kind, value, { wants, deliver, end });
      const unwatch = onAbort(signal, remove);
      return end;
    }

    return { checkCallback, badOptions, readSignal, onAbort, subscribe };
  };
})();
