// What the functions of host:ipc are given.

(function () {
  const { core } = __bootstrap;
  const errors = core.loadExtScript("ext:host_ipc/errors.js");
  const { shown, checkText, checkId } = errors;
  const { checkCallback, badOptions, readSignal } = core.loadExtScript(
    "ext:host_ipc/callbacks.js",
  )(errors);

  /** The longest time a timer takes, in milliseconds. */
  const MAX_TIMEOUT_MS = 2 ** 31 - 1;

  // What was checked last: most apps name the same ones again and again.
  let knownWindowId = "";
  let knownChannel = "";

  function checkWindowId(value) {
    if (value === knownWindowId) return;
    checkId(value);
    knownWindowId = value;
  }

  function checkChannel(value) {
    if (value === knownChannel) return;
    checkText(value, "bad-channel", "the channel");
    knownChannel = value;
  }

  /**
   * Checks options, of which there are those in `known`, and the values of those that many functions
   * have: `timeoutMs` and `signal`.
   */
  function readOptions(options = {}, known, about) {
    const signal = readSignal(options, known, about);
    const { timeoutMs } = options;
    const isTimeout = typeof timeoutMs === "number" && timeoutMs >= 0 &&
      timeoutMs <= MAX_TIMEOUT_MS;
    if (timeoutMs !== undefined && !isTimeout) {
      const message =
        `option \`timeoutMs\` must be a number from 0 to ${MAX_TIMEOUT_MS}, not ${shown(timeoutMs)}`;
      throw badOptions(message, about);
    }
    return { ...options, timeoutMs, signal };
  }

  return { checkWindowId, checkChannel, checkCallback, badOptions, readOptions };
})();
