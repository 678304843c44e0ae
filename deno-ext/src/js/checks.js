// What the functions of host:ipc are given.

(function () {
  const { core } = __bootstrap;
  const { codedError, checkText } = core.loadExtScript("ext:host_ipc/errors.js");

  /** The longest time a timer takes, in milliseconds. */
  const MAX_TIMEOUT_MS = 2 ** 31 - 1;

  // What was checked last: most apps name the same ones again and again.
  let knownWindowId = "";
  let knownChannel = "";

  function checkWindowId(value) {
    if (value === knownWindowId) return;
    checkText(value, "bad-window-id", "the window id");
    knownWindowId = value;
  }

  function checkChannel(value) {
    if (value === knownChannel) return;
    checkText(value, "bad-channel", "the channel");
    knownChannel = value;
  }

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

  /** Checks options, and those of them that many functions have: `timeoutMs` and `signal`. */
  function readOptions(options = {}, about) {
    if (typeof options !== "object" || options === null) {
      throw badOptions("the options are an object", about);
    }
    const { timeoutMs, signal } = options;
    if (signal !== undefined && !isSignal(signal)) {
      throw badOptions("option `signal` is no AbortSignal", about);
    }
    const isTimeout = typeof timeoutMs === "number" && timeoutMs >= 0 &&
      timeoutMs <= MAX_TIMEOUT_MS;
    if (timeoutMs !== undefined && !isTimeout) {
      throw badOptions(`option \`timeoutMs\` is a number from 0 to ${MAX_TIMEOUT_MS}`, about);
    }
    return { ...options, timeoutMs, signal };
  }

  return { checkWindowId, checkChannel, checkCallback, badOptions, readOptions };
})();
