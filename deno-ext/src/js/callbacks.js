// Callbacks for events, and signals that end them.

(function () {
  /** Shared by two modules, each of which has its own `errors`: what errors.js returns. */
  return function callbacksWith({ codedError, shown, attempt }) {
    function checkCallback(value) {
      if (typeof value !== "function") {
        throw codedError(
          TypeError,
          "bad-handler",
          `the callback must be a function, not ${shown(value)}`,
        );
      }
    }

    function badOptions(message, about) {
      return codedError(TypeError, "bad-options", message, about);
    }

    function isSignal(value) {
      return typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
    }

    /** Checks options, of which there are those in `known`, and returns their signal, if they have one. */
    function readSignal(options = {}, known, about) {
      if (typeof options !== "object" || options === null || Array.isArray(options)) {
        throw badOptions(`the options must be an object, not ${shown(options)}`, about);
      }
      const unknown = Object.keys(options).find((name) => !known.includes(name));
      if (unknown !== undefined) {
        const names = known.map((name) => `\`${name}\``).join(", ");
        const expected = known.length === 0 ? "none" : `one of ${names}`;
        throw badOptions(`unknown option \`${unknown}\`, expected ${expected}`, about);
      }
      const { signal } = options;
      if (signal !== undefined && !isSignal(signal)) {
        throw badOptions(`option \`signal\` must be an AbortSignal, not ${shown(signal)}`, about);
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
      const signal = readSignal(options, ["signal"]);
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
